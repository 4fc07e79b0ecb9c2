"""Reading a multipart body as it comes: fields into memory, documents into the storage, nothing twice.

The push parser of python-multipart finds the parts; what a form may hold, how large, how often, that the closing
boundary was there at all, and that nothing came behind it, is looked for here (RFC 7578; known holes F1, F8).
"""

import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import parse_qsl

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from app.documents.names import display_name
from app.documents.storage import Incoming, Storage, StorageAway

FIELD_BYTES = 64_000
MAX_PARTS = 120
BLANK = b"\r\n\t "
ALLOWED_CONTROLS = frozenset("\t\n\r")


class Malformed(Exception):
    """The body is not one that this form sends: a part unknown, doubled, of the wrong sort, or unreadable."""


class BodyCut(Malformed):
    """The closing boundary never came: the line broke, and what was under way is not here."""


class Accept(Protocol):
    def __call__(self, name: str, filename: str, incoming: Incoming, too_large: bool) -> None:
        """Take a document that has come whole (or too large: then it holds nothing), or abandon it."""


@dataclass
class Part:
    name: str
    filename: str | None
    text: bytearray = field(default_factory=bytearray)
    incoming: Incoming | None = None
    passed_over: bool = False  # a document whose bytes nobody keeps


def boundary_of(content_type: str) -> bytes | None:
    """The boundary that a Content-Type header names; None for a form without files. Raises Malformed."""
    kind, options = parse_options_header(content_type[:1000])
    boundary = options.get(b"boundary", b"")
    if kind == b"application/x-www-form-urlencoded":
        return None
    if kind != b"multipart/form-data" or not 1 <= len(boundary) <= 70:
        raise Malformed("not a form")
    return boundary


class Reception:
    """One body. `feed` it, then `close` it; call `abandon` in any case at the end.

    `unprintable` names the fields that held control characters: `fields` has them without.
    """

    def __init__(
        self,
        boundary: bytes,
        *,
        fields: Mapping[str, int],
        documents: frozenset[str],
        several: Mapping[str, int] | None = None,
        max_bytes: int,
        storage: Storage,
        accept: Accept,
        on_field: Callable[[str, str], None],
    ) -> None:
        self.fields: dict[str, list[str]] = {}
        self.unprintable: set[str] = set()
        self._allowed, self._documents, self._max_bytes = fields, documents, max_bytes
        self._several = several or {}  # how often a document control may send; others once
        self._storage, self._accept, self._on_field = storage, accept, on_field
        self._headers: dict[bytes, bytes] = {}
        self._header_name, self._header_value = bytearray(), bytearray()
        self._part: Part | None = None
        self._parts = 0
        self._seen: Counter[str] = Counter()
        self._ended = False
        self._away: StorageAway | None = None
        self._only_fields = False
        self._closing, self._seen_bytes = b"--" + boundary + b"--", b""
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._begin,
                "on_header_field": lambda data, start, end: self._header_name.extend(data[start:end]),
                "on_header_value": lambda data, start, end: self._header_value.extend(data[start:end]),
                "on_header_end": self._header,
                "on_headers_finished": self._start,
                "on_part_data": self._data,
                "on_part_end": self._finish,
                "on_end": self._end,
            },
        )

    def feed(self, data: bytes) -> None:
        """The next bytes of the body. Raises Malformed, and what `accept` raises."""
        for piece in self._up_to_closings(data):
            if self._ended and piece.strip(BLANK):
                raise Malformed("something comes behind the end")
            try:
                if piece and not self._ended:
                    self._parser.write(piece)
            except FormParserError as error:
                raise Malformed("not readable as a form") from error

    def _up_to_closings(self, data: bytes) -> Iterator[bytes]:
        """The bytes, parted behind whatever may be the closing boundary: the parser does not say where it was."""
        behind = len(self._seen_bytes)
        window, start, found = self._seen_bytes + data, behind, 0
        while (found := window.find(self._closing, found)) >= 0:
            found += len(self._closing)
            yield window[start:found]
            start = found
        yield window[start:]
        self._seen_bytes = window[max(start, len(window) - len(self._closing) + 1) :]

    def close(self) -> None:
        """The body has ended. Raises BodyCut unless its closing boundary was seen, StorageAway when documents of it
        could not be stored.
        """
        if self._away:
            raise self._away
        if not self._ended:
            raise BodyCut("no closing boundary")

    def pass_over_documents(self) -> None:
        """From now on only fields are kept: they are to be handed back, although nothing can be stored."""
        self._only_fields = True

    def abandon(self) -> None:
        """Forget what was under way."""
        if self._part and self._part.incoming:
            self._part.incoming.abandon()
        self._part = None

    def _begin(self) -> None:
        self._headers = {}
        self._parts += 1
        if self._parts > MAX_PARTS:
            raise Malformed("too many parts")

    def _header(self) -> None:
        name = bytes(self._header_name).lower()
        if name in self._headers:
            raise Malformed("a header twice")
        self._headers[name] = bytes(self._header_value)
        self._header_name.clear()
        self._header_value.clear()

    def _start(self) -> None:
        disposition, options = parse_options_header(self._headers.get(b"content-disposition", b""))
        if disposition != b"form-data" or b"name" not in options:
            raise Malformed("a part without a name")
        if self._headers.get(b"content-transfer-encoding", b"binary").lower() not in (b"binary", b"8bit", b"7bit"):
            raise Malformed("a part in an encoding that forms do not use")
        name = options[b"name"].decode("utf-8", "replace")
        filename = options.get(b"filename")
        self._part = Part(name, None if filename is None else display_name(filename) if filename else "")
        self._check_allowed(self._part)
        if self._part.filename is not None:
            self._begin_document(self._part)

    def _begin_document(self, part: Part) -> None:
        part.passed_over = self._only_fields
        if not part.passed_over:
            try:
                part.incoming = self._storage.begin()
            except StorageAway as error:
                self._lose(part, error)

    def _lose(self, part: Part, error: StorageAway) -> None:
        """This document and those behind it are passed over, so that the fields behind them come; `close` tells."""
        self._away = error
        self._only_fields = part.passed_over = True
        if part.incoming:
            part.incoming.abandon()

    def _check_allowed(self, part: Part) -> None:
        if part.name in self._documents:
            if self._seen[part.name] >= self._several.get(part.name, 1):
                raise Malformed(f"{part.name} came too often")
        elif part.name in self._allowed:
            if part.filename is not None:
                raise Malformed(f"{part.name} is a file")
            if len(self.fields.get(part.name, ())) >= self._allowed[part.name]:
                raise Malformed(f"{part.name} came too often")
        else:
            raise Malformed("a field that this form does not have")
        self._seen[part.name] += 1

    def _data(self, data: bytes, start: int, end: int) -> None:
        part = self._part
        assert part is not None
        if part.passed_over:
            return
        if part.incoming is None:
            part.text += data[start:end]
            if len(part.text) > FIELD_BYTES:
                raise Malformed(f"{part.name} is too long")
        elif part.incoming.size + end - start > self._max_bytes:
            # Told at once, and read on without keeping anything: the documents behind this one are to be kept.
            part.passed_over = True
            part.incoming.abandon()
            self._accept(part.name, part.filename or display_name(""), part.incoming, True)
        else:
            try:
                part.incoming.write(data[start:end])
            except StorageAway as error:
                self._lose(part, error)

    def _finish(self) -> None:
        part, self._part = self._part, None
        assert part is not None
        if part.passed_over:
            return
        if part.incoming is None and part.name in self._documents:
            if part.text:
                raise Malformed(f"{part.name} is not a file")
        elif part.incoming is None:
            value = plain_text(part.name, bytes(part.text), self.unprintable)
            self.fields.setdefault(part.name, []).append(value)
            self._on_field(part.name, value)
        elif not part.filename and part.incoming.size == 0:
            part.incoming.abandon()  # an empty file control: nothing was chosen
        else:
            self._accept(part.name, part.filename or display_name(""), part.incoming, False)

    def _end(self) -> None:
        self._ended = True


class Urlencoded:
    """The same for a form without files, as some programs send it: small, and read at once when it has ended."""

    def __init__(self, *, fields: Mapping[str, int], on_field: Callable[[str, str], None]) -> None:
        self.fields: dict[str, list[str]] = {}
        self.unprintable: set[str] = set()
        self._allowed, self._on_field = fields, on_field
        self._body = bytearray()

    def feed(self, data: bytes) -> None:
        self._body += data
        if len(self._body) > 4 * FIELD_BYTES:
            raise Malformed("too long")

    def close(self) -> None:
        """Raises Malformed for what this form does not send."""
        try:
            # As bytes it would give back ASCII only; as Latin-1 each byte is a letter.
            text = self._body.decode("ascii")
            pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=MAX_PARTS, encoding="latin-1")
        except ValueError as error:
            raise Malformed("not readable as a form") from error
        for name, letters in pairs:
            raw = letters.encode("latin-1")
            if len(self.fields.get(name, ())) >= self._allowed.get(name, 0):
                raise Malformed("a field unknown, or too often")
            value = plain_text(name, raw, self.unprintable)
            self.fields.setdefault(name, []).append(value)
            self._on_field(name, value)

    def pass_over_documents(self) -> None:
        """There are none."""

    def abandon(self) -> None:
        self._body.clear()


def plain_text(name: str, raw: bytes, unprintable: set[str]) -> str:
    """A field's text with line ends as \\n, without control characters; if it had any, its name is noted.

    Raises Malformed for what is not UTF-8.
    """
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Malformed(f"{name} is not UTF-8") from error
    printable = "".join(char for char in text if unicodedata.category(char) != "Cc" or char in ALLOWED_CONTROLS)
    if printable != text:
        unprintable.add(name)
    return printable.replace("\r\n", "\n").replace("\r", "\n")
