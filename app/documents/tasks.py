"""What the sandbox's child can do with a document. Runs only there."""

import importlib
import json
import os
import struct
import sys
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO, NoReturn

# A task answers at once, or piece by piece: words about each piece, and its bytes.
Task = Callable[..., dict[str, Any] | Iterator[tuple[dict[str, Any], bytes]]]
# The module that holds each task: imported once, before the children are forked, so it must not start threads. What
# only a child can do beforehand, its function `prepare` does, if it has one.
TASKS = {
    "try_to_open": "app.documents.tasks",
    "open_pdf": "app.documents.readers",
    "read_text": "app.documents.readers",
    "look_inside": "app.documents.looking",
    "draw_pages": "app.documents.drawing",
    "read_metadata": "app.documents.metadata_tasks",
    "remove_metadata": "app.documents.metadata_tasks",
}
OUT_OF_MEMORY = 3


def do(arguments: list[str]) -> NoReturn:
    """`task memory seconds [arguments]`: do one task on standard input, answer on standard output, and end.

    An answer is JSON, or pieces, each behind two lengths: of its words in JSON, and of its bytes.
    """
    task, memory, seconds, *rest = arguments
    module = importlib.import_module(TASKS.get(task) or task.partition(":")[0])
    work: Task = getattr(module, task.rpartition(":")[2])
    from app.documents.sandbox import lock_down

    if prepare := getattr(module, "prepare", None):
        prepare(*rest)
    lock_down(int(memory), int(seconds))
    try:
        answer = work(sys.stdin.buffer, *rest)
        if isinstance(answer, dict):
            sys.stdout.write(json.dumps(answer))
        else:
            for words, content in answer:
                told = json.dumps(words).encode()
                sys.stdout.buffer.write(struct.pack(">II", len(told), len(content)) + told + content)
                sys.stdout.buffer.flush()
        sys.stdout.flush()
    except MemoryError:
        os._exit(OUT_OF_MEMORY)
    os._exit(0)


def try_to_open(_file: BinaryIO) -> dict[str, Any]:
    """Whether the child is locked in, as far as opening a file that everybody may read shows it."""
    try:
        with open("/etc/passwd", "rb"):
            return {"locked_in": False}
    except PermissionError:
        return {"locked_in": True}


def whole(file: BinaryIO) -> bytes:
    """The document's bytes."""
    file.seek(0)
    return file.read()
