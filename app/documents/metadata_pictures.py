"""What pictures within documents tell: where they were taken, by which camera. Runs in the sandbox's child.

A picture tells whatever `without` leaves out of it: what is in those parts is named as far as it can be read.
"""

import io
import re
import struct
from collections.abc import Iterator

from PIL import Image, JpegImagePlugin, PngImagePlugin, TiffImagePlugin, WebPImagePlugin  # noqa: F401 - loaded here

from app.documents import metadata_xmp

ORIENTATION, MAKE, MODEL, GPS, DETAILS = 0x0112, 0x010F, 0x0110, 0x8825, 0x8769
# Artist, copyright, XPAuthor, the camera's owner; description, XPTitle, XPComment, XPKeywords, XPSubject, comment.
EXIF_KEYS = dict.fromkeys((0x013B, 0x8298, 0x9C9D, 0xA430), "author") | dict.fromkeys(
    (0x010E, 0x9C9B, 0x9C9C, 0x9C9E, 0x9C9F, 0x9286), "about"
)
XP = range(0x9C9B, 0x9CA0)  # in UTF-16
JPEG, PNG = b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"
EXIF, XMP = b"Exif\0\0", b"http://ns.adobe.com/xap/1.0/\0"
MARKER, AFTER_SCAN = re.compile(rb"\xff[^\x00\xff]"), re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
COMMENT, SCAN, END, BEHIND = 0xFE, 0xDA, 0xD9, -1
# Of a JPEG's APP segments: how it is to be decoded (JFIF, colours, Adobe's mark). All others are about it.
KEPT_SEGMENTS = {0xE0: b"JFIF", 0xE2: b"ICC_PROFILE", 0xEE: b"Adobe"}
PNG_TEXTS = (b"tEXt", b"zTXt", b"iTXt")
ABOUT_IT = (*PNG_TEXTS, b"eXIf", b"tIME")
PNG_KEYS = {"author": "author", "copyright": "author", "title": "title", "description": "about", "software": "program"}
UNREADABLE = (OSError, ValueError, SyntaxError, KeyError, TypeError, struct.error, ZeroDivisionError)
Image.MAX_IMAGE_PIXELS = None  # only heads are read here


def told(data: bytes) -> Iterator[tuple[str, str]]:
    """What a picture tells; nothing of what cannot be read."""
    if data.startswith(JPEG):
        for kind, segment in segments(data):
            if not is_kept(kind, segment):
                yield from of_segment(kind, segment)
    elif data.startswith(PNG):
        for name, chunk in chunks(data):
            yield from of_chunk(name, chunk[8:-4])
    else:
        try:
            with Image.open(io.BytesIO(data)) as picture:
                yield from of_exif(picture.getexif())
        except UNREADABLE:
            return


def of_segment(kind: int, segment: bytes) -> Iterator[tuple[str, str]]:
    """What a JPEG's segment tells that is about it; which way up, as we write it ourselves, tells nothing."""
    content = segment[4:]
    if kind == BEHIND:
        if segment.strip(b"\0\r\n "):
            yield "other", "JPEG"
    elif content.startswith(EXIF):
        if segment != turned_segment(orientation(content)):
            yield from of_exif_bytes(content)
    elif content.startswith(XMP):
        yield from something(metadata_xmp.told(content[len(XMP) :]), "XMP")
    elif kind == COMMENT:
        yield "other", content[:200].decode("utf-8", "replace").strip("\0 ") or "JPEG"
    else:
        yield "other", "IPTC" if kind == 0xED else f"APP{kind - 0xE0}"


def of_chunk(kind: bytes, content: bytes) -> Iterator[tuple[str, str]]:
    """What a PNG's chunk tells."""
    if kind == b"eXIf":
        yield from of_exif_bytes(EXIF + content)
    elif kind in PNG_TEXTS:
        name, _, text = content.partition(b"\0")
        word, said = name[:80].decode("latin-1"), text[:200].decode("latin-1") if kind == b"tEXt" else ""
        key = PNG_KEYS.get(word.casefold(), "other")
        yield key, f"{word}: {said}" if said and key == "other" else said or word


def something(found: Iterator[tuple[str, str]], name: str) -> Iterator[tuple[str, str]]:
    """What was found; where that is nothing, that there is a part of this name."""
    pairs = list(found)
    yield from pairs or [("other", name)]


def of_exif_bytes(content: bytes) -> Iterator[tuple[str, str]]:
    exif = Image.Exif()
    try:
        exif.load(content)
        pairs = list(of_exif(exif))
    except UNREADABLE:
        pairs = []
    yield from pairs or [("other", "EXIF")]


def of_exif(exif: Image.Exif) -> Iterator[tuple[str, str]]:
    if place := exif.get_ifd(GPS):
        yield "place", where(place)
    if camera := " ".join(spelled(exif[tag]) for tag in (MAKE, MODEL) if tag in exif):
        yield "camera", camera
    for tag, value in (*exif.items(), *exif.get_ifd(DETAILS).items()):
        if tag in EXIF_KEYS:
            yield EXIF_KEYS[tag], spelled(value, "utf-16-le" if tag in XP else "utf-8")


def spelled(value: object, encoding: str = "utf-8") -> str:
    text = bytes(value).decode(encoding, "replace") if isinstance(value, (bytes, tuple)) else str(value)
    return text.strip("\0 ")


def where(place: dict[int, object]) -> str:
    """Degrees to two places, which is a kilometre; empty when they cannot be read."""
    try:
        sides = [(place[2], place.get(1)), (place[4], place.get(3))]
        return ", ".join(f"{degrees(parts) * (-1 if side in ('S', 'W') else 1):.2f}" for parts, side in sides)
    except (KeyError, TypeError, ValueError, ZeroDivisionError, IndexError):
        return ""


def degrees(parts: object) -> float:
    whole, minutes, seconds = (float(each) for each in parts)  # type: ignore[attr-defined]
    return float(whole + minutes / 60 + seconds / 3600)


def without(data: bytes) -> bytes:
    """The same picture, its pixels untouched, without what is about it; which way up stays said."""
    if data.startswith(JPEG):
        return jpeg(data)
    return png(data) if data.startswith(PNG) else data


def jpeg(data: bytes) -> bytes:
    there = list(segments(data))
    exif = next((segment[4:] for _, segment in there if segment[4:].startswith(EXIF)), b"")
    turned = orientation(exif)
    kept = [segment for kind, segment in there if is_kept(kind, segment)]
    return b"".join((data[:2], turned_segment(turned) if turned != 1 else b"", *kept))


def segments(data: bytes) -> Iterator[tuple[int, bytes]]:
    """A JPEG's segments (ITU T.81, annex B), its pixels with the head of their scan; what stands behind its end."""
    place = 2
    while place < len(data):
        marker = MARKER.search(data, place)
        if marker is None:
            yield SCAN, data[place:]  # it was cut off here
            return
        kind, end = marker[0][1], marker.end()
        if not (kind == 0x01 or 0xD0 <= kind <= END):  # marks without a length
            end += int.from_bytes(data[end : end + 2], "big")
        if kind == SCAN:
            behind = AFTER_SCAN.search(data, end)
            end = behind.start() if behind else len(data)
        yield kind, data[marker.start() : end]
        place = end
        if kind == END:
            yield BEHIND, data[place:]
            return


def is_kept(kind: int, segment: bytes) -> bool:
    if kind == BEHIND:
        return not segment
    about = kind == COMMENT or 0xE0 <= kind <= 0xEF
    return not about or (kind in KEPT_SEGMENTS and segment[4:].startswith(KEPT_SEGMENTS[kind]))


def turned_segment(turned: int) -> bytes:
    """The smallest EXIF data that say which way up a picture is."""
    ifd = struct.pack("<2sHIHHHIHHI", b"II", 42, 8, 1, ORIENTATION, 3, 1, turned, 0, 0)
    return b"\xff\xe1" + struct.pack(">H", 2 + len(EXIF) + len(ifd)) + EXIF + ifd


def orientation(content: bytes) -> int:
    exif = Image.Exif()
    try:
        exif.load(content)
        turned = exif.get(ORIENTATION, 1)
    except UNREADABLE:
        return 1
    return turned if isinstance(turned, int) and 1 <= turned <= 8 else 1


def png(data: bytes) -> bytes:
    return data[:8] + b"".join(chunk for kind, chunk in chunks(data) if kind not in ABOUT_IT)


def chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """A PNG's chunks (PNG, 5.3) up to its end, each with its length, its kind and its sum."""
    place, kind = 8, b""
    while place + 12 <= len(data) and kind != b"IEND":
        kind = data[place + 4 : place + 8]
        end = place + 12 + int.from_bytes(data[place : place + 4], "big")
        yield kind, data[place:end]
        place = end
