"""Asking the fork server (documents/fork_server.py) for children, and having done with them."""

import json
import os
import select
import socket
import struct
import subprocess
import sys
import threading
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

ROOT = Path(__file__).parent.parent.parent
START = "import sys; sys.path.insert(0, sys.argv[1]); from app.documents.fork_server import main; main(sys.argv[2:])"
ATTEMPTS = 3  # to reach a fork server that may just be ending
BEGIN_SECONDS = 20.0  # for a fork server to start and to fork
END_SECONDS = 5.0  # for a fork server to end a child
# What the fork server tells of a child: that it has begun, and its exit status.
BEGUN = b"+"
STATUS = struct.Struct(">i")

_one_at_a_time = threading.Lock()
_server: "ForkServer | None" = None


@dataclass(frozen=True)
class ForkServer:
    """The process, and the socket on which children are asked for."""

    process: "subprocess.Popen[bytes]"
    requests: socket.socket

    def kill(self) -> None:
        """End it and, since they do not outlive it, its children."""
        self.process.kill()
        self.process.wait()


@dataclass(frozen=True)
class Child:
    """A child: what it answers, and the line on which its end is told."""

    output: BinaryIO
    line: socket.socket
    server: ForkServer

    def end(self) -> None:
        """End it if it has not ended; with the whole fork server, should that no longer listen."""
        with suppress(OSError):
            self.line.shutdown(socket.SHUT_WR)
        if not select.select([self.line], [], [], END_SECONDS)[0]:
            self.server.kill()

    def wait(self) -> int | None:
        """Its exit status, negative for a signal; None when that is not to be known."""
        try:
            told = self.line.recv(STATUS.size)
        except OSError:
            return None
        return int(STATUS.unpack(told)[0]) if len(told) == STATUS.size else None

    def close(self) -> None:
        self.output.close()
        self.line.close()


def fork(arguments: list[str], document: int) -> Child:
    """A new child with a document's descriptor; a fork server that has just ended is started anew. Raises OSError."""
    message = json.dumps(arguments).encode()
    for _ in range(ATTEMPTS - 1):
        with suppress(ConnectionError):
            return forked(message, document)
    return forked(message, document)


def forked(message: bytes, document: int) -> Child:
    """Raises ConnectionError when the fork server is gone, any other OSError when there is no room for a child."""
    with ExitStack() as undone:
        ours, theirs = socket.socketpair()
        undone.callback(ours.close)
        with theirs:
            answer, end = os.pipe()
            output = undone.enter_context(os.fdopen(answer, "rb"))
            with os.fdopen(end, "wb"):
                server = fork_server()
                begin(server, message, [document, end, theirs.fileno()])
        hear(server, ours)
        undone.pop_all()
        return Child(output, ours, server)


def begin(server: ForkServer, message: bytes, descriptors: list[int]) -> None:
    """Raises ConnectionError."""
    try:
        socket.send_fds(server.requests, [message], descriptors)
    except OSError as error:
        leave(server)
        raise ConnectionError from error


def hear(server: ForkServer, line: socket.socket) -> None:
    """Wait until a child has begun. Raises ConnectionError."""
    line.settimeout(BEGIN_SECONDS)
    try:
        begun = line.recv(1)
    except TimeoutError:
        server.kill()
        begun = b""
    except OSError:
        begun = b""
    if begun != BEGUN:
        leave(server)
        raise ConnectionError
    line.settimeout(None)


def fork_server() -> ForkServer:
    """The fork server; starts it when none is running. Raises OSError."""
    global _server
    with _one_at_a_time:
        if _server is None or _server.process.poll() is not None:
            ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            with theirs:
                _server = ForkServer(started(theirs), ours)
        return _server


def leave(server: ForkServer) -> None:
    """Ask this fork server for nothing more: it goes when its children have ended, the next child gets a new one."""
    global _server
    with _one_at_a_time:
        server.requests.close()
        if _server is server:
            _server = None


def started(requests: socket.socket) -> "subprocess.Popen[bytes]":
    """The fork server: our own interpreter without its environment, its user's settings or a terminal."""
    return subprocess.Popen(  # noqa: S603 - our own interpreter, our own arguments
        [sys.executable, "-I", "-S", "-c", START, str(ROOT), site_packages()],
        stdin=requests.fileno(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={"PYTHONDONTWRITEBYTECODE": "1", "LANG": "C.UTF-8", "RAYON_NUM_THREADS": "1"},
        cwd="/",
        close_fds=True,
        start_new_session=True,
    )


def site_packages() -> str:
    """Where the child finds the libraries, as one argument: it is started without looking for them."""
    return os.pathsep.join(path for path in sys.path if path.endswith("site-packages"))
