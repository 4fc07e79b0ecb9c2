"""The quick look at a document, while its sender waits: by content, never by name; bounded, whatever it is."""

import codecs
import re
import struct
from array import array
from collections.abc import Iterator
from itertools import accumulate
from pathlib import PurePath
from typing import BinaryIO

import filetype

from app.documents import containers, sandbox
from app.documents.findings import Reason, Refused
from app.documents.kinds import EXTENSIONS, Format
from app.documents.sandbox import Limits, SandboxFailed
from app.documents.text import older_encoding

__all__ = ["Reason", "Refused", "quick_check"]

HEAD = 4096
PIECE = 262_144
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# Streams of an OLE file (MS-CFB) that say what it is; an encrypted DOCX is wrapped in one (MS-OFFCRYPTO).
OLE_STREAMS = {"WordDocument": "old Word file (.doc)", "Workbook": "spreadsheet", "PowerPoint Document": "presentation"}
PROGRAMS = (b"MZ", b"\x7fELF", b"\xca\xfe\xba\xbe", b"\xfe\xed\xfa", b"\xcf\xfa\xed\xfe", b"#!")
MARKUP = re.compile(rb"^(?:\xef\xbb\xbf)?\s*(?:<!doctype\s+html|<html|<\?xml|<svg|<script|<head|<body)", re.IGNORECASE)
TEXTS = (Format.TXT, Format.MD)
# Names under which a computer would run a file, and those under which it would unpack or show it, whatever is in it.
# fmt: off
PROGRAM_NAMES = frozenset((
    ".exe", ".com", ".scr", ".bat", ".cmd", ".ps1", ".vbs", ".js", ".mjs", ".jse", ".wsf", ".hta", ".jar",
    ".msi", ".lnk", ".url", ".sh", ".py", ".pl", ".php", ".phtml", ".asp", ".aspx", ".jsp", ".cgi", ".apk",
    ".app", ".deb", ".reg", ".chm", ".swf",
))
OTHER_NAMES = PROGRAM_NAMES | frozenset((
    ".htm", ".html", ".xhtml", ".shtml", ".mht", ".mhtml", ".svg", ".xml", ".zip", ".rar", ".7z", ".iso", ".img",
    ".dmg", ".docm", ".dotm", ".xlsm", ".xlsx", ".xls", ".pptx", ".pptm", ".png", ".jpg", ".jpeg", ".gif",
))
# fmt: on

# A PDF's names may be written with #xx for any letter (ISO 32000-1, 7.3.5).
ESCAPED = re.compile(rb"#([0-9A-Fa-f]{2})")
ENCRYPT = re.compile(rb"/Encrypt(?![A-Za-z])")
ACTIONS = re.compile(
    rb"/S(?:\s|%[^\r\n]{0,200}[\r\n])*/(?:JavaScript|Launch|SubmitForm|ImportData|Rendition)(?![A-Za-z])"
)
ELSEWHERE = re.compile(rb"/S\s*/GoTo[RE](?![A-Za-z]).{0,400}?/F\s*\(\s*(?:\\\\\\\\|file:|https?:)", re.DOTALL)
OBJECT = re.compile(rb"\d\s+\d+\s+obj\b")
ZIP_TAIL = 65_557  # as far from the end as readers of ZIP look for a directory
OPENING = Limits(seconds=5, memory=400_000_000, output=10_000)

ACTIVE_RTF = re.compile(
    rb"\\(?:objdata|objocx|objemb|objlink|objautlink|objupdate|objhtml|template)(?![a-z])"
    rb"|\\fldinst(?:[\s{}]|\\\*|\\[a-z]+-?\d*)*+\"?DDE(?:AUTO)?\b",
    re.IGNORECASE,
)
RTF_BINARY = re.compile(rb"\\\\|\\bin(\d{1,12})")
RTF_ESCAPES = re.compile(rb"\\[\\{}]")
MAX_GROUPS_DEEP, MAX_BRACES = 500, 4_000_000
OPENS, CLOSES = 1, 255  # as signed bytes: +1, -1
BRACES = bytes.maketrans(b"{}", bytes((OPENS, CLOSES)))
NO_BRACES = bytes(byte for byte in range(256) if byte not in b"{}")


def quick_check(file: BinaryIO, *, name: str, size: int, max_size: int) -> Format:
    """The format of a document that may be taken. Raises Refused with the reason.

    Reads the file in pieces; takes about 100 ms for ordinary files and is bounded for hostile ones.
    """
    if size == 0:
        raise Refused(Reason.EMPTY)
    if size > max_size:
        raise Refused(Reason.TOO_LARGE)
    suffix = PurePath(name.strip()).suffix.lower()
    named = EXTENSIONS.get(suffix)
    if matched(file, re.compile(re.escape(containers.EICAR))):
        raise Refused(Reason.UNSAFE)
    form = by_content(file, size, named)
    if form is Format.TXT:
        return text_form(named, suffix)
    if suffix in OTHER_NAMES or (named is not None and named is not form):
        raise Refused(Reason.MISMATCH, form.value)
    return form


def by_content(file: BinaryIO, size: int, named: Format | None) -> Format:
    """What the bytes are; any text is TXT, but markup only under a text's name. Raises Refused."""
    file.seek(0)
    start = file.read(HEAD)
    if start.startswith(b"%PDF-"):
        check_pdf(file, size)
        return Format.PDF
    if start.startswith(b"PK\x03\x04"):
        return containers.check(file)
    if start.startswith(b"{\\rtf"):
        check_rtf(file, size)
        return Format.RTF
    if start.startswith(OLE):
        raise refused_ole(file)
    if b"%PDF-" in start and named not in TEXTS:
        raise Refused(Reason.UNSAFE)  # readers look for a PDF behind what stands before it
    if not is_text(file):
        raise refused_binary(start, named)
    if named not in TEXTS and (code := markup(start)):
        raise Refused(Reason.WRONG_KIND, code)
    return Format.TXT


def text_form(named: Format | None, suffix: str) -> Format:
    """TXT or MD, by its name; text under another format's name is not that format."""
    if named in TEXTS:
        return named
    if named is None and suffix in ("", ".asc"):
        return Format.TXT
    if suffix in PROGRAM_NAMES:
        raise Refused(Reason.WRONG_KIND, "text named as a program")
    raise Refused(Reason.MISMATCH if named else Reason.WRONG_KIND, "text")


def markup(start: bytes) -> str | None:
    """A code for text that a browser or a shell would run."""
    if b"<svg" in start.lower() and start.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<":
        return "svg"
    if MARKUP.match(start):
        return "html"
    return "executable" if start.startswith(b"#!") else None


def refused_binary(start: bytes, named: Format | None) -> Refused:
    """What is wrong with bytes that are neither a document nor text."""
    if start.startswith(PROGRAMS):
        return Refused(Reason.WRONG_KIND, "executable")
    if found := filetype.guess(start):
        kinds = (kind for kind in ("image", "audio", "video") if found.mime.startswith(kind))
        return Refused(Reason.WRONG_KIND, next(kinds, "archive"))
    if named is None or named in TEXTS:
        return Refused(Reason.NOT_UTF8)
    return Refused(Reason.MISMATCH, "another kind of file")


def pieces(file: BinaryIO, overlap: int = 0) -> Iterator[tuple[int, bytes]]:
    """The file from its beginning: where each piece begins, and the piece, which repeats the end of the one before."""
    file.seek(0)
    position, rest = 0, b""
    while piece := file.read(PIECE):
        yield position - len(rest), rest + piece
        position += len(piece)
        rest = (rest + piece)[-overlap:] if overlap else b""


def matched(file: BinaryIO, pattern: re.Pattern[bytes], *, overlap: int = 1024) -> bool:
    """Whether a pattern stands anywhere in the file."""
    return any(pattern.search(piece) for _, piece in pieces(file, overlap))


def check_pdf(file: BinaryIO, size: int) -> None:
    """A PDF that ends as one, is nothing else besides, runs nothing, and opens without a password. Raises Refused."""
    file.seek(max(0, size - ZIP_TAIL))
    if holds_zip(file.read()):
        raise Refused(Reason.UNSAFE)
    encrypted = whole = False
    for _, piece in pieces(file, 1024):
        plain = ESCAPED.sub(lambda code: bytes((int(code[1], 16),)), piece) if b"#" in piece else piece
        if ACTIONS.search(plain) or ELSEWHERE.search(plain):
            raise Refused(Reason.MACROS)
        encrypted = encrypted or ENCRYPT.search(plain) is not None
        before, mark, after = piece.rpartition(b"%%EOF")
        # Cut off is what goes on after its last end with an object that has no end itself.
        whole = (whole or bool(mark)) and not OBJECT.search(after if mark else before + after)
    if not whole:
        raise Refused(Reason.DAMAGED)
    if encrypted:
        check_opens(file)


def check_opens(file: BinaryIO) -> None:
    """An encrypted PDF must open with the empty password (ISO 32000-1, 7.6.3.1). Raises Refused."""
    try:
        verdict = sandbox.run("open_pdf", file, limits=OPENING)
    except SandboxFailed as failed:
        raise Refused(Reason.UNSAFE) from failed
    if verdict.get("password"):
        raise Refused(Reason.PASSWORD)
    if not verdict.get("opens"):
        raise Refused(Reason.DAMAGED)


def holds_zip(tail: bytes) -> bool:
    """Whether a reader of ZIP would find a directory's end here (APPNOTE 4.3.16)."""
    position = tail.find(containers.END)
    while position >= 0:
        end = tail[position + 4 : position + 22]
        if len(end) == 18:
            disk, start, here, entries, *_ = struct.unpack("<4H2LH", end)
            if disk == start == 0 and here == entries:
                return True
        position = tail.find(containers.END, position + 1)
    return False


def refused_ole(file: BinaryIO) -> Refused:
    """An old Office file, or a new one that was encrypted."""
    if matched(file, re.compile("EncryptedPackage".encode("utf-16-le"))):
        return Refused(Reason.PASSWORD)
    for stream, code in OLE_STREAMS.items():
        if matched(file, re.compile(stream.encode("utf-16-le"))):
            return Refused(Reason.WRONG_KIND, code)
    return Refused(Reason.WRONG_KIND, "old Word file (.doc)")


def check_rtf(file: BinaryIO, size: int) -> None:
    """An RTF without objects, remote templates, DDE, or lengths and depths that break readers. Raises Refused."""
    if matched(file, ACTIVE_RTF, overlap=4096):
        raise Refused(Reason.MACROS)
    depth = braces = 0
    for begins, piece in pieces(file, 16):
        for found in RTF_BINARY.finditer(piece):
            if found[1] and begins + found.end() + int(found[1]) > size:
                raise Refused(Reason.UNSAFE)
    for _, piece in pieces(file):
        steps = array("b", RTF_ESCAPES.sub(b"", piece).translate(BRACES, NO_BRACES))
        braces += len(steps)
        highest = max(accumulate(steps), default=0)
        if depth + highest > MAX_GROUPS_DEEP or braces > MAX_BRACES:
            raise Refused(Reason.UNSAFE)
        depth += sum(steps)


def is_text(file: BinaryIO) -> bool:
    """Text that can be read: UTF-8, UTF-16 with its mark, or likely an older single-byte encoding; and no NUL."""
    file.seek(0)
    sample = file.read(PIECE)
    if sample.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return decodes(file, "utf-16")
    if b"\0" in sample:
        return False
    return decodes(file, "utf-8") or (older_encoding(sample) is not None and not matched(file, re.compile(rb"\0")))


def decodes(file: BinaryIO, encoding: str) -> bool:
    """Whether the whole file is in this encoding, without NUL."""
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        if any("\0" in decoder.decode(piece) for _, piece in pieces(file)):
            return False
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True
