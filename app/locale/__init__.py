"""The catalogues, one file per language."""
