"""Clients that are slow, or lie about lengths, against a real server on loopback (promises S12, S19, S20, N11).

The server (small_server.py) has short times where somebody is to be ended, and long ones where nobody is, however busy
this machine may be.
"""

import json
import re
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import pytest

from tests.newsroom import PATIENCE, wait_for

HOST = b"Host: here\r\n"
CHUNKED = b"POST /count HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n"
SLOW_CLIENTS = 500


class Server:
    """The server in a process of its own; its times are as many times as long as `patience` says."""

    def __init__(
        self, *, patience: int, grace: int | None = None, limit_concurrency: int = 2000, send_buffer: int = 0
    ) -> None:
        listening = socket.create_server(("127.0.0.1", 0), backlog=512)
        if send_buffer:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, send_buffer)
        self.port = listening.getsockname()[1]
        listening.set_inheritable(True)
        numbers = listening.fileno(), limit_concurrency, patience, patience if grace is None else grace
        command = [sys.executable, "-m", "tests.hostile.small_server", *map(str, numbers)]
        root = Path(__file__).parents[2]
        self.process = subprocess.Popen(command, cwd=root, pass_fds=[listening.fileno()], stderr=subprocess.PIPE)
        listening.close()
        try:
            assert self.state()["connections"] == 1
        except BaseException:
            self.process.kill()
            raise

    def connect(self, *, receive_buffer: int = 0) -> socket.socket:
        client = socket.socket()
        if receive_buffer:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        client.settimeout(PATIENCE)
        client.connect(("127.0.0.1", self.port))
        return client

    def ask(self, request: bytes, *pieces: bytes, pause: float = 0) -> bytes:
        """All that comes back until the server closes; fails when it does not."""
        with self.connect() as client:
            client.sendall(request)
            with suppress(ConnectionError):
                send_slowly(client, pieces, pause=pause)
            return rest(client)

    def state(self) -> dict[str, int]:
        answer = self.ask(b"GET /state HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n")
        found: dict[str, int] = json.loads(answer.split(b"\r\n\r\n", 1)[1])
        return found

    def wait_until_alone(self) -> None:
        """Fails when other connections than our own do not end."""
        wait_for(lambda: self.state()["connections"] == 1, what="the end of all others")

    def end(self) -> bytes:
        self.process.send_signal(signal.SIGTERM)
        return self.process.communicate(timeout=PATIENCE)[1]

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()


def send_slowly(client: socket.socket, pieces: Sequence[bytes], *, pause: float) -> None:
    for piece in pieces:
        time.sleep(pause)
        client.sendall(piece)


def rest(client: socket.socket) -> bytes:
    """What is still to be read until the end."""
    received = bytearray()
    while piece := client.recv(1_000_000):
        received += piece
    return bytes(received)


def status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


def ended(client: socket.socket) -> bool:
    """Whether the server ends this connection by and by; what it says before is read away."""
    ends = time.monotonic() + PATIENCE
    with suppress(ConnectionError):
        while (left := ends - time.monotonic()) > 0:
            client.settimeout(left)
            try:
                if not client.recv(1_000_000):
                    return True
            except TimeoutError:
                return False
        return False
    return True


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """One that waits so long that nothing here is ended for being late."""
    yield from run(Server(patience=100))


@pytest.fixture(scope="module")
def hasty() -> Iterator[Server]:
    """One that waits for two or three seconds at most."""
    yield from run(Server(patience=3))


def run(running: Server) -> Iterator[Server]:
    yield running
    said = running.end()
    assert b"Traceback" not in said, said.decode()


# Slow headers


def test_half_a_header_block_is_answered_408_and_closed(hasty: Server) -> None:
    answer = hasty.ask(b"GET /state HTTP/1.1\r\nHost: he")
    assert status(answer) == 408
    assert b"connection: close" in answer
    assert b"x-content-type-options: nosniff" in answer


def test_each_further_header_byte_does_not_buy_more_time(hasty: Server) -> None:
    with hasty.connect() as client:
        client.sendall(b"GET /state HTTP/1.1\r\nX: ")
        with pytest.raises(ConnectionError):
            send_slowly(client, [b"y"] * 600, pause=0.1)


def test_a_connection_that_asks_nothing_is_closed_without_a_word(hasty: Server) -> None:
    with hasty.connect() as client:
        assert rest(client) == b""


@pytest.mark.parametrize("begun", [b"GET /st", b"\r\n"])
def test_the_second_request_of_a_connection_has_the_same_deadline(hasty: Server, begun: bytes) -> None:
    with hasty.connect() as client:
        client.sendall(b"GET /state HTTP/1.1\r\n" + HOST + b"\r\n")
        assert status(client.recv(10_000)) == 200
        client.sendall(begun)
        assert ended(client)


@pytest.mark.parametrize(
    "block",
    [
        b"A: b\r\n" * 101 + b"\r\n",
        b"A: " + b"b" * 66_000 + b"\r\n\r\n",
        b"A: " + b"b" * 1_000_000,
        b"A: " + b"b" * 30_000 + b"\r\nB: " + b"b" * 40_000 + b"\r\n\r\n",
    ],
    ids=["many", "long", "endless", "together"],
)
@pytest.mark.parametrize("size", [16_000, 10_000_000])
def test_a_header_block_that_is_too_large_is_answered_431(server: Server, block: bytes, size: int) -> None:
    pieces = [block[start : start + size] for start in range(0, len(block), size)]
    answer = server.ask(b"GET /state HTTP/1.1\r\n" + HOST, *pieces)
    assert status(answer) == 431
    assert b"bbb" not in answer


# Lengths that can be read in two ways


@pytest.mark.parametrize(
    "headers",
    [
        b"Content-Length: -1",
        b"Content-Length: +2",
        b"Content-Length: 2, 2",
        b"Content-Length: 0x2",
        b"Content-Length: 1000000000000000000",
        b"Content-Length: 100000000000000000000000",
        b"Content-Length: 1\r\nContent-Length: 2",
        b"Content-Length: 2\r\nContent-Length: 2",
        b"Content-Length: 2\r\nTransfer-Encoding: chunked",
        b"Transfer-Encoding: chunked\r\nContent-Length: 2",
        b"Transfer-Encoding: xchunked",
        b"Transfer-Encoding: gzip, chunked",
        b"Transfer-Encoding: chunked, identity",
        b"Transfer-Encoding: identity",
        b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
        b"Transfer-Encoding : chunked",
        b"Host: there\r\nContent-Length: 2",
        b"A: b\r\n c\r\nContent-Length: 2",
    ],
)
def test_a_length_that_can_be_read_in_two_ways_is_refused_and_closed(server: Server, headers: bytes) -> None:
    answer = server.ask(b"POST /count?secret HTTP/1.1\r\n" + HOST + headers + b"\r\n\r\n0\r\n\r\n")
    assert status(answer) in (400, 413)  # and not 408, by a deadline
    assert b"connection: close" in answer
    assert b"x-content-type-options: nosniff" in answer
    assert b"secret" not in answer


@pytest.mark.parametrize(
    "request_line",
    [
        b"POST /count HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"GET /state HTTP/1.1\r\n\r\n",
        b"GET /\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"CONNECT there:443 HTTP/1.1\r\nHost: here\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01",
    ],
)
def test_what_is_not_a_plain_request_is_answered_400(server: Server, request_line: bytes) -> None:
    assert status(server.ask(request_line)) == 400


@pytest.mark.parametrize("chunk", [b"FFFFFFFFFFFFFFFFF\r\nab", b"-1\r\nab", b"2\r\nabcd\r\n"])
def test_a_broken_chunk_is_answered_400(server: Server, chunk: bytes) -> None:
    assert status(server.ask(CHUNKED, chunk, pause=0.2)) == 400


def test_a_chunk_that_claims_gigabytes_and_does_not_come_is_ended(hasty: Server) -> None:
    assert status(hasty.ask(CHUNKED + b"FFFFFFFFF\r\nab")) == 408


def test_trailers_do_not_become_headers(server: Server) -> None:
    # The last piece is late, so that the application runs when the trailer comes.
    pieces = b"2\r\nab\r\n", b"0\r\nX-Forwarded-For: 192.0.2.1\r\n\r\n"
    with server.connect() as client:
        client.sendall(CHUNKED.replace(HOST, HOST + b"Connection: close\r\n"))
        for piece in pieces:
            client.sendall(piece)
            time.sleep(0.2)
        answer = rest(client)
    assert b"2 bytes" in answer
    assert b"x-forwarded-for" not in answer


UPGRADE = b"Connection: upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: eHh4\r\n"


def test_a_websocket_is_not_opened(server: Server) -> None:
    answer = server.ask(b"GET /state HTTP/1.1\r\n" + HOST + UPGRADE + b"\r\n")
    assert status(answer) == 200
    assert b"connection: close" in answer


def test_a_body_that_would_be_lost_in_an_upgrade_is_refused(server: Server) -> None:
    answer = server.ask(b"POST /count HTTP/1.1\r\n" + HOST + UPGRADE + b"Content-Length: 2\r\n\r\nab")
    assert status(answer) == 400


def test_nonsense_behind_a_request_does_not_get_into_its_answer(server: Server) -> None:
    answer = server.ask(b"GET /slow HTTP/1.1\r\n" + HOST + b"\r\n", b"nonsense\r\n\r\n", pause=0.3)
    assert status(answer) == 200
    assert answer.endswith(b"at last")
    assert answer.count(b"HTTP/1.1") == 1


def test_requests_sent_together_are_answered_in_their_order(server: Server) -> None:
    asked = (
        b"GET /slow HTTP/1.1\r\n" + HOST + b"\r\n" + b"POST /count HTTP/1.1\r\n" + HOST + b"Content-Length: 2\r\n\r\n"
    )
    answer = server.ask(asked + b"ab" + b"GET /state HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n")
    assert re.findall(rb"at last|2 bytes|resident", answer) == [b"at last", b"2 bytes", b"resident"]


# Slow bodies


@pytest.mark.parametrize("seconds", [0.05, 0.25])
def test_a_body_of_single_bytes_is_ended(hasty: Server, seconds: float) -> None:
    head = b"POST /count HTTP/1.1\r\n" + HOST + b"Content-Length: 1000\r\n\r\n"
    answer = hasty.ask(head, *[b"x"] * int(5 / seconds), pause=seconds)
    assert status(answer) == 408
    assert b"connection: close" in answer


def test_a_body_that_stops_is_ended(hasty: Server) -> None:
    assert status(hasty.ask(b"POST /count HTTP/1.1\r\n" + HOST + b"Content-Length: 1000\r\n\r\nhalf")) == 408


def test_silence_after_100_continue_is_ended(hasty: Server) -> None:
    head = b"POST /count HTTP/1.1\r\n" + HOST + b"Content-Length: 1000\r\nExpect: 100-continue\r\n\r\n"
    going_on, answer = hasty.ask(head).split(b"\r\n\r\n", 1)
    assert status(going_on) == 100
    assert status(answer) == 408


def test_a_body_that_is_slow_but_honest_is_taken() -> None:
    server = Server(patience=100, grace=1)
    try:
        head = b"POST /count HTTP/1.1\r\n" + HOST + b"Connection: close\r\nContent-Length: 10000\r\n\r\n"
        answer = server.ask(head, *[bytes(500)] * 20, pause=0.08)
    finally:
        server.end()
    assert status(answer) == 200
    assert b"10000 bytes" in answer


@pytest.mark.parametrize("share", [0.1, 0.5, 0.99])
def test_a_reset_in_a_body_leaves_nothing_behind(server: Server, share: float) -> None:
    client = server.connect()
    client.sendall(b"POST /count HTTP/1.1\r\n" + HOST + b"Content-Length: 100000\r\n\r\n" + bytes(int(share * 100_000)))
    time.sleep(0.1)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()
    server.wait_until_alone()
    wait_for(lambda: server.state()["tasks"] == 1, what="the end of the application's task")


# Bodies that are too large


def endless(server: Server, head: bytes, piece: bytes, pieces: int) -> tuple[bytes, int]:
    """Send a body without end while reading the answer. Returns the answer and by how much the server has grown."""
    before = server.state()["resident"]
    most = before
    with server.connect() as client:
        client.sendall(head)
        answers: list[bytes] = []
        reader = threading.Thread(target=lambda: answers.append(rest_or_reset(client)))
        reader.start()
        with suppress(ConnectionError):
            for number in range(pieces):
                client.sendall(piece)
                if number % 16 == 0:
                    most = max(most, server.state()["resident"])
        reader.join(PATIENCE)
    return answers[0], most - before


def rest_or_reset(client: socket.socket) -> bytes:
    received = bytearray()
    with suppress(ConnectionError):
        while piece := client.recv(1_000_000):
            received += piece
    return bytes(received)


def test_a_chunked_body_of_50_mb_ends_in_413_with_flat_memory(server: Server) -> None:
    answer, growth = endless(server, CHUNKED, b"80000\r\n" + bytes(0x80000) + b"\r\n", 100)
    assert status(answer) == 413
    assert growth < 20_000_000


@pytest.mark.parametrize(
    ("head", "piece"),
    [(b"0\r\nX: ", b"y" * 500_000), (b"0\r\n", b"X: y\r\n" * 80_000), (b"2;a=", b"y" * 500_000)],
    ids=["one trailer", "many trailers", "a chunk's extension"],
)
def test_framing_without_end_is_refused_with_flat_memory(server: Server, head: bytes, piece: bytes) -> None:
    answer, growth = endless(server, CHUNKED + head, piece, 100)
    assert status(answer) == 400
    assert growth < 20_000_000


def test_the_application_may_answer_a_body_that_is_too_large_in_its_own_words(server: Server) -> None:
    head = b"POST /named HTTP/1.1\r\n" + HOST + b"Content-Length: 20000000\r\n\r\n"
    answer = server.ask(head, *[bytes(1_000_000)] * 20)
    assert status(answer) == 413
    assert b"at most 10000000 bytes" in answer


@pytest.mark.parametrize("connection", [b"", b"Connection: close\r\n"])
def test_who_sends_to_the_end_before_reading_sees_an_early_answer(server: Server, connection: bytes) -> None:
    head = b"POST /early HTTP/1.1\r\n" + HOST + connection + b"Content-Length: 20000000\r\n\r\n"
    with server.connect() as client:
        client.sendall(head)
        for _ in range(20):
            client.sendall(bytes(1_000_000))
            time.sleep(0.03)
        answer = rest(client)
    assert status(answer) == 410
    assert b"connection: close" in answer
    assert answer.endswith(b"closed")


def test_after_an_early_answer_sending_is_not_without_end(server: Server) -> None:
    with server.connect() as client:
        client.sendall(b"POST /early HTTP/1.1\r\n" + HOST + b"Content-Length: 900000000\r\n\r\n")
        with pytest.raises(ConnectionError):
            send_slowly(client, [bytes(1_000_000)] * 300, pause=0)


def test_after_an_early_answer_silence_is_ended(hasty: Server) -> None:
    with hasty.connect() as client:
        client.sendall(b"POST /early HTTP/1.1\r\n" + HOST + b"Content-Length: 900\r\n\r\n")
        hasty.wait_until_alone()


# Slow readers


@pytest.mark.parametrize("path", [b"/stream", b"/whole?size=20000000"])
def test_a_reader_that_stops_is_ended(hasty: Server, path: bytes) -> None:
    with hasty.connect() as client:
        client.sendall(b"GET " + path + b" HTTP/1.1\r\n" + HOST + b"\r\n")
        client.recv(1000)
        hasty.wait_until_alone()


def test_a_reader_that_takes_a_trickle_is_ended(hasty: Server) -> None:
    with hasty.connect(receive_buffer=4096) as client:
        client.sendall(b"GET /whole?size=20000000 HTTP/1.1\r\n" + HOST + b"\r\n")

        def alone() -> bool:
            with suppress(ConnectionError):
                client.recv(100)
            return hasty.state()["connections"] == 1

        wait_for(alone, what="the end")


def test_a_reader_that_leaves_the_last_few_bytes_is_ended() -> None:
    # What is left is less than makes the transport pause: only closing waits for it.
    server = Server(patience=10, send_buffer=16_384)
    try:
        with server.connect(receive_buffer=4096) as client:
            client.sendall(b"GET /whole?size=60000 HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n")
            time.sleep(0.3)
            assert server.state()["connections"] == 2, "nothing was left over; the test shows nothing"
            server.wait_until_alone()
    finally:
        server.end()


@pytest.mark.parametrize("path", [b"/stream", b"/whole?size=50000000"])
def test_a_reader_that_is_slow_but_honest_gets_everything_it_reads(hasty: Server, path: bytes) -> None:
    with hasty.connect(receive_buffer=16_384) as client:
        client.sendall(b"GET " + path + b" HTTP/1.1\r\n" + HOST + b"\r\n")
        ends = time.monotonic() + 4.5
        while time.monotonic() < ends:  # longer than its READER_SECONDS, and far from the end of 50 MB
            assert client.recv(8_000)
            time.sleep(0.05)
        assert hasty.state()["connections"] == 2


# Many of them, and the end


def slow_crowd(server: Server) -> Iterator[socket.socket]:
    asks = [
        b"GET /state HTTP/1.1\r\nHost: he",
        b"POST /count HTTP/1.1\r\n" + HOST + b"Content-Length: 1000\r\n\r\nx",
        b"GET /stream HTTP/1.1\r\n" + HOST + b"\r\n",
        CHUNKED + b"1\r\n",
        b"",
    ]
    for number in range(SLOW_CLIENTS):
        client = server.connect(receive_buffer=4096)
        client.sendall(asks[number % len(asks)])
        yield client


def honest_seconds(server: Server) -> float:
    """How long one honest application of 3 MB takes."""
    head = b"POST /count HTTP/1.1\r\n" + HOST + b"Connection: close\r\nContent-Length: 3000000\r\n\r\n"
    began = time.perf_counter()
    answer = server.ask(head + bytes(3_000_000))
    assert status(answer) == 200
    assert b"3000000 bytes" in answer
    return time.perf_counter() - began


def test_500_slow_clients_leave_an_honest_application_its_time() -> None:
    quiet, crowded = Server(patience=200), Server(patience=200)
    try:
        crowd = list(slow_crowd(crowded))
        # By turns, and the best of each: so whatever else this machine does is beside both.
        pairs = [(honest_seconds(quiet), honest_seconds(crowded)) for _ in range(20)]
        assert crowded.state()["connections"] > len(crowd) / 2, "the crowd has gone"
        alone, beside = (min(times) for times in zip(*pairs, strict=True))
        assert beside < 2 * alone + 0.1, f"{alone:.4f} s alone, {beside:.4f} s beside {SLOW_CLIENTS} slow ones"
    finally:
        quiet.kill()
        crowded.kill()


def test_500_slow_clients_are_ended_each_in_its_time(hasty: Server) -> None:
    crowd = list(slow_crowd(hasty))
    hasty.wait_until_alone()
    assert all(map(ended, crowd))


def test_too_many_connections_are_told_when_to_come_again() -> None:
    server = Server(patience=10, limit_concurrency=10)
    try:
        crowd = [server.connect() for _ in range(12)]
        answer = server.ask(b"GET /state HTTP/1.1\r\n" + HOST + b"\r\n")
        assert status(answer) == 503
        assert b"retry-after: 10" in answer
        assert b"nosniff" in answer
        assert all(map(ended, crowd))
        server.wait_until_alone()
    finally:
        server.end()


def test_a_stop_lets_a_slow_upload_end_and_nobody_else_delays_it() -> None:
    server = Server(patience=3)
    others = [server.connect() for _ in range(4)]
    for other, begun in zip(
        others, [b"", b"GET /st", b"GET /stream HTTP/1.1\r\n" + HOST + b"\r\n", CHUNKED], strict=True
    ):
        other.sendall(begun)
    with server.connect() as client:
        client.sendall(b"POST /count HTTP/1.1\r\n" + HOST + b"Content-Length: 10000\r\n\r\n")
        for number in range(20):
            client.sendall(bytes(500))
            if number == 5:
                server.process.send_signal(signal.SIGTERM)
            time.sleep(0.1)
        answer = rest(client)
    assert status(answer) == 200
    assert b"10000 bytes" in answer
    said = server.process.communicate(timeout=PATIENCE)[1]
    assert b"Traceback" not in said
    assert b"graceful" not in said, "it had to be ended by force"
    for other in others:
        other.close()


@pytest.mark.parametrize("target", [b"OPTIONS *", b"GET *", b"GET state", b"GET http://x", b"CONNECT x:1"])
def test_a_target_that_is_no_path_is_refused(server: Server, target: bytes) -> None:
    assert status(server.ask(target + b" HTTP/1.1\r\n" + HOST + b"\r\n")) == 400


def test_a_target_with_its_host_is_a_path_all_the_same(server: Server) -> None:
    answer = server.ask(b"GET http://x/state HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n")
    assert status(answer) == 200
