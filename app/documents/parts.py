"""The parts of a DOCX or ODT, for reading their structure. Runs in the sandbox's child."""

import io
import zipfile
from collections.abc import Iterator
from typing import IO
from xml.etree.ElementTree import Element

from defusedxml.ElementTree import fromstring, iterparse

from app.documents.readers import Bounded

MAX_SMALL = 20_000_000
MAX_PICTURE = 25_000_000


class Parts:
    """An archive whose parts are read within bounds; what is not there is empty."""

    def __init__(self, data: bytes) -> None:
        self.archive = zipfile.ZipFile(io.BytesIO(data))
        self.names = set(self.archive.namelist())

    def tree(self, name: str) -> Element | None:
        """A small part as a tree."""
        content = self.content(name, MAX_SMALL)
        return fromstring(content, forbid_dtd=True) if content.strip() else None

    def content(self, name: str, most: int = MAX_PICTURE) -> bytes:
        """A part's bytes; none when it is not there or larger."""
        if name not in self.names:
            return b""
        with self.archive.open(name) as file:
            content = file.read(most + 1)
        return content if len(content) <= most else b""

    def children(self, name: str, parent: str) -> Iterator[Element]:
        """The elements directly within `parent`, one after the other; each is forgotten when the next is asked for."""
        with self.archive.open(name) as file:
            yield from children(Bounded(file), parent)


def children(file: Bounded | IO[bytes], parent: str) -> Iterator[Element]:
    depth: int | None = None
    for event, element in iterparse(file, events=("start", "end"), forbid_dtd=True):
        if event == "start":
            if depth is not None:
                depth += 1
            elif local(element) == parent:
                depth = 0
        elif depth is not None:
            if depth == 0:
                return
            depth -= 1
            if depth == 0:
                yield element
                element.clear()


def local(element: Element) -> str:
    """An element's name without its namespace."""
    return str(element.tag).rpartition("}")[2]


def value(element: Element | None, name: str = "val", default: str = "") -> str:
    """An attribute by its name without its namespace."""
    if element is None:
        return default
    return next((given for key, given in element.attrib.items() if key.rpartition("}")[2] == name), default)


def child(element: Element | None, *path: str) -> Element | None:
    """The first element at the end of a path of names."""
    for name in path:
        element = next((each for each in element if local(each) == name), None) if element is not None else None
    return element
