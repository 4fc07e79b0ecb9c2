"""Reading and removing what a file tells besides its text. Runs in the sandbox's child."""

from collections.abc import Iterator
from typing import Any, BinaryIO

from app.documents import metadata_office, metadata_pdf, metadata_rtf

# Each has `told` and `without`.
KINDS: dict[str, Any] = {
    "pdf": metadata_pdf,
    "docx": metadata_office,
    "odt": metadata_office,
    "rtf": metadata_rtf,
}
PIECE = 262_144
OF_A_KEY = 4


def read_metadata(file: BinaryIO, form: str) -> dict[str, Any]:
    """`found`: pairs of a key (documents/metadata.py) and a value, none twice, of each key the first."""
    found: dict[str, dict[str, None]] = {}
    for key, value in KINDS[form].told(file.read()):
        values = found.setdefault(key, {})
        if len(values) < OF_A_KEY:
            values[value.strip()[:200]] = None
    return {"found": [[key, value] for key, values in found.items() for value in values]}


def remove_metadata(file: BinaryIO, form: str) -> Iterator[tuple[dict[str, Any], bytes]]:
    """The whole file without them, in pieces."""
    made = KINDS[form].without(file.read())
    for start in range(0, len(made), PIECE):
        yield {}, made[start : start + PIECE]
