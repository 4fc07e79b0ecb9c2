"""Compression of public pages, for slow lines.

A page that repeats a secret beside a stranger's words tells by its length how alike they are, to whoever can have it
asked for again and again (BREACH). The public pages' secrets stand in their addresses: who can ask for one knows its
secret. A page of the desk comes to whoever is signed in, wherever the request was thought up, and is not compressed.
"""

import gzip
import io
import secrets

from fastapi import Request, Response

PADDING = 100  # bytes at most, of a length that nobody foresees


def compress(request: Request, answer: Response) -> None:
    """Pack the answer with gzip, where the client takes that."""
    answer.headers["Vary"] = "Accept-Encoding, Accept-Language"
    if "gzip" in request.headers.get("accept-encoding", ""):
        answer.body = pack(bytes(answer.body))
        answer.headers["Content-Encoding"] = "gzip"
        answer.headers["Content-Length"] = str(len(answer.body))


def pack(content: bytes) -> bytes:
    """As gzip, under a name of random length: what is left of telling by lengths drowns in it."""
    packed = io.BytesIO()
    name = "x" * (1 + secrets.randbelow(PADDING))
    with gzip.GzipFile(name, "wb", compresslevel=6, fileobj=packed, mtime=0) as file:
        file.write(content)
    return packed.getvalue()
