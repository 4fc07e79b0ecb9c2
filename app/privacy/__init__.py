"""The law: what is kept and how long."""
