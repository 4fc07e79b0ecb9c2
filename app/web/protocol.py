"""uvicorn's HTTP protocol with deadlines: slow headers and readers are ended, doubtful lengths refused (S12, S20)."""

import asyncio
import fcntl
import re
import resource
import struct
import sys
import termios
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from httptools import HttpParserError, HttpParserUpgrade
from uvicorn._types import ASGI3Application, ASGIReceiveCallable, ASGISendCallable, ASGISendEvent, Scope
from uvicorn.protocols.http.flow_control import service_unavailable
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

MAX_CONNECTIONS = 2000
TARGET = re.compile(rb"(?:https?://[^/?#]+)?/")  # origin-form or absolute-form (RFC 9112, 3.2)
FRAMING = (b"host", b"content-length", b"transfer-encoding")
# Of the answers that are made before the application, and its own headers (headers.py), come into play.
SAFE_HEADERS = (
    (b"content-type", b"text/plain; charset=utf-8"),
    (b"x-content-type-options", b"nosniff"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-store"),
)


class Refused(Exception):
    """Thrown through the parser, to stop it; `status` is how the connection is answered."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class GuardedProtocol(HttpToolsProtocol):
    """One connection. Times (in seconds) and sizes are class attributes, so that tests can shorten them."""

    HEADER_SECONDS = 10.0
    HEADER_BYTES = 65_536
    HEADER_COUNT = 100
    BODY_BYTES = 10**12  # a longer one is not meant; what an address takes is BodyCap's to say
    READER_SECONDS = 30.0
    READER_BYTES = 15_000  # at least so much is to be read in each READER_SECONDS
    DRAIN_SECONDS = 300.0  # in all; a phone's line may need minutes to reach the end of its documents
    DRAIN_IDLE_SECONDS = 5.0
    DRAIN_BYTES = 64_000_000
    STOP_SECONDS = 1.0
    OVERFLOW = 50  # connections above the limit that are still told 503

    def __init__(self, *args: Any, **keywords: Any) -> None:
        super().__init__(*args, **keywords)
        self.lingering = False
        self.written = 0
        self._header_timer: asyncio.TimerHandle | None = None
        self._reader_timer: asyncio.TimerHandle | None = None
        self._linger_timer: asyncio.TimerHandle | None = None
        self._running: RequestResponseCycle | None = None
        self._in_body = False
        self._framing = 0  # bytes since the last that the application could use
        self._head_bytes = 0
        self._refused = False
        self._discarded = 0

    # The connection

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        limit = self.limit_concurrency
        if limit is not None and len(self.connections) > limit + self.OVERFLOW:
            transport.abort()
        else:
            self._await_headers()

    def connection_lost(self, exc: Exception | None) -> None:
        for timer in (self._header_timer, self._reader_timer, self._linger_timer):
            if timer is not None:
                timer.cancel()
        # uvicorn does so without an error only; after a reset the timer would hold the connection's memory.
        self._unset_keepalive_if_required()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._refused:
            return self._discard(len(data))
        self._unset_keepalive_if_required()
        if not self._in_body:
            self._await_headers()
        self._framing += len(data)
        try:
            self.parser.feed_data(data)
        except HttpParserUpgrade:
            return  # not taken up: answered as if it had not been asked for (RFC 9110, 7.8)
        except HttpParserError as error:
            reason = error.__context__
            return self._refuse(reason.status if isinstance(reason, Refused) else 400)
        if self._framing > self.HEADER_BYTES:
            self._refuse(400 if self._in_body else 431)

    def shutdown(self) -> None:
        """The server stops: what is answered already is given a moment to be read."""
        if self.lingering:
            self.loop.call_later(self.STOP_SECONDS, self.transport.close)
        else:
            super().shutdown()

    # What the parser tells

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._head_bytes = 0
        self._await_headers()

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._in_body:  # a trailer: uvicorn would add it to the headers, behind the back of a proxy's filter
            return
        super().on_header(name, value)
        self._head_bytes += len(name) + len(value) + len(": \r\n")
        if len(self.headers) > self.HEADER_COUNT or len(self.url) + self._head_bytes > self.HEADER_BYTES:
            raise Refused(431)

    def on_headers_complete(self) -> None:
        self._stop_awaiting_headers()
        if not TARGET.match(self.url) or not plain(self.headers, self.parser.get_http_version()):
            raise Refused(400)
        self._check_body()
        super().on_headers_complete()
        self._in_body, self._framing = True, 0
        if self.parser.should_upgrade():
            self.cycle.keep_alive = False  # what follows may be in another protocol

    def _check_body(self) -> None:
        length, coded = body_of(self.headers)
        if length > self.BODY_BYTES:
            raise Refused(413)
        if self.parser.should_upgrade() and (length or coded):
            raise Refused(400)  # llhttp takes such a body for the other protocol: it would be lost without a word

    def on_body(self, body: bytes) -> None:
        self._framing = 0
        if self.cycle.response_complete:
            self._discard(len(body))
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._in_body, self._framing = False, 0
        super().on_message_complete()
        if self.lingering:
            self.transport.close()

    # Answers

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        self._running = cycle
        cycle.transport = Answering(self, cycle)
        super()._start_asgi_task(cycle, closing_when_early(busy if app is service_unavailable else app, cycle))

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.lingering:
            self._unset_keepalive_if_required()
        self._watch_reader()

    def end_of(self, cycle: RequestResponseCycle) -> None:
        """Close after an answer; if its request is not at its end, then so that the sender can read the answer."""
        if cycle.response_complete and (cycle.more_body or self._refused):
            self._linger()
        else:
            self.transport.close()

    def _refuse(self, status: int) -> None:
        """Answer in plain text, echoing nothing, and close; never into the middle of another answer."""
        if self._refused or self.transport.is_closing():
            return
        self._stop_awaiting_headers()
        if self.lingering:
            return self.transport.close()
        self._refused = True
        running = self._running
        if running is not None and not running.response_complete:
            if running is not self.cycle or not self._in_body:
                return self._close_after(running)
            running.disconnected = True
            running.message_event.set()
            if running.response_started:
                return self.transport.close()
        self.transport.write(refusal(status))
        self._linger()

    def _close_after(self, running: RequestResponseCycle) -> None:
        self.pipeline.clear()
        running.keep_alive = False
        self.flow.pause_reading()

    # Slow headers

    def _await_headers(self) -> None:
        if self._header_timer is None and not self._refused:
            self._header_timer = self.loop.call_later(self.HEADER_SECONDS, self._headers_late)

    def _stop_awaiting_headers(self) -> None:
        if self._header_timer is not None:
            self._header_timer.cancel()
            self._header_timer = None

    def _headers_late(self) -> None:
        self._header_timer = None
        if self._running is not None and not self._running.response_complete:
            self._await_headers()  # we have not read on meanwhile ourselves
        elif self._framing == 0:
            self.transport.close()  # nothing was asked: browsers open connections in advance
        elif not self.transport.is_closing():
            self.transport.write(refusal(408))
            self.transport.close()

    # Slow readers

    def pause_writing(self) -> None:
        super().pause_writing()
        self._watch_reader()

    def _watch_reader(self) -> None:
        if self._reader_timer is None and self.transport.get_write_buffer_size():
            self._reader_timer = self.loop.call_later(self.READER_SECONDS, self._check_reader, self._read_so_far())

    def _check_reader(self, before: int) -> None:
        self._reader_timer = None
        if self.transport.get_write_buffer_size() and self._read_so_far() - before < self.READER_BYTES:
            self.transport.abort()
        else:
            self._watch_reader()

    def _read_so_far(self) -> int:
        """How many bytes of our answers have reached the other side."""
        return self.written - self.transport.get_write_buffer_size() - held_by_kernel(self.transport)

    # Lingering: our side is closed, theirs is read to its end, so that no reset overtakes the answer

    def _linger(self) -> None:
        if self.lingering or self.transport.is_closing():
            return
        self.lingering = True
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self.flow.resume_reading()
        self._check_lingering(-1, self.loop.time() + self.DRAIN_SECONDS)

    def _check_lingering(self, before: int, ends: float) -> None:
        if self._discarded == before or self.loop.time() > ends:
            return self.transport.close()
        wait = self.DRAIN_IDLE_SECONDS
        self._linger_timer = self.loop.call_later(wait, self._check_lingering, self._discarded, ends)

    def _discard(self, size: int) -> None:
        self._discarded += size
        if self._discarded > self.DRAIN_BYTES:
            self.transport.close()


class Answering(asyncio.Transport):
    """What one answer sees of the connection: counts what is written, and closes gently."""

    def __init__(self, connection: GuardedProtocol, cycle: RequestResponseCycle) -> None:
        super().__init__()
        self._connection, self._cycle = connection, cycle

    def write(self, data: Any) -> None:
        if not self._connection.lingering:
            self._connection.written += len(data)
            self._connection.transport.write(data)

    def is_closing(self) -> bool:
        return self._connection.lingering or self._connection.transport.is_closing()

    def close(self) -> None:
        self._connection.end_of(self._cycle)


def closing_when_early(app: ASGI3Application, cycle: RequestResponseCycle) -> ASGI3Application:
    """The application, with `Connection: close` on an answer that starts before the request has ended."""

    async def run(scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        async def noting(message: ASGISendEvent) -> None:
            if message["type"] == "http.response.start" and cycle.more_body:
                cycle.keep_alive = False
            await send(message)

        await app(scope, receive, noting)

    return run


async def busy(scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
    """What is answered when there are too many connections: uvicorn's own words, and our headers."""
    headers = [*SAFE_HEADERS, (b"retry-after", b"10"), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": 503, "headers": headers, "trailers": False})
    await send({"type": "http.response.body", "body": b"Service Unavailable\n", "more_body": False})


def plain(headers: Sequence[tuple[bytes, bytes]], version: str) -> bool:
    """Whether every reader of the request would see the same host and the same body (RFC 9112, 3.2 and 6.1 to 6.3).

    What llhttp refuses by itself (differing lengths, lengths beside a coding) is refused here again.
    """
    hosts, lengths, codings = ([value for name, value in headers if name == wanted] for wanted in FRAMING)
    if version not in ("1.0", "1.1") or len(hosts) > 1 or (version == "1.1" and not hosts):
        return False
    if len(lengths) > 1 or not all(value.isdigit() for value in lengths):
        return False
    return not codings or (version == "1.1" and not lengths and [c.strip().lower() for c in codings] == [b"chunked"])


def body_of(headers: Sequence[tuple[bytes, bytes]]) -> tuple[int, bool]:
    """The declared length of a request's body, in bytes, and whether it comes in chunks instead."""
    found = dict(headers)
    return int(found.get(b"content-length", 0)), b"transfer-encoding" in found


def refusal(status: int) -> bytes:
    """A whole answer in plain text that says no more than its status."""
    text = HTTPStatus(status).phrase.encode() + b"\n"
    lines = [b"HTTP/1.1 %d %s" % (status, text.strip()), b"content-length: %d" % len(text), b"connection: close"]
    lines += [b"%s: %s" % header for header in SAFE_HEADERS]
    return b"\r\n".join([*lines, b"", text])


def held_by_kernel(transport: asyncio.Transport) -> int:
    """Bytes written that the other side has not taken yet (SIOCOUTQ, tcp(7)); 0 where the kernel cannot be asked.

    A large send buffer moves in steps of megabytes: without this a slow reader looks like one who has stopped.
    """
    socket = transport.get_extra_info("socket")
    if sys.platform != "linux" or socket is None:
        return 0
    try:
        answer = fcntl.ioctl(socket.fileno(), termios.TIOCOUTQ, bytes(4))
    except (OSError, ValueError):
        return 0
    return int(struct.unpack("i", answer)[0])


def uvicorn_options(*, trusted_proxies: Sequence[str]) -> dict[str, Any]:
    """How uvicorn is run: our protocol, no WebSockets, no access log (it would hold addresses), bounded everything.

    Raises this process's soft limit of open files, so that connections do not take the database's and the documents'.
    """
    return {
        "http": GuardedProtocol,
        "ws": "none",
        "server_header": False,
        "access_log": False,
        "log_config": None,
        "timeout_keep_alive": 15,
        "timeout_graceful_shutdown": 8,
        "timeout_worker_healthcheck": 60,  # a process that is still importing is not dead
        "limit_concurrency": min(MAX_CONNECTIONS, open_files() * 3 // 4),
        "backlog": 512,
        "proxy_headers": bool(trusted_proxies),
        "forwarded_allow_ips": list(trusted_proxies),
    }


def open_files(wanted: int = 2 * MAX_CONNECTIONS) -> int:
    """How many files this process may have open, after asking for as many as wanted."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
        return most
    return wanted if soft == resource.RLIM_INFINITY else soft
