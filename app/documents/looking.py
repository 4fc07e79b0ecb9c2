"""The deep look at a PDF: what it would do when opened, and what it would cost. Runs in the sandbox's child.

pikepdf (QPDF) opens what a search through the bytes cannot: object streams, encrypted files, names in disguise.
"""

import io
import re
import zlib
from collections.abc import Iterator
from typing import Any, BinaryIO

import pikepdf
from pikepdf import Array, Dictionary, Name, Object, Pdf, Stream

MAX_OBJECTS = 200_000
MAX_PAGES = 5_000
MAX_SIDE = 20_000  # points; a PDF's own limit is 14,400 (ISO 32000-1, annex C)
MAX_PIXELS = 200_000_000
MAX_INFLATED = 200_000_000  # of one stream
MAX_DEPTH = 60
ACTS = frozenset({"/JavaScript", "/Launch", "/SubmitForm", "/ImportData", "/Rendition", "/GoToE"})
PLAYS = frozenset({"/RichMedia", "/Screen", "/3D", "/Movie", "/Sound"})
ELSEWHERE = re.compile(r"^(?:[\\/]{2}|file:|https?:|ftp:|smb:)", re.IGNORECASE)
RUNS = (b"MZ", b"\x7fELF", b"#!", b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"\xca\xfe\xba\xbe")
LOOPS = re.compile(r"loop detected|excessively deeply nested", re.IGNORECASE)
PIECE = 262_144


def look_inside(file: BinaryIO) -> dict[str, Any]:
    """`found`: keys of what was found, see documents/inside.py."""
    try:
        with pikepdf.open(file) as document:
            return {"found": sorted(set(findings(document)))}
    except pikepdf.PasswordError:
        return {"found": ["password"]}
    except RecursionError:
        return {"found": ["built_to_break"]}
    except (pikepdf.PdfError, ValueError, TypeError, KeyError, AttributeError) as error:
        return {"found": ["built_to_break" if LOOPS.search(str(error)) else "damaged"]}


def findings(document: Pdf) -> Iterator[str]:
    """Everything that is wrong with a document, perhaps more than once."""
    if len(document.objects) > MAX_OBJECTS:
        yield "built_to_break"
        return
    for each in document.objects:
        yield from of_object(each, 0)
    yield from of_pages(document)
    if outline_loops(document):
        yield "built_to_break"
    if any(LOOPS.search(str(warning)) for warning in document.get_warnings()):
        yield "built_to_break"


def of_object(it: Object, depth: int) -> Iterator[str]:
    """What an object holds, and the objects written within it; those it refers to are walked by themselves."""
    if depth > MAX_DEPTH:
        yield "built_to_break"
    elif isinstance(it, Stream):
        yield from of_stream(it)
        yield from of_dictionary(it.stream_dict, depth)
    elif isinstance(it, Dictionary):
        yield from of_dictionary(it, depth)
    elif isinstance(it, Array):
        for inner in it:
            if isinstance(inner, Object) and not inner.is_indirect:
                yield from of_object(inner, depth + 1)


def of_dictionary(it: Object, depth: int) -> Iterator[str]:
    kind = str(it.get(Name.S, ""))
    if kind in ACTS or Name.JS in it:
        yield "acts"
    if kind in ("/GoToR", "/Thread") and ELSEWHERE.match(file_named(it.get(Name.F))):
        yield "acts"
    if str(it.get(Name.Subtype, "")) in PLAYS:
        yield "plays"
    if Name.XFA in it:
        yield "acts"
    for key in it.keys():  # noqa: SIM118 - iterating a pikepdf dictionary is deprecated
        inner = it.get(key)
        if isinstance(inner, Object) and not inner.is_indirect:
            yield from of_object(inner, depth + 1)


def file_named(it: Any) -> str:
    """The file that a specification names (ISO 32000-1, 7.11)."""
    if isinstance(it, Dictionary):
        it = it.get(Name.UF) or it.get(Name.F) or ""
    return str(it) if it is not None else ""


def of_stream(it: Stream) -> Iterator[str]:
    kind = str(it.get(Name.Type, ""))
    if str(it.get(Name.Subtype, "")) == "/Image" and pixels(it) > MAX_PIXELS:
        yield "too_much"
    start, size = unpacked(it)
    if size > MAX_INFLATED:
        yield "too_much"
    if kind == "/EmbeddedFile":
        yield "carries_program" if start.startswith(RUNS) else "carries_file"


def pixels(it: Stream) -> int:
    sides = [it.get(Name.Width, 0), it.get(Name.Height, 0)]
    return int(sides[0]) * int(sides[1]) if all(isinstance(side, int) for side in sides) else MAX_PIXELS + 1


def unpacked(it: Stream) -> tuple[bytes, int]:
    """How a stream begins and how large it becomes, as far as Flate packs it; never more than a piece at once."""
    filters: Any = it.get(Name.Filter, [])
    names = [str(each) for each in filters] if isinstance(filters, Array) else [str(filters)] if filters else []
    pieces: Iterator[bytes] = iter((bytes(it.read_raw_bytes()),))
    for name in names:
        if name not in ("/FlateDecode", "/Fl"):
            break
        pieces = inflated(pieces)
    start, size = b"", 0
    for piece in pieces:
        start = start or piece[:16]
        size += len(piece)
        if size > MAX_INFLATED:
            break
    return start, size


def inflated(packed: Iterator[bytes]) -> Iterator[bytes]:
    """What comes out of a packing, up to where it breaks."""
    packing = zlib.decompressobj()
    try:
        for piece in packed:
            rest = piece
            while rest and not packing.eof:
                yield packing.decompress(rest, PIECE)
                rest = packing.unconsumed_tail
    except zlib.error:
        return


def of_pages(document: Pdf) -> Iterator[str]:
    """Pages: how many, how large; a tree that holds itself, or lies about its number."""
    root = document.Root.get(Name.Pages)
    if not isinstance(root, Dictionary):
        yield "damaged"
        return
    number, told = 0, root.get(Name.Count, 0)
    seen: set[tuple[int, int]] = set()
    waiting: list[tuple[Any, int]] = [(root, 0)]
    while waiting:
        node, depth = waiting.pop()
        if not isinstance(node, Dictionary):
            continue
        if (node.is_indirect and node.objgen in seen) or depth > MAX_DEPTH or number > MAX_PAGES:
            yield "built_to_break"
            return
        seen.add(node.objgen)
        if too_wide(node.get(Name.MediaBox)):
            yield "too_much"
        kids = node.get(Name.Kids)
        number += kids is None
        waiting += [(kid, depth + 1) for kid in kids] if isinstance(kids, Array) else []
    if not isinstance(told, int) or told > max(number, 1) * 100 + 1000:
        yield "built_to_break"
    elif number == 0:
        yield "damaged"


def too_wide(box: Any) -> bool:
    """Whether a page is larger than a page can be."""
    if not isinstance(box, Array) or len(box) != 4:
        return False
    left, low, right, high = (float(each) for each in box)
    return abs(right - left) > MAX_SIDE or abs(high - low) > MAX_SIDE


def outline_loops(document: Pdf) -> bool:
    """Whether the table of contents leads back to itself."""
    seen: set[tuple[int, int]] = set()
    root = document.Root.get(Name.Outlines)
    waiting = [root.get(Name.First)] if isinstance(root, Dictionary) else []
    while waiting:
        item = waiting.pop()
        if not isinstance(item, Dictionary):
            continue
        if item.objgen in seen or len(seen) > MAX_OBJECTS:
            return True
        if item.is_indirect:
            seen.add(item.objgen)
        waiting += [item.get(Name.Next), item.get(Name.First)]
    return False


def warm() -> None:
    """Open an encrypted PDF once: the library then has its source of random numbers, and looks for none later."""
    sealed, document = io.BytesIO(), pikepdf.new()
    document.add_blank_page()
    document.save(sealed, encryption=pikepdf.Encryption(owner="owner", user=""))
    pikepdf.open(sealed).close()


warm()
