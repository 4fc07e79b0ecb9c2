"""What a file that has taken over its reader might try, each in the sandbox's child; it imports no more than that."""

import os
import socket
import struct
import subprocess
import time
from collections.abc import Iterator
from typing import Any, BinaryIO


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
    time.sleep(600)
    return {}


def talk_for_ever(_file: BinaryIO) -> dict[str, Any]:
    return {"text": "x" * 9_000_000}


def crash(_file: BinaryIO) -> dict[str, Any]:
    os.abort()


def answer_in_pieces(_file: BinaryIO) -> Iterator[tuple[dict[str, Any], bytes]]:
    for number in range(3):
        yield {"number": number}, bytes([number]) * 100_000
    os.abort()


def lie_about_lengths(_file: BinaryIO) -> dict[str, Any]:
    os.write(1, struct.pack(">II", 20, 4_000_000_000) + b"{}")
    os._exit(0)
