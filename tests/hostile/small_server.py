"""The smallest application behind our protocol and pacing, as a process of its own: `-m tests.hostile.small_server`."""

import asyncio
import os
import socket
import sys
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from app.web.pacing import BodyCap, BodyPacing, BodyTooLarge
from app.web.protocol import GuardedProtocol, uvicorn_options

LIMIT = 10_000_000
STARTED: list[uvicorn.Server] = []


class Hasty(GuardedProtocol):
    HEADER_SECONDS = 0.6
    READER_SECONDS = 0.6
    DRAIN_IDLE_SECONDS = 0.4
    DRAIN_BYTES = 32_000_000


def main(descriptor: int, limit_concurrency: int, patience: int, grace: int) -> None:
    for name in ("HEADER_SECONDS", "READER_SECONDS", "DRAIN_IDLE_SECONDS"):
        setattr(Hasty, name, getattr(Hasty, name) * patience)
    listening = socket.socket(fileno=descriptor)
    options = uvicorn_options(trusted_proxies=[]) | {"http": Hasty, "limit_concurrency": limit_concurrency}
    server = uvicorn.Server(uvicorn.Config(application(patience, grace), **options))
    STARTED.append(server)
    server.run(sockets=[listening])


def application(patience: int, grace: int) -> Any:
    paths = [("/count", count, "POST"), ("/early", early, "POST"), ("/named", named, "POST")]
    paths += [("/stream", stream, "GET"), ("/whole", whole, "GET"), ("/slow", slow, "GET"), ("/state", state, "GET")]
    app = Starlette(routes=[Route(path, endpoint, methods=[method]) for path, endpoint, method in paths])
    capped = BodyCap(app, max_body=lambda scope: LIMIT)
    return BodyPacing(capped, idle_seconds=0.6 * patience, grace_seconds=grace, min_bytes_per_second=500)


async def count(request: Request) -> Response:
    size = 0
    async for piece in request.stream():
        size += len(piece)
    return PlainTextResponse(f"{size} bytes, headers {sorted(request.headers)}")


async def named(request: Request) -> Response:
    """Answers a body that is too large in words of its own."""
    try:
        return await count(request)
    except BodyTooLarge as error:
        return PlainTextResponse(f"at most {error.limit} bytes", 413)


async def early(request: Request) -> Response:
    return PlainTextResponse("closed", 410)


async def stream(request: Request) -> Response:
    async def pieces() -> Any:
        for _ in range(1000):
            yield bytes(50_000)

    return StreamingResponse(pieces())


async def whole(request: Request) -> Response:
    return Response(bytes(int(request.query_params["size"])))


async def slow(request: Request) -> Response:
    await asyncio.sleep(3)
    return PlainTextResponse("at last")


async def state(request: Request) -> Response:
    resident = int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    held = STARTED[0].server_state
    return JSONResponse({"connections": len(held.connections), "tasks": len(held.tasks), "resident": resident})


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
