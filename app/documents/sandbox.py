"""Looking into a stranger's file happens in another process: no network, no secrets, bounded time, memory, output.

The child is forked from a bare process (documents/fork_server.py) that has the readers imported and knows no secrets:
it gets the document as its standard input, answers on its standard output, JSON or pieces, and knows nothing else.
Which tasks there are: documents/tasks.py.
"""

import io
import json
import os
import resource
import signal
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from app.documents import children, seccomp
from app.documents.children import Child

PIECE = 262_144
OUT_OF_MEMORY = 3  # the child's exit status, see documents/tasks.py


@dataclass(frozen=True)
class Limits:
    """What a task may use: seconds by the clock and of the processor, bytes of memory and of answer."""

    seconds: float = 20
    memory: int = 768_000_000
    output: int = 8_000_000
    processor: int = 30


class SandboxFailed(Exception):
    """The task did not end well: timeout, memory, output, or crashed."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def run(task: str, file: BinaryIO | Path, *arguments: str, limits: Limits | None = None) -> dict[str, Any]:
    """Do a task on a file in a process of its own and return its answer. Raises SandboxFailed.

    The child reads `file` through a descriptor of its own, from its beginning, and cannot write to it.
    """
    limits = limits or Limits()
    with watched(begun(task, file, arguments, limits), limits) as output:
        answer = output.read(limits.output + 1)
        if len(answer) > limits.output:
            raise SandboxFailed("output")
    return understood(answer)


def pieces(
    task: str, file: BinaryIO | Path, *arguments: str, limits: Limits | None = None
) -> Iterator[tuple[dict[str, Any], bytes]]:
    """The same for a task that answers piece by piece: each as it comes. Raises SandboxFailed, also after some."""
    limits = limits or Limits()
    left = limits.output
    with watched(begun(task, file, arguments, limits), limits) as output:
        while lengths := output.read(8):
            told, content = struct.unpack(">II", lengths) if len(lengths) == 8 else (left + 1, 0)
            left -= told + content
            if left < 0:
                raise SandboxFailed("output")
            piece = output.read(told + content)
            if len(piece) < told + content:
                break  # it ended in the middle; why, its exit says
            yield understood(piece[:told]), piece[told:]


def begun(task: str, file: BinaryIO | Path, arguments: tuple[str, ...], limits: Limits) -> Child:
    """The child at work on a file. Raises SandboxFailed when there can be none."""
    document = readable(file)
    try:
        return children.fork([task, str(limits.memory), str(limits.processor), *arguments], document)
    except OSError as error:
        raise SandboxFailed("crashed") from error
    finally:
        os.close(document)


def readable(file: BinaryIO | Path) -> int:
    """A new read-only descriptor of a file; of one that has none, such as a deciphered one, a copy in memory."""
    if isinstance(file, Path):
        return os.open(file, os.O_RDONLY | os.O_CLOEXEC)
    try:
        number = file.fileno()
    except (AttributeError, io.UnsupportedOperation):
        return copied(file)
    return os.open(f"/proc/self/fd/{number}", os.O_RDONLY | os.O_CLOEXEC)


def copied(file: BinaryIO) -> int:
    copy = os.memfd_create("document")
    try:
        file.seek(0)
        while piece := file.read(PIECE):
            os.write(copy, piece)
        return os.open(f"/proc/self/fd/{copy}", os.O_RDONLY | os.O_CLOEXEC)
    finally:
        os.close(copy)


@contextmanager
def watched(child: Child, limits: Limits) -> Iterator[BinaryIO]:
    """The child's output to read within its time; the child is ended in any case. Raises SandboxFailed."""
    late = threading.Event()

    def out_of_time() -> None:
        late.set()
        child.end()

    timer = threading.Timer(limits.seconds, out_of_time)
    timer.start()
    status, ended = None, False
    try:
        yield child.output
        status, ended = child.wait(), True
    finally:
        timer.cancel()
        timer.join()
        if not ended:
            child.end()
        child.close()
    if late.is_set() or status == -signal.SIGXCPU:
        raise SandboxFailed("timeout")
    if status != 0:
        raise SandboxFailed("memory" if status == OUT_OF_MEMORY else "crashed")


def understood(output: bytes) -> dict[str, Any]:
    """The answer as what it should be; a child that was taken over may say anything."""
    try:
        answer = json.loads(output)
    except (ValueError, RecursionError) as error:
        raise SandboxFailed("output") from error
    if not isinstance(answer, dict):
        raise SandboxFailed("output")
    return answer


def lock_down(memory: int, seconds: int) -> None:
    """Called by the child before it touches the document: give up everything that reading does not need."""
    bounds = {
        resource.RLIMIT_AS: (memory, memory),
        resource.RLIMIT_CPU: (seconds, seconds + 1),
        resource.RLIMIT_FSIZE: (0, 0),
        resource.RLIMIT_NOFILE: (64, 64),
        resource.RLIMIT_NPROC: (0, 0),
        resource.RLIMIT_CORE: (0, 0),
        resource.RLIMIT_STACK: (64_000_000, 64_000_000),
    }
    for what, (soft, hard) in bounds.items():
        resource.setrlimit(what, (soft, hard))
    seccomp.only_reading()
