"""Looking into a file happens in a locked-in process (promise S11)."""

import os
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from app.documents import sandbox
from app.documents.sandbox import Limits, SandboxFailed
from tests.newsroom import PDF, ROOT, wait_for

HERE = "tests.documents.test_sandbox"


# What a file that has taken over its reader might try; each runs in the child.


def reach_the_network(_file: BinaryIO) -> dict[str, Any]:
    try:
        socket.socket().connect(("127.0.0.1", 9))
    except OSError as error:
        return {"error": type(error).__name__}
    return {"error": None}


def start_a_program(_file: BinaryIO) -> dict[str, Any]:
    try:
        subprocess.run(["/bin/true"], check=True)
    except OSError as error:
        return {"error": type(error).__name__}
    return {"error": None}


def write_a_file(_file: BinaryIO) -> dict[str, Any]:
    try:
        with open("/tmp/aufruf-escaped", "wb") as file:
            file.write(b"x")
    except OSError as error:
        return {"error": type(error).__name__}
    return {"error": None}


def read_the_environment(file: BinaryIO) -> dict[str, Any]:
    return {"environment": sorted(os.environ), "document": file.read().decode()}


def eat_memory(_file: BinaryIO) -> dict[str, Any]:
    return {"length": len(bytearray(2_000_000_000))}


def sleep_for_ever(_file: BinaryIO) -> dict[str, Any]:
    time.sleep(60)
    return {}


def talk_for_ever(_file: BinaryIO) -> dict[str, Any]:
    return {"text": "x" * 9_000_000}


def crash(_file: BinaryIO) -> dict[str, Any]:
    os.abort()


@pytest.fixture
def document() -> Iterator[BinaryIO]:
    with tempfile.TemporaryFile() as file:
        file.write(b"the document")
        file.flush()
        file.seek(0)
        yield file


def run(task: Any, document: BinaryIO, **limits: Any) -> dict[str, Any]:
    return sandbox.run(f"{HERE}:{task.__name__}", document, limits=Limits(**limits))


@pytest.mark.parametrize("task", [reach_the_network, start_a_program, write_a_file])
def test_s11_a_reader_reaches_nothing(document: BinaryIO, task: Any) -> None:
    found = run(task, document)
    assert found["error"] == "PermissionError"


def test_s11_threads_that_were_there_before_are_locked_in_too(document: BinaryIO) -> None:
    assert sandbox.run("tests.documents.early_thread:open_a_file", document) == {"error": "PermissionError"}


def answer_in_pieces(_file: BinaryIO) -> Iterator[tuple[dict[str, Any], bytes]]:
    for number in range(3):
        yield {"number": number}, bytes([number]) * 100_000
    os.abort()


def lie_about_lengths(_file: BinaryIO) -> dict[str, Any]:
    os.write(1, struct.pack(">II", 20, 4_000_000_000) + b"{}")
    os._exit(0)


def test_s11_pieces_that_came_before_a_crash_are_there(document: BinaryIO) -> None:
    coming = sandbox.pieces(f"{HERE}:answer_in_pieces", document)
    assert [(words["number"], len(content)) for words, content in islice(coming, 3)] == [
        (number, 100_000) for number in range(3)
    ]
    with pytest.raises(SandboxFailed) as failed:
        next(coming)
    assert failed.value.reason == "crashed"


def test_s11_lengths_are_not_believed(document: BinaryIO) -> None:
    with pytest.raises(SandboxFailed) as failed:
        list(sandbox.pieces(f"{HERE}:lie_about_lengths", document))
    assert failed.value.reason == "output"


def test_s11_it_has_the_document_and_no_secrets(document: BinaryIO, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUFRUF_SECRET_KEY", "a secret that it must not have")
    found = run(read_the_environment, document)
    assert found["document"] == "the document"
    assert not [name for name in found["environment"] if name.startswith(("AUFRUF", "HOME", "PATH"))]


@pytest.mark.parametrize(
    ("task", "reason", "seconds"),
    [
        (eat_memory, "memory", 20),
        (sleep_for_ever, "timeout", 3),
        (talk_for_ever, "output", 20),
        (crash, "crashed", 20),
    ],
)
def test_s11_what_takes_too_much_is_ended(document: BinaryIO, task: Any, reason: str, seconds: float) -> None:
    started = time.monotonic()
    with pytest.raises(SandboxFailed) as failed:
        run(task, document, seconds=seconds)
    assert failed.value.reason == reason
    assert time.monotonic() - started < seconds + 7


def fork_servers(parent: int) -> list[int]:
    """The fork servers that a process has started."""
    children = Path(f"/proc/{parent}/task").glob("*/children")
    return [int(pid) for each in children for pid in each.read_text().split() if "fork_server" in command(int(pid))]


@contextmanager
def later(seconds: float, action: Callable[[], None]) -> Iterator[None]:
    """Do something in the midst of the block."""
    timer = threading.Timer(seconds, action)
    timer.start()
    try:
        yield
    finally:
        timer.join()


def command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return ""


def test_a_fork_server_that_was_killed_is_replaced() -> None:
    assert sandbox.run("open_pdf", PDF)["opens"]
    before = fork_servers(os.getpid())
    assert before
    for pid in before:
        os.kill(pid, signal.SIGKILL)
    assert sandbox.run("open_pdf", PDF)["opens"]
    assert fork_servers(os.getpid()) != before


def test_a_fork_server_that_does_not_answer_is_replaced(document: BinaryIO) -> None:
    assert sandbox.run("open_pdf", PDF)["opens"]
    (server,) = fork_servers(os.getpid())
    started = time.monotonic()
    with pytest.raises(SandboxFailed) as failed, later(0.5, lambda: os.kill(server, signal.SIGSTOP)):
        run(sleep_for_ever, document, seconds=2)
    assert failed.value.reason == "timeout"
    assert time.monotonic() - started < 20
    assert sandbox.run("open_pdf", PDF)["opens"]


def test_where_no_child_can_be_had_nothing_is_left_open(monkeypatch: pytest.MonkeyPatch) -> None:
    def none_left(*_: Any) -> None:
        raise OSError(24, "Too many open files")

    sandbox.run("open_pdf", PDF)
    before = len(os.listdir("/proc/self/fd"))
    monkeypatch.setattr("app.documents.children.fork_server", none_left)
    for _ in range(5):
        with pytest.raises(SandboxFailed):
            sandbox.run("open_pdf", PDF)
    assert len(os.listdir("/proc/self/fd")) == before


USE = """
import sys, time
from pathlib import Path
from app.documents import sandbox
from app.documents.sandbox import Limits
sandbox.run("open_pdf", Path(sys.argv[1]))
print("used", flush=True)
sandbox.run("tests.documents.test_sandbox:sleep_for_ever", Path(sys.argv[1]), limits=Limits(seconds=60))
"""


def test_nothing_of_it_is_left_when_the_program_is_killed() -> None:
    with subprocess.Popen([sys.executable, "-c", USE, PDF], cwd=ROOT, stdout=subprocess.PIPE) as program:
        assert program.stdout
        program.stdout.readline()
        (server,) = fork_servers(program.pid)
        (child,) = wait_for(lambda: fork_servers(server), what="a child")
        program.kill()
    wait_for(lambda: not command(server) and not command(child), what="the end of both")
