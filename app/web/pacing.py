"""How long a request's body may take, and how much it may be; counted while it comes."""

import asyncio
import time
from collections.abc import Callable

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

IDLE_SECONDS = 30.0
GRACE_SECONDS = 60.0
MIN_BYTES_PER_SECOND = 500


# Both are HTTPExceptions because FastAPI turns every other error of a body that it reads itself into a 400.
class SlowBody(HTTPException):
    """The body stopped coming, or came too slowly to be honest."""

    def __init__(self) -> None:
        super().__init__(408, "That took too long.", {"Connection": "close"})


class BodyTooLarge(HTTPException):
    """More came than this address takes; `limit` is the most, in bytes."""

    def __init__(self, limit: int) -> None:
        super().__init__(413, "That was too large.", {"Connection": "close"})
        self.limit = limit


class BodyPacing:
    """Raises SlowBody out of `receive` when the next piece does not come, or all of it comes too slowly.

    Only the time that we wait counts, not what the application does between two pieces.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        idle_seconds: float = IDLE_SECONDS,
        grace_seconds: float = GRACE_SECONDS,
        min_bytes_per_second: int = MIN_BYTES_PER_SECOND,
    ) -> None:
        self.app, self.idle, self.grace, self.rate = app, idle_seconds, grace_seconds, min_bytes_per_second

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        waited, total, whole = 0.0, 0, False

        async def paced() -> Message:
            nonlocal waited, total, whole
            if whole:  # from here on receive only tells of a disconnection, which may take as long as it likes
                return await receive()
            began = time.monotonic()
            message = await in_time(receive, self.idle)
            waited += time.monotonic() - began
            total += len(message.get("body", b""))
            whole = not message.get("more_body", False)
            if not whole and waited > self.grace and total < waited * self.rate:
                raise SlowBody
            return message

        await answered(self.app, scope, paced, send)


class BodyCap:
    """Raises BodyTooLarge out of `receive` once a body has passed its limit: every byte counts, framing included."""

    def __init__(self, app: ASGIApp, *, max_body: Callable[[Scope], int]) -> None:
        self.app, self.max_body = app, max_body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        limit, total = self.max_body(scope), 0

        async def counted() -> Message:
            nonlocal total
            message = await receive()
            total += len(message.get("body", b""))
            if total > limit:
                raise BodyTooLarge(limit)
            return message

        await answered(self.app, scope, counted, send)


async def in_time(receive: Receive, seconds: float) -> Message:
    """The next message. Raises SlowBody when there is none within these seconds."""
    try:
        async with asyncio.timeout(seconds):
            return await receive()
    except TimeoutError:
        raise SlowBody from None


async def answered(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """Run the application; what it does not answer itself is answered here, when nothing has been sent yet.

    An answer that had begun is left as it is; the server closes its connection, so that it is not taken for whole.
    """
    started = False

    async def noting(message: Message) -> None:
        nonlocal started
        started = True
        await send(message)

    try:
        await app(scope, receive, noting)
    except ClientDisconnect:
        return  # nobody is there to answer, and a log full of tracebacks is what a hostile client would like
    except (SlowBody, BodyTooLarge) as error:
        if not started:
            await PlainTextResponse(f"{error.detail}\n", error.status_code, error.headers)(scope, receive, send)
