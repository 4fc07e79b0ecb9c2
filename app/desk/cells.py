"""Cells of tables that leave the house: what strangers typed must not become a formula (promise S7)."""

import csv
import io
from collections.abc import Iterable, Sequence

# With these a spreadsheet program takes a cell for a formula (OWASP, CSV Injection); full-width signs are read alike.
DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
Cell = str | int | float | None


def text(value: str) -> str:
    """A text that every spreadsheet program shows as the text it is: an apostrophe goes before what could calculate.

    Spaces before the sign do not help it through, and separators of lines within are kept.
    """
    bare = value.lstrip(" \u00a0\ufeff\u200b")
    return f"'{value}" if value.startswith(DANGEROUS) or bare.startswith(DANGEROUS) else value


def cell(value: Cell) -> str | int | float:
    """One cell, safe: numbers stay numbers."""
    return text(value) if isinstance(value, str) else "" if value is None else value


def as_csv(head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """A table as CSV (RFC 4180) in UTF-8; the mark in front lets Excel read it as such."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([cell(each) for each in head])
    writer.writerows([cell(each) for each in row] for row in rows)
    return b"\xef\xbb\xbf" + out.getvalue().encode()
