"""Looking into a file happens in a locked-in process (promise S11)."""

import gc
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from app.documents import pictures, sandbox
from app.documents.sandbox import Limits, SandboxFailed
from tests.documents import taken_over
from tests.newsroom import PATIENCE, PDF, ROOT, wait_for


@pytest.fixture
def document() -> Iterator[BinaryIO]:
    with tempfile.TemporaryFile() as file:
        file.write(b"the document")
        file.flush()
        file.seek(0)
        yield file


def run(task: Any, document: BinaryIO, **limits: Any) -> dict[str, Any]:
    return sandbox.run(f"{task.__module__}:{task.__name__}", document, limits=Limits(**limits))


@pytest.mark.parametrize("task", [taken_over.reach_the_network, taken_over.start_a_program, taken_over.write_a_file])
def test_s11_a_reader_reaches_nothing(document: BinaryIO, task: Any) -> None:
    found = run(task, document)
    assert found["error"] == "PermissionError"


def test_s11_threads_that_were_there_before_are_locked_in_too(document: BinaryIO) -> None:
    assert sandbox.run("tests.documents.early_thread:open_a_file", document) == {"error": "PermissionError"}


def test_s11_pieces_that_came_before_a_crash_are_there(document: BinaryIO) -> None:
    coming = sandbox.pieces(f"{taken_over.__name__}:answer_in_pieces", document)
    assert [(words["number"], len(content)) for words, content in islice(coming, 3)] == [
        (number, 100_000) for number in range(3)
    ]
    with pytest.raises(SandboxFailed) as failed:
        next(coming)
    assert failed.value.reason == "crashed"


def test_s11_lengths_are_not_believed(document: BinaryIO) -> None:
    with pytest.raises(SandboxFailed) as failed:
        list(sandbox.pieces(f"{taken_over.__name__}:lie_about_lengths", document))
    assert failed.value.reason == "output"


def test_s11_it_has_the_document_and_no_secrets(document: BinaryIO, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUFRUF_SECRET_KEY", "a secret that it must not have")
    found = run(taken_over.read_the_environment, document)
    assert found["document"] == "the document"
    assert not [name for name in found["environment"] if name.startswith(("AUFRUF", "HOME", "PATH"))]


@pytest.mark.parametrize(
    ("task", "reason", "seconds"),
    [
        (taken_over.eat_memory, "memory", PATIENCE),
        (taken_over.sleep_for_ever, "timeout", 3),
        (taken_over.talk_for_ever, "output", PATIENCE),
        (taken_over.crash, "crashed", PATIENCE),
    ],
)
def test_s11_what_takes_too_much_is_ended(document: BinaryIO, task: Any, reason: str, seconds: float) -> None:
    with pytest.raises(SandboxFailed) as failed:
        run(task, document, seconds=seconds)
    assert failed.value.reason == reason


def fork_servers(parent: int) -> list[int]:
    """The fork servers that a process has started."""
    children = Path(f"/proc/{parent}/task").glob("*/children")
    return [int(pid) for each in children for pid in each.read_text().split() if "fork_server" in command(int(pid))]


@contextmanager
def stopped_at_work(server: int) -> Iterator[None]:
    """In the midst of the block a fork server stops, as soon as it has a child."""

    def stop() -> None:
        wait_for(lambda: fork_servers(server), what="a child")
        os.kill(server, signal.SIGSTOP)

    wait_for(lambda: not fork_servers(server), what="the end of the child before")
    stopping = threading.Thread(target=stop)
    stopping.start()
    try:
        yield
    finally:
        stopping.join()


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


def test_a_fork_server_has_one_thread_whatever_its_children_need() -> None:
    with tempfile.TemporaryFile() as text:
        text.write("Guten Tag, გამარჯობა".encode())
        drawn = list(sandbox.pieces("draw_pages", text, "txt", limits=pictures.LIMITS))
    assert [told.get("pages") for told, _ in drawn] == [1, None]
    for task in (["open_pdf"], ["look_inside"], ["read_metadata", "pdf"]):
        sandbox.run(task[0], PDF, *task[1:])
    for server in fork_servers(os.getpid()):
        assert len(list(Path(f"/proc/{server}/task").iterdir())) == 1  # a fork takes no others along


def test_a_fork_server_that_does_not_answer_is_replaced(document: BinaryIO) -> None:
    assert sandbox.run("open_pdf", PDF)["opens"]
    (server,) = fork_servers(os.getpid())
    with pytest.raises(SandboxFailed) as failed, stopped_at_work(server):
        run(taken_over.sleep_for_ever, document, seconds=5)
    assert failed.value.reason == "timeout"
    assert sandbox.run("open_pdf", PDF)["opens"]


def test_where_no_child_can_be_had_nothing_is_left_open(monkeypatch: pytest.MonkeyPatch) -> None:
    def none_left(*_: Any) -> None:
        raise OSError(24, "Too many open files")

    sandbox.run("open_pdf", PDF)
    gc.collect()  # what others have left open and forgotten
    before = len(os.listdir("/proc/self/fd"))
    monkeypatch.setattr("app.documents.children.fork_server", none_left)
    for _ in range(5):
        with pytest.raises(SandboxFailed):
            sandbox.run("open_pdf", PDF)
    assert len(os.listdir("/proc/self/fd")) <= before


USE = """
import sys, time
from pathlib import Path
from app.documents import pictures, sandbox
from app.documents.sandbox import Limits
sandbox.run("open_pdf", Path(sys.argv[1]))
print("used", flush=True)
sandbox.run("tests.documents.taken_over:sleep_for_ever", Path(sys.argv[1]), limits=Limits(seconds=600))
"""


def test_nothing_of_it_is_left_when_the_program_is_killed() -> None:
    with subprocess.Popen([sys.executable, "-c", USE, PDF], cwd=ROOT, stdout=subprocess.PIPE) as program:
        assert program.stdout
        program.stdout.readline()
        (server,) = fork_servers(program.pid)
        children = wait_for(lambda: fork_servers(server), what="a child")
        program.kill()
    wait_for(lambda: not any(map(command, (server, *children))), what="the end of all")
