"""What an XMP packet tells (ISO 16684-1), of a PDF or of a picture. Runs in the sandbox's child."""

from collections.abc import Iterator
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

MAX_XMP = 1_000_000
KEYS = {"creator": "author", "title": "title", "description": "about", "CreatorTool": "program", "Producer": "program"}


def told(packet: bytes) -> Iterator[tuple[str, str]]:
    """The words of its elements, and attributes that stand for elements."""
    try:
        tree = fromstring(packet[:MAX_XMP], forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError):
        yield "other", "XMP"
        return
    for element in tree.iter():
        key = KEYS.get(local(element.tag))
        if key:
            yield key, " ".join("".join(element.itertext()).split())
        for name, value in element.attrib.items():
            if local(name) in KEYS:
                yield KEYS[local(name)], value


def local(name: object) -> str:
    return str(name).rpartition("}")[2]
