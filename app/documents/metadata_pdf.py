"""What a PDF tells besides its pages, and the PDF without it. Runs in the sandbox's child."""

import io
import re
from collections.abc import Iterable, Iterator
from pathlib import PurePath
from typing import Any
from xml.etree.ElementTree import Element

import pikepdf
from pikepdf import Array, Dictionary, Name, NameTree, Object, Pdf, Stream

from app.documents import metadata_pictures, metadata_xmp
from app.documents.looking import MAX_DEPTH, MAX_OBJECTS, warm

INFO = {
    "/Author": "author",
    "/Title": "title",
    "/Subject": "about",
    "/Keywords": "about",
    "/Creator": "program",
    "/Producer": "program",
    "/CreationDate": "time",
    "/ModDate": "time",
    "/Company": "company",
    "/Manager": "author",
    "/SourceModified": "time",
}
UNTOLD = frozenset({"/Trapped"})
# What programs write beside an object for themselves (ISO 32000-1: 14.3.2, 14.5, 12.3.4).
ABOUT_IT = (Name.Metadata, Name.PieceInfo, Name.LastModified, Name.Thumb)
OF_A_FILE = (Name.F, Name.UF, Name.DOS, Name.Mac, Name.Unix)
# Of the document: what its signatures prove, and by whom (ISO 32000-1, 12.8).
PROOFS = (Name.Perms, Name("/DSS"), Name("/Legal"))
ABOUT_MARKS = (Name.T, Name.M, Name.CreationDate, Name.NM)
MARKS = frozenset(
    f"/{kind}"
    for kind in (
        *("Text", "FreeText", "Line", "Square", "Circle", "Polygon", "PolyLine", "Highlight", "Underline", "Squiggly"),
        *("StrikeOut", "Stamp", "Caret", "Ink", "Popup", "FileAttachment", "Redact"),
    )
)

NEUTRAL = re.compile(r"\d+(?:\.[A-Za-z0-9]{1,5})?")  # what attached files are called without their names

TELLING = re.compile(
    rb"/(?:Metadata|PieceInfo|LastModified|Thumb|T|SigFlags|ByteRange|Sig|DocTimeStamp|EF|F|Filespec|OCG|DCTDecode|DCT)"
    rb"(?![^\s()<>\[\]{}/%])"
)

warm()


def told(data: bytes) -> Iterator[tuple[str, str]]:
    # A file that was only added to holds its earlier versions; one laid out for the web ends twice anyhow.
    ends = data.count(b"%%EOF") - (b"/Linearized" in data[:2048])
    if ends > 1:
        yield "versions", str(ends - 1)
    with pikepdf.open(io.BytesIO(data)) as document:
        info = document.trailer.get("/Info")
        if isinstance(info, Dictionary):
            for key in set(info.keys()) - UNTOLD:
                yield INFO.get(key, "other"), spelled(info.get(key)) if key in INFO else key[1:]
        yield from (("other", name) for name in document.attachments if not NEUTRAL.fullmatch(name))
        yield from of_objects(document)


def of_objects(document: Pdf) -> Iterator[tuple[str, str]]:
    for each in limited(document):
        if isinstance(each, Stream) and each.get(Name.Type) == Name.Metadata:
            yield from of_xmp(each)
        if is_mark(each):
            yield "marks", spelled(each.get(Name.T))
        if is_signature(each):
            yield "signature", " ".join(filter(None, (spelled(each.get(key)) for key in (Name.Name, Name.Location))))
        if is_file(each):
            names = [spelled(each.get(key)) for key in (*OF_A_FILE, Name.Desc) if key in each]
            yield from (("other", name) for name in names if not NEUTRAL.fullmatch(name))
        if made_by := layer_maker(each):
            yield "program", made_by
        if (content := jpeg(document, each)) is not None:
            yield from metadata_pictures.told(content)


def limited(document: Pdf) -> list[Object]:
    """Every dictionary and stream that may tell something. Raises ValueError when there are too many objects."""
    if len(document.objects) > MAX_OBJECTS:
        raise ValueError("too many objects")
    return [inner for each in document.objects if may_tell(each) for inner in within(each, 0)]


def may_tell(it: Object) -> bool:
    """Whether one of the names is in it that we look for: most objects of a long document are done with at once."""
    if not isinstance(it, (Dictionary, Stream, Array)):
        return False
    return TELLING.search((it.stream_dict if isinstance(it, Stream) else it).unparse(resolved=True)) is not None


def within(it: Object, depth: int) -> Iterator[Object]:
    """An object and those that are written within it."""
    if depth > MAX_DEPTH:
        raise ValueError("too deep")
    if isinstance(it, (Dictionary, Stream)):
        yield it
        inner: Iterable[Any] = [it.get(key) for key in it.keys()]  # noqa: SIM118 - iterating a dictionary is deprecated
    else:
        inner = it if isinstance(it, Array) else ()
    for each in inner:
        if isinstance(each, (Dictionary, Stream, Array)) and not each.is_indirect:
            yield from within(each, depth + 1)


def of_xmp(stream: Object) -> Iterator[tuple[str, str]]:
    try:
        packet = stream.read_bytes()
    except pikepdf.PdfError:
        packet = b""
    yield from metadata_xmp.told(packet)


def spelled(it: object) -> str:
    return "" if it is None or isinstance(it, (Array, Dictionary, Stream, Element)) else str(it)


def is_mark(it: Object) -> bool:
    """Whether an object is a comment: /T is then whose; of a form's field it would be the name."""
    return str(it.get(Name.Subtype, "")) in MARKS and Name.FT not in it and Name.T in it


def is_signature(it: Object) -> bool:
    return isinstance(it, Dictionary) and (Name.ByteRange in it or it.get(Name.Type) in (Name.Sig, Name.DocTimeStamp))


def is_file(it: Object) -> bool:
    """Whether an object names a file that is attached, or that lies elsewhere (ISO 32000-1, 7.11.3)."""
    return Name.EF in it or (it.get(Name.Type) in (Name.Filespec, Name.F) and it.get(Name.FS) != Name.URL)


def layer_maker(it: Object) -> str:
    """Which program made a layer (ISO 32000-1, 8.11.4.4)."""
    usage = it.get(Name.Usage) if it.get(Name.Type) == Name.OCG else None
    info = usage.get(Name.CreatorInfo) if isinstance(usage, Dictionary) else None
    return spelled(info.get(Name.Creator)) if isinstance(info, Dictionary) else ""


def jpeg(document: Pdf, it: Object) -> bytes | None:
    """The JPEG that a stream is, whatever it was packed into besides; none when it is another sort of stream."""
    if not isinstance(it, Stream):
        return None
    filters = listed(it.get(Name.Filter))
    if not filters or filters[-1] not in (Name.DCTDecode, Name("/DCT")):
        return None
    if len(filters) == 1:
        return it.read_raw_bytes()
    packed: Any = Stream(document, it.read_raw_bytes())
    packed.Filter = Array(filters[:-1])
    if parameters := listed(it.get(Name.DecodeParms)):
        packed.DecodeParms = Array(parameters[:-1])
    return bytes(packed.read_bytes())


def listed(it: object) -> list[Any]:
    """Filters or their parameters: one or several."""
    return list(it) if isinstance(it, Array) else [] if it is None else [it]


def without(data: bytes) -> bytes:
    """Written anew from what its pages lead to: earlier versions and whatever nothing needs are left out."""
    made = io.BytesIO()
    with pikepdf.open(io.BytesIO(data)) as document:
        if "/Info" in document.trailer:
            del document.trailer["/Info"]
        for key in PROOFS:
            if key in document.Root:
                del document.Root[key]
        rename_files(document)
        for each in limited(document):
            strip(each)
            strip_picture(document, each)
        document.save(made, deterministic_id=True, fix_metadata_version=False, encryption=False)
    return made.getvalue()


def rename_files(document: Pdf) -> None:
    """Attached files keep their content and a number; their names and descriptions go."""
    names = document.Root.get(Name.Names)
    if not isinstance(names, Dictionary) or Name.EmbeddedFiles not in names:
        return
    there = sorted(NameTree(names.EmbeddedFiles).items())
    renamed = sorted((neutral(number, name), file) for number, (name, file) in enumerate(there, 1))
    names.EmbeddedFiles = Dictionary(Names=Array([each for pair in renamed for each in pair]))


def strip(it: Object) -> None:
    for key in (*ABOUT_IT, Name.SigFlags, *(ABOUT_MARKS if is_mark(it) else ())):
        if key in it:
            del it[key]
    if it.get(Name.FT) == Name.Sig and Name.V in it:
        del it[Name.V]
    if is_signature(it):
        for key in list(it.keys()):
            del it[key]
    if is_file(it):
        rename(it)
    if layer_maker(it):
        del it[Name.Usage][Name.CreatorInfo]


def neutral(number: int, name: str) -> str:
    """A number, and of a file's name what tells how to open it."""
    ending = PurePath(name).suffix
    return f"{number}{ending}" if NEUTRAL.fullmatch(f"1{ending}") else f"{number}"


def rename(it: Object) -> None:
    for key in OF_A_FILE:
        if key in it:
            it[key] = neutral(1, spelled(it.get(key)))
    if Name.Desc in it:
        del it[Name.Desc]


def strip_picture(document: Pdf, it: Object) -> None:
    before = jpeg(document, it)
    if before is None:
        return
    after = metadata_pictures.without(before)
    parameters = listed(it.get(Name.DecodeParms))[-1:]
    if after != before:
        it.write(after, filter=Name.DCTDecode, decode_parms=parameters[0] if parameters else None)
