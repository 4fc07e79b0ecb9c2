"""What an RTF tells besides its text, and the RTF without it. Runs in the sandbox's child."""

import re
from collections.abc import Iterator

from striprtf.striprtf import rtf_to_text

from app.documents import metadata_pictures

# The groups that are about the document or its writers (RTF 1.9.1: Information Group, Track Changes, Annotations,
# Document Variables, Revision Save IDs, Custom XML), and pictures.
ABOUT_IT = re.compile(
    rb"\{\s*(?:\\\*\s*)?\\(info|revtbl|userprops|xmlnstbl|atnauthor|atnid|atntime|atndate|docvar|datastore|rsidtbl"
    rb"|generator|blipuid|pict)(?![a-z])"
)
SAID = re.compile(rb"\{\\(author|operator|company|manager|title|subject|keywords|doccomm)\s([^{}]*)\}")
KEYS = {"author": "author", "operator": "editor", "company": "company", "manager": "author", "title": "title"}
BRACES = re.compile(rb"\\[\\{}]|\\bin(\d{1,10}) ?|[{}]")
WORD = re.compile(rb"\\[a-z*]+-?\d* ?|[{}]")
# The numbers of editing sessions, told by words that must stay where they are; what looks like one of these is not.
SESSIONS = re.compile(rb"\\[\\{}]|(\\[a-z]*rsid)\d+")
DELETED = re.compile(rb"\\[\\{}]|(\\deleted)(?![a-z0-9])")
HEX, SPACE = b"0123456789abcdefABCDEF \r\n\t", b" \r\n\t"
BINARY = re.compile(rb"\\bin(\d{1,10}) ?")
SUM = re.compile(rb"\{\\\*\\blipuid [^{}\\]*\}")
JPEG_OR_PNG = re.compile(rb"ff\s*d8\s*ff|89\s*50\s*4e\s*47", re.IGNORECASE)
LINE = 128


def told(data: bytes) -> Iterator[tuple[str, str]]:
    for start, end, kind in groups(data):
        inside = data[start:end]
        if kind == b"info":
            for word, value in SAID.findall(inside):
                yield KEYS.get(word.decode(), "about"), readable(value)
        elif kind == b"revtbl":
            names = [readable(name).strip("; ") for name in re.findall(rb"\{([^{}]*);?\}", inside)]
            yield from (("marks", name) for name in names if name and name.casefold() != "unknown")
        elif kind in (b"atnauthor", b"atnid"):
            yield "marks", words(inside)
        elif kind == b"docvar":
            yield "other", words(inside)
        elif kind in (b"userprops", b"datastore"):
            yield "other", kind.decode()
        elif kind == b"pict" and (place := picture(inside)):
            yield from metadata_pictures.told(place.content)
    if any(found[1] for found in DELETED.finditer(data)):
        yield "deleted", ""


def readable(value: bytes) -> str:
    text: str = rtf_to_text("{\\rtf1\\ansi " + value.decode("latin-1") + "}")  # type: ignore[no-untyped-call]
    return text.strip()


def words(group: bytes) -> str:
    """What a small group says, without its name."""
    return readable(WORD.sub(b" ", group[:2000].removesuffix(b"}").replace(b"}{", b": "), count=3))


def without(data: bytes) -> bytes:
    """The rest of the file, as it was; an empty group in their place, so that what stood around them stays apart."""
    made, place = bytearray(), 0
    for start, end, kind in groups(data):
        made += sessionless(data[place:start]) + (without_marks(data[start:end]) if kind == b"pict" else b"{}")
        place = end
    return bytes(made + sessionless(data[place:]))


def sessionless(data: bytes) -> bytes:
    if b"rsid" not in data or b"\\bin" in data:
        return data
    return SESSIONS.sub(lambda found: found[1] + b"0" if found[1] else found[0], data)


class Place:
    """Where the bytes of a picture stand in its group, and those bytes."""

    def __init__(self, start: int, end: int, content: bytes, *, binary: bool) -> None:
        self.start, self.end, self.content, self.binary = start, end, content, binary

    def written(self, content: bytes) -> bytes:
        if self.binary:
            return b"\\bin%d " % len(content) + content
        digits = content.hex().encode()
        return b"\n".join(digits[start : start + LINE] for start in range(0, len(digits), LINE))


def picture(group: bytes) -> Place | None:
    """The JPEG or PNG of a picture's group."""
    if found := BINARY.search(group):
        end = found.end() + int(found[1])
        return Place(found.start(), end, group[found.end() : end], binary=True)
    end = len(group) - 1
    first = len(group[:end].rstrip(HEX))
    found = JPEG_OR_PNG.search(group, first, end)
    if found is None:
        return None
    digits = group[found.start() : end].translate(None, SPACE)
    return Place(found.start(), end, bytes.fromhex(digits[: len(digits) // 2 * 2].decode()), binary=False)


def without_marks(group: bytes) -> bytes:
    """A picture's group, its bytes without what they tell, itself without the sum by which it is known again."""
    group = SUM.sub(b"{}", group)
    place = picture(group)
    content = metadata_pictures.without(place.content) if place else b""
    if place is None or content == place.content:
        return group
    return group[: place.start] + place.written(content) + group[place.end :]


def groups(data: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Where each of these groups begins and ends. What stands within one is not looked for again."""
    place = 0
    while found := ABOUT_IT.search(data, place):
        place = closing(data, found.start())
        yield found.start(), place, found[1]


def closing(data: bytes, start: int) -> int:
    """The place behind the brace that closes the one at `start`. Raises ValueError when none does."""
    depth, place = 0, start
    while found := BRACES.search(data, place):
        place = found.end() + int(found[1] or 0)
        depth += {b"{": 1, b"}": -1}.get(found[0], 0)
        if depth == 0:
            return place
    raise ValueError("a group that does not end")
