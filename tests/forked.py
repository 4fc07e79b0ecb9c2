"""The program's processes, forked from one that has it imported: `python -m app …` without the seconds that takes.

Each is a process of its own like any other, with its settings, its open files and its end. The one that they are forked
from does nothing else; between it and them stands a minder that waits for one of them and tells how it ended.
"""

import functools
import gc
import json
import os
import select
import signal
import socket
import struct
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

ROOT = Path(__file__).parent.parent
NUMBER = struct.Struct("i")


class Process:
    """`python -m app WORDS`; to be waited for and signalled like subprocess.Popen."""

    def __init__(
        self, *words: str, environment: Mapping[str, str], stdin: BinaryIO, stdout: BinaryIO, stderr: BinaryIO
    ) -> None:
        order = json.dumps({"words": words, "environment": dict(environment)}).encode()
        self._told, theirs = socket.socketpair()
        with theirs:
            files = [each.fileno() for each in (stdin, stdout, stderr, theirs)]
            socket.send_fds(source()[0], [order], files)
        self.pid = NUMBER.unpack(self._told.recv(NUMBER.size))[0]
        self.returncode: int | None = None

    def wait(self, timeout: float | None = None) -> int:
        """The exit code, negative for a signal. Raises subprocess.TimeoutExpired."""
        if self.returncode is None:
            if not select.select([self._told], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired(f"process {self.pid}", timeout or 0)
            self.returncode = NUMBER.unpack(self._told.recv(NUMBER.size))[0]
            self._told.close()
        return self.returncode

    def poll(self) -> int | None:
        try:
            return self.wait(0)
        except subprocess.TimeoutExpired:
            return None

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


@functools.cache
def source() -> tuple[socket.socket, subprocess.Popen[bytes]]:
    """Where orders go to, and the process behind it, which ends with this one."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    command = [sys.executable, "-m", __name__, str(theirs.fileno())]
    environment = {"PATH": os.environ["PATH"]}
    with theirs:
        behind = subprocess.Popen(
            command, cwd=ROOT, env=environment, pass_fds=[theirs.fileno()], stdout=subprocess.DEVNULL
        )
    return ours, behind


def imported() -> None:
    """All that the program would import and compile by and by."""
    from app import cli as _cli  # noqa: F401
    from app import main as _main  # noqa: F401
    from app.web import templating

    for path in templating.FOLDERS[0].rglob("*.html"):
        templating.environment("en").get_template(str(path.relative_to(templating.FOLDERS[0])))
    gc.freeze()


def fork_for(orders: socket.socket) -> list[str]:
    """Fork what is ordered, one after the other; returns in each of them, with the words of its command."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # minders need nobody who waits for them
    while True:
        order, files, _, _ = socket.recv_fds(orders, 1_000_000, 4)
        if not order:
            os._exit(0)
        if os.fork() == 0:
            orders.close()
            return minded(json.loads(order), *files)
        for each in files:
            os.close(each)


def minded(order: dict[str, object], *files: int) -> list[str]:
    """Returns in the process that was ordered; this one tells its id and how it ended."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    *standard, told = files
    pid = os.fork()
    if pid == 0:
        return become(order, standard, told)
    for each in standard:
        os.close(each)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.write(told, NUMBER.pack(pid))
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    try:
        os.write(told, NUMBER.pack(code))
    finally:
        os._exit(0)


def become(order: dict[str, object], standard: list[int], told: int) -> list[str]:
    os.close(told)
    for number, each in enumerate(standard):
        os.dup2(each, number)
        os.close(each)
    os.environ.clear()
    os.environ.update(order["environment"])  # type: ignore[call-overload]
    return list(order["words"])  # type: ignore[call-overload]


if __name__ == "__main__":
    imported()
    words = fork_for(socket.socket(fileno=int(sys.argv[1])))
    sys.argv, __package__ = ["aufruf", *words], ""  # its name in what it says of its usage
    from app.cli import main

    main()
