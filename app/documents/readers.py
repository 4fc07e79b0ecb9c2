"""Reading the text of each format. Runs in the sandbox's child: may be slow, greedy or die there, never elsewhere.

Once the child is locked in it can open no file, so all that is needed is loaded here, at import.
"""

import codecs
import io
import re
import zipfile
from collections.abc import Iterator
from typing import Any, BinaryIO
from xml.etree.ElementTree import Element, ParseError

import pypdfium2
from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse
from striprtf.striprtf import charset_map, rtf_to_text

from app.documents.text import MAX_CHARS, OLDER, older_encoding

MAX_PAGES = 500
MAX_INFLATED = 100_000_000
PASSWORD_ERROR = 4  # FPDF_ERR_PASSWORD
# Parts of a DOCX that hold text, in the order of reading.
WORD_PARTS = re.compile(r"^word/(document|header|footer|footnotes|endnotes)\d*\.xml$")
ODT_PARTS = ("content.xml", "styles.xml")
ENDS_LINE = frozenset({"p", "br", "cr", "tr"})
# Twice the same words for older readers; tab stops; what was deleted or said about the text.
NOT_READ = frozenset({"Fallback", "tabs", "tracked-changes", "annotation", "del", "moveFrom"})
# RTF: binary data, pictures in hexadecimal, and an escaped backslash, which begins neither.
RTF_BINARY = re.compile(rb"\\\\|\\bin(\d{1,10}) ?")
RTF_PICTURE = re.compile(rb"[0-9A-Fa-f]{512,}+|(?:[0-9A-Fa-f]{32,}+\s++){4,}+")
RTF_PAGE = re.compile(rb"\\ansicpg(\d{3,5})")
SAMPLE = 262_144

for _encoding in ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "ascii", "cp437", "latin-1", "cp866"):
    codecs.lookup(_encoding)
for _encoding in {*OLDER, *charset_map.values(), "cp1250", "cp1257"}:
    try:
        codecs.lookup(_encoding)
    except LookupError:
        continue  # striprtf names some that Python does not have


def open_pdf(file: BinaryIO) -> dict[str, Any]:
    """Whether a PDF wants a password before it opens, and whether it opens at all."""
    try:
        pypdfium2.PdfDocument(file.read()).close()
    except pypdfium2.PdfiumError as error:
        return {"password": wants_password(error), "opens": False}
    return {"password": False, "opens": True}


def wants_password(error: pypdfium2.PdfiumError) -> bool:
    return getattr(error, "err_code", None) == PASSWORD_ERROR or "assword" in str(error)


def read_text(file: BinaryIO, form: str) -> dict[str, Any]:
    """The text of a document: `text`, `pages` (PDF only), `cut` when there was more; or `unreadable`: why."""
    data, pages = file.read(), None
    try:
        if form == "pdf":
            text, pages = read_pdf(data)
        elif form in ("docx", "odt"):
            text = read_container(data, form)
        else:
            text = read_rtf(data) if form == "rtf" else decode(data)
    except pypdfium2.PdfiumError as error:
        return {"unreadable": "password" if wants_password(error) else "damaged"}
    except (zipfile.BadZipFile, ParseError, DefusedXmlException, EOFError, KeyError, ValueError):
        return {"unreadable": "damaged"}
    return {"text": text[:MAX_CHARS], "pages": pages, "cut": len(text) > MAX_CHARS}


def read_pdf(data: bytes) -> tuple[str, int]:
    """The pages' text, and how many pages there are."""
    document = pypdfium2.PdfDocument(data)
    parts: list[str] = []
    length = 0
    for index in range(min(len(document), MAX_PAGES)):
        parts.append(read_page(document, index))
        length += len(parts[-1])
        if length > MAX_CHARS:
            break
    return "\n\n".join(parts), len(document)


def read_page(document: pypdfium2.PdfDocument, index: int) -> str:
    """One page's text; a page that cannot be read does not cost the others."""
    try:
        page = document[index]
        words = page.get_textpage()
        text: str = words.get_text_bounded()
    except pypdfium2.PdfiumError:
        return ""
    words.close()
    page.close()
    return text


def read_rtf(data: bytes) -> str:
    """The text of an RTF; its own escapes say which letters are meant."""
    data = RTF_PICTURE.sub(b"", without_binary(data))
    page = RTF_PAGE.search(data[:4096])
    try:
        letters = data.decode(f"cp{int(page[1])}" if page else "cp1252", "replace")
    except LookupError:
        letters = data.decode("cp1252", "replace")
    text: str = rtf_to_text(letters, errors="ignore")  # type: ignore[no-untyped-call]
    return text[: MAX_CHARS + 1]


def without_binary(data: bytes) -> bytes:
    r"""Without what \bin announces: raw bytes that would be read as RTF."""
    kept, position = [], 0
    for found in RTF_BINARY.finditer(data):
        if found[1] is not None and found.start() >= position:
            kept.append(data[position : found.start()])
            position = found.end() + int(found[1])
    return b"".join([*kept, data[position:]])


def read_container(data: bytes, form: str) -> str:
    """The text of the XML parts of a DOCX or ODT, paragraphs on lines of their own."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        if form == "odt":
            names = [name for name in ODT_PARTS if name in archive.namelist()]
        else:
            names = sorted(filter(WORD_PARTS.match, archive.namelist()), key=lambda name: "/document" not in name)
        parts = [read_markup(archive, name) for name in names]
        return "\n".join(part for part in parts if part.strip())


def read_markup(archive: zipfile.ZipFile, name: str) -> str:
    """What people read of one part, cut when it is longer than a document's text may be."""
    parts: list[str] = []
    length = skipping = 0
    with archive.open(name) as file:
        if not file.read(1):
            return ""  # office programs leave empty parts behind
    with archive.open(name) as file:
        for event, element in iterparse(Bounded(file), events=("start", "end"), forbid_dtd=True):
            tag = element.tag.rpartition("}")[2]
            if tag in NOT_READ:
                skipping += 1 if event == "start" else -1
                element.clear()
            elif not skipping:
                parts.append(piece_of(element, tag, event, odt=name in ODT_PARTS))
                length += len(parts[-1])
            if event == "end" and tag in ("p", "h"):
                element.clear()
            if length > MAX_CHARS:
                break
    return "".join(parts)


def piece_of(element: Element, tag: str, event: str, *, odt: bool) -> str:
    """What an element adds to the text where it begins or ends."""
    if odt:
        return "".join(walk(element)) + "\n" if event == "end" and tag in ("p", "h") else ""
    if event == "start":
        return {"tab": "\t", "noBreakHyphen": "-"}.get(tag, "")
    return (element.text or "") if tag == "t" else "\n" if tag in ENDS_LINE else ""


def walk(element: Element) -> Iterator[str]:
    """The text of a paragraph in order, with the spaces and breaks that ODF writes as elements."""
    yield element.text or ""
    for child in element:
        tag = child.tag.rpartition("}")[2]
        yield {"s": " ", "tab": "\t", "line-break": "\n"}.get(tag, "")
        yield from walk(child)
        yield child.tail or ""


class Bounded:
    """A file that ends in an error when more comes out of it than a document may hold."""

    def __init__(self, file: Any) -> None:
        self.file = file
        self.left = MAX_INFLATED

    def read(self, size: int = -1) -> bytes:
        piece: bytes = self.file.read(SAMPLE if size < 0 else size)
        self.left -= len(piece)
        if self.left < 0:
            raise MemoryError
        return piece


def decode(data: bytes) -> str:
    """Text in UTF-8, in UTF-16 with its mark, or in the older encoding that is likeliest."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode(older_encoding(data[:SAMPLE]) or "utf-8", "replace")
