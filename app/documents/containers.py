"""DOCX and ODT from outside: a ZIP archive that is nothing but such a document. Sizes are counted, never believed.

The archive's directory is read by zipfile, the entries by us: their order, the room between them and what comes
out of them are compared with what the directory says (known holes H12 to H26, H35).
"""

import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, NamedTuple, cast
from xml.parsers import expat

from app.documents.findings import Reason, Refused
from app.documents.kinds import Format

MAX_ENTRIES = 1000
MAX_DIRECTORY = 400_000
MAX_INFLATED = 100_000_000
MAX_DEPTH = 250
MAX_ELEMENTS = 500_000  # 300 pages whose every second word is formatted have some 300,000
# expat before 2.6 reads an unfinished tag anew with each piece: longer ones cost the square of their length.
MAX_TAG = 4_000_000
PIECE = 262_144
LOCAL, END, END64 = b"PK\x03\x04", b"PK\x05\x06", b"PK\x06\x07"
DESCRIPTOR = 24  # the most that may stand between two entries (APPNOTE 4.3.9)
ENCRYPTED, LINK_BITS = 0x1, 0o170000
PLACES = (0, 0o100000, 0o040000)  # unknown, file, folder; not links, devices, pipes
WORD_MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
WORD_PART = re.compile(r"/word/document\d*\.xml")
ODT_TYPE = b"application/vnd.oasis.opendocument.text"
OTHER_OFFICE = {"spreadsheet": "spreadsheet", "presentation": "presentation"}
EICAR = b"$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
RUNS = (LOCAL, b"MZ", b"\x7fELF")
# Relations to something outside that does nothing until it is clicked, or shows a picture.
CLICKED, SHOWN = "/hyperlink", "/image"
ACTIVE_RELATIONS = (
    "/oleObject",
    "/package",
    "/aFChunk",
    "/vbaProject",
    "/control",
    "/attachedTemplate",
    "/frame",
    "/subDocument",
)
ACTIVE_ELEMENTS = frozenset(
    {"altChunk", "OLEObject", "object-ole", "script", "event-listener", "applet", "plugin", "floating-frame"}
    | {"dde-source", "dde-connection-decl", "dde-link"}
)
HREF = "http://www.w3.org/1999/xlink href"
LOADED = frozenset({"image", "section-source", "object"})
ELSEWHERE = re.compile(r"(?:file:|[\\/]{2})", re.IGNORECASE)


def check(file: BinaryIO) -> Format:
    """DOCX or ODT when the archive is one and holds nothing that acts. Raises Refused."""
    check_end(file)
    try:
        with zipfile.ZipFile(file) as archive:
            parts = laid_out(file, archive.infolist(), archive.start_dir)
    except (zipfile.BadZipFile, struct.error, EOFError, OSError, NotImplementedError, ValueError, KeyError) as error:
        raise Refused(Reason.DAMAGED) from error
    by_name = {part.entry.filename: part for part in parts}
    types = content_types(file, by_name)
    form = form_of(file, by_name, types)
    left = Budget(MAX_ELEMENTS)
    for part in parts:
        read_through(file, part, form, types, left)
    return form


def check_end(file: BinaryIO) -> None:
    """The directory's end stands at the file's end, is small, and knows of no other directory. Raises Refused."""
    size = file.seek(0, 2)
    file.seek(max(0, size - 42))
    tail = file.read(42)
    end = tail[-22:]
    if not end.startswith(END):
        file.seek(max(0, size - 66_000))
        raise Refused(Reason.UNSAFE if END in file.read() else Reason.DAMAGED)
    disk, start_disk, here, entries, length, _, comment = struct.unpack("<4H2LH", end[4:])
    if disk or start_disk or here != entries or comment or tail.startswith(END64):
        raise Refused(Reason.UNSAFE)
    if entries > MAX_ENTRIES or length > MAX_DIRECTORY:
        raise Refused(Reason.UNSAFE)


class Part(NamedTuple):
    """An entry and where its packed bytes begin."""

    entry: zipfile.ZipInfo
    start: int


def laid_out(file: BinaryIO, entries: list[zipfile.ZipInfo], directory: int) -> list[Part]:
    """The entries in their order, when they fill the file up to the directory and do not overlap. Raises Refused."""
    names = {entry.filename.casefold() for entry in entries}
    if len(entries) > MAX_ENTRIES or len(names) != len(entries):
        raise Refused(Reason.UNSAFE)
    if sum(entry.file_size for entry in entries) > MAX_INFLATED:
        raise Refused(Reason.UNSAFE)
    parts: list[Part] = []
    end = room = 0
    for entry in sorted(entries, key=lambda entry: entry.header_offset):
        check_entry(entry)
        if not end <= entry.header_offset <= end + room:
            raise Refused(Reason.UNSAFE)
        parts.append(Part(entry, data_start(file, entry)))
        end, room = parts[-1].start + entry.compress_size, DESCRIPTOR
    if not end <= directory <= end + room:
        raise Refused(Reason.UNSAFE)
    return parts


def check_entry(entry: zipfile.ZipInfo) -> None:
    """An entry in its place, not encrypted, ordinarily packed. Raises Refused."""
    if entry.flag_bits & ENCRYPTED:
        raise Refused(Reason.PASSWORD)
    folders = entry.orig_filename.replace("\\", "/").split("/")
    odd = ".." in folders or folders[0] == "" or ":" in folders[0] or min(entry.orig_filename, default="") < " "
    if odd or (entry.external_attr >> 16) & LINK_BITS not in PLACES:
        raise Refused(Reason.UNSAFE)
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise Refused(Reason.UNSAFE)


def data_start(file: BinaryIO, entry: zipfile.ZipInfo) -> int:
    """Where the packed bytes begin, when the entry's own header agrees with the directory. Raises Refused."""
    file.seek(entry.header_offset)
    header = file.read(30)
    if len(header) < 30 or not header.startswith(LOCAL):
        raise Refused(Reason.DAMAGED)
    flags, method, name_length, extra = cast("tuple[int, int, int, int]", struct.unpack("<6xHH16xHH", header))
    name = file.read(name_length).decode("utf-8" if entry.flag_bits & 0x800 else "cp437")
    if flags & ENCRYPTED:
        raise Refused(Reason.PASSWORD)
    if name != entry.orig_filename or method != entry.compress_type:
        raise Refused(Reason.UNSAFE)
    return entry.header_offset + 30 + name_length + extra


def unpacked(file: BinaryIO, part: Part) -> Iterator[bytes]:
    """An entry's content in pieces, counted as they come out. Raises Refused when they are not what was announced."""
    total = checksum = 0
    for piece in raw(file, part) if part.entry.compress_type == zipfile.ZIP_STORED else inflated(file, part):
        total += len(piece)
        checksum = zlib.crc32(piece, checksum)
        if total > part.entry.file_size:
            raise Refused(Reason.UNSAFE)
        yield piece
    if total != part.entry.file_size or checksum != part.entry.CRC:
        raise Refused(Reason.DAMAGED)


def raw(file: BinaryIO, part: Part) -> Iterator[bytes]:
    """The entry's bytes as they lie in the file."""
    left = part.entry.compress_size
    file.seek(part.start)
    while left and (piece := file.read(min(PIECE, left))):
        left -= len(piece)
        yield piece


def inflated(file: BinaryIO, part: Part) -> Iterator[bytes]:
    """The entry's bytes out of their packing (RFC 1951), never more than a piece at once."""
    packing = zlib.decompressobj(-zlib.MAX_WBITS)
    source, packed = raw(file, part), b""
    try:
        while not packing.eof:
            packed = packing.unconsumed_tail or next(source, b"")
            piece = packing.decompress(packed, PIECE)
            if piece:
                yield piece
            elif not packed:
                raise Refused(Reason.DAMAGED)
    except zlib.error as error:
        raise Refused(Reason.DAMAGED) from error
    if packing.unused_data or packing.unconsumed_tail or next(source, b""):
        raise Refused(Reason.UNSAFE)  # something hides behind the end


def content(file: BinaryIO, part: Part, most: int = 1_000_000) -> bytes:
    """The whole of a small entry. Raises Refused when it is not small."""
    found = b""
    for piece in unpacked(file, part):
        found += piece
        if len(found) > most:
            raise Refused(Reason.UNSAFE)
    return found


def content_types(file: BinaryIO, parts: dict[str, Part]) -> dict[str, str]:
    """What the types of a DOCX's parts are, by "/word/document.xml" or, for an ending, ".xml" (ECMA-376-2, 10.1.2)."""
    if "[Content_Types].xml" not in parts:
        return {}
    reader = ContentTypes("[content_types].xml", Format.DOCX, Budget(MAX_ENTRIES * 10))
    reader.feed(content(file, parts["[Content_Types].xml"]))
    reader.close()
    return reader.found


def form_of(file: BinaryIO, parts: dict[str, Part], types: dict[str, str]) -> Format:
    """Which of the two it is, by what it says inside. Raises Refused(WRONG_KIND) for any other archive."""
    said = " ".join(types.values())
    if "macroenabled" in said or "vbaproject" in said or any(part.lower().endswith("vbaproject.bin") for part in parts):
        raise Refused(Reason.MACROS)
    if types:
        main = [name for name, kind in types.items() if kind == WORD_MAIN]
        if len(main) == 1 and WORD_PART.fullmatch(main[0]) and main[0][1:] in parts:
            return Format.DOCX
    elif "mimetype" in parts:
        said = content(file, parts["mimetype"], 200).strip().decode("ascii", "replace")
        if said.encode() == ODT_TYPE:
            return odt(file, parts)
    raise Refused(Reason.WRONG_KIND, next((OTHER_OFFICE[key] for key in OTHER_OFFICE if key in said), "zip archive"))


def odt(file: BinaryIO, parts: dict[str, Part]) -> Format:
    """ODT when it can be read without a password and brings no programs. Raises Refused."""
    manifest = parts.get("META-INF/manifest.xml")
    if "encrypted-package" in parts or (manifest and b"encryption-data" in content(file, manifest)):
        raise Refused(Reason.PASSWORD)
    if any(name.startswith(("Basic/", "Scripts/", "Dialogs/")) for name in parts):
        raise Refused(Reason.MACROS)
    if "content.xml" not in parts:
        raise Refused(Reason.WRONG_KIND, "zip archive")
    return Format.ODT


@dataclass
class Budget:
    """How many elements the parts of one document may still have, together."""

    elements: int


def read_through(file: BinaryIO, part: Part, form: Format, types: dict[str, str], left: Budget) -> None:
    """Read one entry to its end, whatever it is; look at its XML as it passes. Raises Refused."""
    name = part.entry.filename.lower()
    if form is Format.DOCX and ("/embeddings/" in name or "/activex/" in name):
        raise Refused(Reason.MACROS)
    kind = types.get(f"/{name}") or types.get("." + name.rpartition(".")[2], "")
    markup = None
    if part.entry.file_size and (name.endswith((".xml", ".rels")) or kind.endswith(("+xml", "/xml"))):
        markup = MarkupCheck(name, form, left)
    tail = b""
    for piece in unpacked(file, part):
        if EICAR in tail + piece or (not tail and piece.startswith(RUNS)):
            raise Refused(Reason.UNSAFE)
        tail = piece[-64:]
        if markup:
            markup.feed(piece)
    if markup:
        markup.close()


class MarkupCheck:
    """Walks XML as it comes: no document type, no depth that breaks readers, no relation or field that acts."""

    def __init__(self, name: str, form: Format, left: Budget) -> None:
        self._relations = name.endswith(".rels")
        self._odt = form is Format.ODT
        self._left = left
        self._depth = self._fed = 0
        self._fields: list[str] = []
        self._parser = expat.ParserCreate(namespace_separator=" ")
        self._parser.buffer_text = True
        self._parser.StartDoctypeDeclHandler = self._refuse
        self._parser.EntityDeclHandler = self._refuse
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end

    def feed(self, data: bytes) -> None:
        self._fed += len(data)
        self._parse(data, last=False)
        if self._fed - self._parser.CurrentByteIndex > MAX_TAG:
            raise Refused(Reason.UNSAFE)

    def close(self) -> None:
        self._parse(b"", last=True)

    def _parse(self, data: bytes, *, last: bool) -> None:
        try:
            self._parser.Parse(data, last)
        except (expat.ExpatError, ValueError) as error:
            raise Refused(Reason.DAMAGED) from error

    def _refuse(self, *_: object) -> None:
        raise Refused(Reason.UNSAFE)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        self._left.elements -= 1
        if self._depth > MAX_DEPTH or self._left.elements < 0:
            raise Refused(Reason.UNSAFE)
        self._element(name.rpartition(" ")[2], attributes)

    def _end(self, name: str) -> None:
        self._depth -= 1
        if name.endswith(" instrText"):
            self._parser.CharacterDataHandler = None

    def _element(self, element: str, attributes: dict[str, str]) -> None:
        if element in ACTIVE_ELEMENTS:
            raise Refused(Reason.MACROS)
        if element == "Relationship" and self._relations:
            relation(attributes)
        elif element == "instrText":
            self._parser.CharacterDataHandler = self._text
        elif element == "fldChar":
            self._field_mark(value(attributes, "fldCharType"))
        elif element == "fldSimple":
            instruction(value(attributes, "instr"))
        elif self._odt and element in LOADED:
            loaded(element, attributes.get(HREF, ""))

    def _field_mark(self, mark: str) -> None:
        """Fields stand in each other; the words of each are its own."""
        if mark == "begin":
            self._fields.append("")
        elif mark == "end" and self._fields:
            self._fields.pop()

    def _text(self, data: str) -> None:
        if not self._fields:
            self._fields.append("")
        self._fields[-1] = (self._fields[-1] + data)[-4000:]
        instruction(self._fields[-1])


class ContentTypes(MarkupCheck):
    """Reads [Content_Types].xml."""

    found: dict[str, str]

    def __init__(self, name: str, form: Format, left: Budget) -> None:
        super().__init__(name, form, left)
        self.found = {}

    def _element(self, element: str, attributes: dict[str, str]) -> None:
        if element in ("Default", "Override"):
            part = attributes.get("PartName") or "." + attributes.get("Extension", "")
            self.found[part.lower()] = attributes.get("ContentType", "").lower()


def value(attributes: dict[str, str], name: str) -> str:
    """An attribute by its name, in whichever of the two namespaces of Word's XML."""
    return next((given for key, given in attributes.items() if key.rpartition(" ")[2] == name), "")


def instruction(text: str) -> None:
    """A field's words. Raises Refused for DDE, which starts programs, also when QUOTE spells it in numbers."""
    words = text.upper().split()
    if words and words[0] == "QUOTE":
        spelt = "".join(chr(int(word)) for word in words[1:] if word.isascii() and word.isdigit() and len(word) < 4)
        words = ["DDE"] if "DDE" in spelt.upper() else words
    if words and words[0].strip('"') in ("DDE", "DDEAUTO"):
        raise Refused(Reason.MACROS)


def relation(attributes: dict[str, str]) -> None:
    """A relation of a DOCX's part (ECMA-376-2, 9.3). Raises Refused when it brings in or runs something."""
    kind, target = attributes.get("Type", ""), attributes.get("Target", "").strip()
    outside = attributes.get("TargetMode", "").lower() == "external"
    if kind.endswith(ACTIVE_RELATIONS):
        raise Refused(Reason.UNSAFE if outside else Reason.MACROS)
    if outside and not kind.endswith(CLICKED) and (not kind.endswith(SHOWN) or ELSEWHERE.match(target)):
        raise Refused(Reason.UNSAFE)


def loaded(element: str, target: str) -> None:
    """What an ODT's element shows by itself. Raises Refused for files of the reader's machine and text from afar."""
    if ELSEWHERE.match(target.strip()) or (element == "section-source" and ":" in target):
        raise Refused(Reason.UNSAFE)
