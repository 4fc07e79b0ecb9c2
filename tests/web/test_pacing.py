"""The walls round a request's body, spoken to in ASGI's own words."""

import asyncio
import selectors
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Annotated, Any

import pytest
from fastapi import FastAPI, Form
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.web import pacing
from app.web.pacing import BodyCap, BodyPacing, BodyTooLarge, SlowBody

Piece = tuple[float, bytes]
SCOPE = {"type": "http", "method": "POST", "path": "/", "query_string": b"", "http_version": "1.1"}


class Leaping(asyncio.SelectorEventLoop):
    """A loop whose clock leaps to what is due next: nobody waits, and no machine is too slow."""

    def __init__(self) -> None:
        self.leapt = 0.0
        super().__init__(Leaps(self))

    def time(self) -> float:
        return self.leapt


class Leaps(selectors.DefaultSelector):
    def __init__(self, loop: Leaping) -> None:
        super().__init__()
        self.loop = loop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        self.loop.leapt += timeout or 0
        return super().select(None if timeout is None else 0)


def post(
    app: ASGIApp, pieces: Sequence[Piece], *, content_type: str = "text/plain", whole: bool = True
) -> list[Message]:
    """What the application answers when pieces come after so many seconds each; the body never ends unless whole."""
    sent: list[Message] = []
    coming = list(pieces)

    async def receive() -> Message:
        if not coming:
            await asyncio.sleep(3600)
        seconds, body = coming.pop(0)
        await asyncio.sleep(seconds)
        return {"type": "http.request", "body": body, "more_body": bool(coming) or not whole}

    async def send(message: Message) -> None:
        sent.append(message)

    scope: Scope = {**SCOPE, "headers": [(b"content-type", content_type.encode())]}
    run(app, scope, receive, send)
    return sent


def run(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    async def request() -> None:
        clock = SimpleNamespace(monotonic=asyncio.get_running_loop().time)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(pacing, "time", clock)
            await app(scope, receive, send)

    with asyncio.Runner(loop_factory=Leaping) as runner:
        runner.run(request())


async def counting(scope: Scope, receive: Receive, send: Send) -> None:
    size = 0
    async for piece in Request(scope, receive).stream():
        size += len(piece)
    await PlainTextResponse(str(size))(scope, receive, send)


def paced(app: ASGIApp = counting) -> ASGIApp:
    return BodyPacing(app, idle_seconds=0.2, grace_seconds=0.3, min_bytes_per_second=100)


def capped(app: ASGIApp = counting) -> ASGIApp:
    return BodyCap(app, max_body=lambda scope: 10)


def test_a_body_that_comes_in_time_is_handed_on_whole() -> None:
    start, body = post(paced(), [(0.05, b"x" * 20)] * 10)
    assert start["status"] == 200
    assert body["body"] == b"200"


def test_a_body_whose_next_piece_does_not_come_is_answered_408_and_closed() -> None:
    start, _ = post(paced(), [(0, b"x")], whole=False)
    assert start["status"] == 408
    assert (b"connection", b"close") in start["headers"]


def test_a_body_that_comes_too_slowly_in_all_is_answered_408() -> None:
    assert post(paced(), [(0.1, b"x")] * 20)[0]["status"] == 408


def test_a_short_body_may_be_slow_until_its_grace_is_over() -> None:
    assert post(paced(), [(0.1, b"x")] * 2)[0]["status"] == 200


def test_the_time_that_we_take_ourselves_is_not_held_against_the_sender() -> None:
    async def busy(scope: Scope, receive: Receive, send: Send) -> None:
        async def slowly() -> Message:
            await asyncio.sleep(0.3)
            return await receive()

        await counting(scope, slowly, send)

    assert post(paced(busy), [(0, b"x")] * 3)[0]["status"] == 200


def test_after_the_body_a_disconnection_may_be_awaited_for_any_time() -> None:
    async def waiting(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        with pytest.raises(TimeoutError):  # the test's patience, not the middleware's
            await asyncio.wait_for(receive(), 0.5)
        await PlainTextResponse("still here")(scope, receive, send)

    assert post(paced(waiting), [(0, b"x")])[1]["body"] == b"still here"


def test_a_body_up_to_the_limit_is_taken_and_one_byte_more_is_answered_413() -> None:
    assert post(capped(), [(0, b"12345")] * 2)[0]["status"] == 200
    start, _ = post(capped(), [(0, b"12345"), (0, b"12345"), (0, b"1")])
    assert start["status"] == 413
    assert (b"connection", b"close") in start["headers"]


def test_the_limit_may_differ_from_address_to_address() -> None:
    app = BodyCap(counting, max_body=lambda scope: {"/": 3}[scope["path"]])
    assert post(app, [(0, b"1234")])[0]["status"] == 413


@pytest.mark.parametrize(
    ("wall", "pieces", "expected"),
    [(capped, [(0, b"x" * 11)], "BodyTooLarge"), (paced, [(0, b"x")], "SlowBody")],
)
def test_the_application_may_answer_in_its_own_words(wall: Any, pieces: list[Piece], expected: str) -> None:
    async def answering(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await counting(scope, receive, send)
        except (BodyTooLarge, SlowBody) as error:
            await PlainTextResponse(type(error).__name__)(scope, receive, send)

    assert post(wall(answering), pieces, whole=False)[1]["body"] == expected.encode()


@pytest.mark.parametrize(("wall", "expected"), [(capped, 413), (paced, 408)])
def test_a_form_that_fastapi_reads_itself_keeps_the_status(wall: Any, expected: int) -> None:
    app = FastAPI()

    @app.post("/")
    def form(name: Annotated[str, Form()]) -> str:
        return name

    content_type = "application/x-www-form-urlencoded"
    start = post(wall(app), [(0, b"name=1234567")], content_type=content_type, whole=False)[0]
    assert start["status"] == expected


def test_an_answer_that_has_begun_is_not_answered_twice() -> None:
    async def early(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await counting(scope, receive, send)

    sent = post(capped(early), [(0, b"x" * 11)])
    assert [message["type"] for message in sent] == ["http.response.start"]
    assert sent[0]["status"] == 200


def test_a_sender_who_has_left_is_not_an_error() -> None:
    async def gone() -> Message:
        return {"type": "http.disconnect"}

    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    run(paced(), {**SCOPE, "headers": []}, gone, send)
    assert sent == []
