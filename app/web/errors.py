"""Errors that pages answer: raised where the rule is, turned into a page here alone."""

from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse
from starlette.exceptions import HTTPException

from app.database import DatabaseAway
from app.web.pacing import BodyTooLarge, SlowBody
from app.web.templating import language_of, render, translator


class PageError(Exception):
    """An answer other than the page that was asked for."""

    status = 500
    retry_after: int | None = None

    def told(self, _: Callable[[str], str]) -> tuple[str, str] | None:
        """What happened and what to do, where there is more to say than `words` has for the status."""
        return None


class NotFound(PageError):
    status = 404


class Gone(PageError):
    """It was here; `ask` is the address where to ask, `erase` where what is left of it can be erased."""

    status = 410
    erase: str | None = None

    def __init__(self, ask: str | None = None) -> None:
        self.ask = ask


class NotAllowed(PageError):
    status = 403


class Unreadable(PageError):
    """The request cannot be read as what it claims to be; nothing of it was taken."""

    status = 400


class TooManyRequests(PageError):
    status = 429

    def __init__(self, retry_after: int) -> None:
        self.retry_after = retry_after


class Elsewhere(Exception):
    """What was asked for is found at `to`."""

    def __init__(self, to: str) -> None:
        self.to = to


class SignInNeeded(Elsewhere):
    """Only for editors."""


def see_other(url: str) -> RedirectResponse:
    """The answer after something was done (RFC 9110, 15.4.4)."""
    return RedirectResponse(url, status_code=303)


def words(status: int, language: str) -> tuple[str, str]:
    """What happened and what to do, for people."""
    _ = translator(language)
    known = {
        400: (_("This could not be read"), _("Something was missing on the way. Please go back and send it again.")),
        403: (_("Not for this account"), _("You are not allowed to do this, or the page was open for too long.")),
        404: (_("Nothing is here"), _("The address may be mistyped, or the page is no longer here.")),
        405: (_("This does not work here"), _("Please go back and use the buttons on the page.")),
        408: (_("That took too long"), _("The line was too slow. Please go back and try again.")),
        409: (_("Somebody else was faster"), _("Please reload the page to see what has changed.")),
        410: (_("This call is closed"), _("Applications are no longer taken here.")),
        413: (_("That was too large"), _("Please go back and choose smaller documents.")),
        422: (
            _("Something was not filled in as expected"),
            _("Please go back, check what you wrote and send it again."),
        ),
        429: (_("Too many attempts"), _("Please wait a little and try again.")),
        503: (_("For the moment this does not work"), _("Nothing was stored. Please try again in a minute.")),
    }
    unknown = (_("Something went wrong here"), _("It is our fault. Please try again in a few minutes."))
    return known.get(status, unknown)


def error_page(
    request: Request,
    status: int,
    *,
    ask: str | None = None,
    erase: str | None = None,
    told: tuple[str, str] | None = None,
    headers: dict[str, str] | None = None,
) -> Response:
    template = "desk/error.html" if status < HTTPStatus.INTERNAL_SERVER_ERROR and at_the_desk(request) else "error.html"
    title, text = told or words(status, language_of(request))
    answer = render(request, template, status=status, code=status, title=title, text=text, ask=ask, erase=erase)
    answer.headers.update(headers or {})
    return answer


def at_the_desk(request: Request) -> bool:
    """Whether an editor asked for a page of the desk, and so stays within it and its language."""
    if not request.scope["path"].startswith("/desk/"):
        return False
    if getattr(request.state, "editor", None) is None:  # no route has looked who it is; main.py knows how
        with suppress(DatabaseAway):
            request.state.editor = request.app.state.visitor(request)
    return getattr(request.state, "editor", None) is not None


def install(app: FastAPI, *, unavailable: list[type[Exception]]) -> None:
    """Tell the application how each kind of error is answered; `unavailable`: further ones that pass by themselves.

    Those that may ask the database whose page it is are not async: nobody else waits for that.
    """

    def page(request: Request, error: Exception) -> Response:
        assert isinstance(error, PageError)
        headers = {"Retry-After": str(error.retry_after)} if error.retry_after else {}
        told = error.told(translator(language_of(request)))
        ask, erase = getattr(error, "ask", None), getattr(error, "erase", None)
        return error_page(request, error.status, ask=ask, erase=erase, told=told, headers=headers)

    async def elsewhere(request: Request, error: Exception) -> Response:
        assert isinstance(error, Elsewhere)
        return see_other(error.to)

    def http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        return error_page(request, error.status_code, headers=dict(error.headers or {}))

    def invalid(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        in_path = any(problem["loc"][0] == "path" for problem in error.errors())
        return error_page(request, HTTPStatus.NOT_FOUND if in_path else HTTPStatus.UNPROCESSABLE_ENTITY)

    async def away(request: Request, error: Exception) -> Response:
        return error_page(request, HTTPStatus.SERVICE_UNAVAILABLE, headers={"Retry-After": "30"})

    async def large(request: Request, error: Exception) -> Response:
        return error_page(request, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)

    async def slow(request: Request, error: Exception) -> Response:
        return error_page(request, HTTPStatus.REQUEST_TIMEOUT, headers={"Connection": "close"})

    async def fault(request: Request, error: Exception) -> Response:
        return error_page(request, HTTPStatus.INTERNAL_SERVER_ERROR)

    app.add_exception_handler(PageError, page)
    app.add_exception_handler(Elsewhere, elsewhere)
    app.add_exception_handler(HTTPException, http)
    app.add_exception_handler(RequestValidationError, invalid)
    passing: list[type[Exception]] = [DatabaseAway, *unavailable]
    for kind in passing:
        app.add_exception_handler(kind, away)
    app.add_exception_handler(BodyTooLarge, large)
    app.add_exception_handler(SlowBody, slow)
    app.add_exception_handler(Exception, fault)
