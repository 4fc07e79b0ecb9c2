"""What a document is made of: headings, paragraphs, lists, tables, pictures. Runs in the sandbox's child."""

import zipfile
from collections.abc import Callable
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException

from app.documents import structure_docx, structure_odt, structure_rtf, structure_text
from app.documents.sheet import Full, Sheet

DAMAGED = (zipfile.BadZipFile, ParseError, DefusedXmlException, EOFError, KeyError, ValueError)
READERS: dict[str, Callable[[bytes, Sheet], None]] = {
    "docx": structure_docx.read,
    "odt": structure_odt.read,
    "rtf": structure_rtf.read,
    "txt": structure_text.read_plain,
    "md": structure_text.read_markdown,
}


def of(data: bytes, form: str) -> Sheet:
    """A document's blocks, as far as there is room for them. Raises one of DAMAGED."""
    sheet = Sheet()
    try:
        READERS[form](data, sheet)
    except Full:
        sheet.more = True
    return sheet
