"""The process from which the sandbox's children are forked: started bare, with the readers imported once.

Its standard input is a socket. Each message on it asks for one child: the child's arguments as JSON, and three
descriptors: the document, where the answer goes, and a line. On the line it says that the child has begun and later
its exit status; when the other end closes the line, the child is killed. It never touches a document itself, and ends
when the server is gone or has asked for nothing for a while.
"""

import importlib
import io
import json
import os
import selectors
import signal
import socket
import struct
import sys
from contextlib import suppress
from typing import NoReturn

from app.documents import seccomp, tasks

IDLE = 60.0  # seconds without a child until it ends: a small server has its memory back
BEGUN = b"+"
MESSAGE = 16_384
MOST = 4096  # descriptors that may be open
STATUS = struct.Struct(">i")


class Children:
    """The children that are running, each with the line on which its end is told."""

    def __init__(self) -> None:
        self.selector = selectors.DefaultSelector()
        self.lines: dict[int, socket.socket] = {}

    def add(self, pid: int, line: socket.socket) -> None:
        self.lines[pid] = line
        self.selector.register(line, selectors.EVENT_READ, pid)
        with suppress(OSError):
            line.send(BEGUN)

    def kill(self, pid: int) -> None:
        """End a child that nobody waits for any longer, and whatever it may have started."""
        self.selector.unregister(self.lines[pid])
        for end in (os.killpg, os.kill):  # it may not have its own group yet
            with suppress(ProcessLookupError):
                end(pid, signal.SIGKILL)

    def bury(self) -> None:
        """Tell of each child that has ended how it ended."""
        with suppress(ChildProcessError):
            while (ended := os.waitpid(-1, os.WNOHANG))[0]:
                pid, status = ended
                line = self.lines.pop(pid)
                with suppress(KeyError):
                    self.selector.unregister(line)
                with suppress(OSError):
                    line.send(STATUS.pack(os.waitstatus_to_exitcode(status)))
                line.close()


def main(arguments: list[str]) -> None:
    """`paths`: where the libraries are. Runs until the server's end of standard input is closed."""
    sys.path += arguments[0].split(os.pathsep)
    requests = socket.socket(fileno=os.dup(0))
    children = Children()
    woken, wake = socket.socketpair()
    for each in (woken, wake):
        each.setblocking(False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wake.fileno())
    children.selector.register(requests, selectors.EVENT_READ)
    children.selector.register(woken, selectors.EVENT_READ)
    asked = True
    while asked or children.lines:
        happened = children.selector.select(IDLE)
        if not happened and not children.lines:
            return
        for key, _ in happened:
            if key.fileobj is requests:
                if not take(requests, children):
                    children.selector.unregister(requests)
                    asked = False
            elif key.fileobj is woken:
                woken.recv(MESSAGE)
                children.bury()
            elif key.data in children.lines:
                children.kill(key.data)


def take(requests: socket.socket, children: Children) -> bool:
    """Fork the child that a message asks for; False when there will be no more messages."""
    message, descriptors, _, _ = socket.recv_fds(requests, MESSAGE, 3)
    if not message:
        return False
    try:
        document, answer, line = descriptors
        arguments = json.loads(message)
        task = arguments[0]
        if task in tasks.TASKS:
            importlib.import_module(tasks.TASKS[task])  # once, for every child after it
        parent, pid = os.getpid(), os.fork()
        if pid == 0:
            become(document, answer, arguments, parent)
        children.add(pid, socket.socket(fileno=os.dup(line)))
    except (OSError, ValueError):
        pass  # no room for a child at the moment: who asked for it hears that the line is closed
    finally:
        for descriptor in descriptors:
            os.close(descriptor)
    return True


def become(document: int, answer: int, arguments: list[str], parent: int) -> NoReturn:
    """In the child: nothing but the document, the answer and the task is left."""
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.setsid()
        seccomp.end_with_parent()
        if os.getppid() != parent:
            os._exit(1)
        os.dup2(document, 0)
        os.dup2(answer, 1)
        os.closerange(3, MOST)
        # Opened anew: the old ones remember what the descriptors were before.
        sys.stdin = io.TextIOWrapper(io.BufferedReader(io.FileIO(0, "r", closefd=False)))
        sys.stdout = io.TextIOWrapper(io.BufferedWriter(io.FileIO(1, "w", closefd=False)))
        tasks.do(arguments)
    finally:
        os._exit(1)
