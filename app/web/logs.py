"""Structured logs without personal data: routes as they are declared, never addresses, queries or secrets."""

import logging
import sys
import time
import traceback
from pathlib import Path

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = structlog.get_logger()


def configure() -> None:
    """One JSON object per line on standard error, from us and from the libraries."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(handlers=[Handler()], level=logging.WARNING, force=True)


class Handler(logging.Handler):
    """Hands the libraries' records on; only their names and first words, since arguments may hold anything."""

    def emit(self, record: logging.LogRecord) -> None:
        about = fault(record.exc_info[1]) if record.exc_info and record.exc_info[1] else {}
        structlog.get_logger().warning("library", logger=record.name, message=str(record.msg)[:200].strip(), **about)


def fault(error: BaseException) -> dict[str, object]:
    """What a fault was and where: its kind and the last places, not its words, which may hold anybody's data."""
    frames = traceback.extract_tb(error.__traceback__)[-4:]
    places = [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames]
    return {"error": type(error).__name__, "places": places}


class RequestLog:
    """One line per request: method, declared route, status, milliseconds."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        started, status = time.perf_counter(), 0

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, noting)
        finally:
            route = getattr(scope.get("route"), "path", None)
            if route not in ("/healthz", "/readyz", "/static/{digest}/{name}"):
                took = round((time.perf_counter() - started) * 1000)
                log.info("request", method=scope["method"], route=route, status=status, ms=took)
