"""Aufruf: contributor recruitment and application tracker for newsrooms."""
