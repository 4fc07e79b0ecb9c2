"""Signing in and out, and the one-time link."""

import re
from typing import Annotated
from urllib.parse import unquote

import anyio
from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from fastapi import APIRouter, Form, Request, Response

from app.accounts import editors, invitations, passwords, permissions, rates, sessions, signing_in, throttle
from app.accounts.forms import AccountForm, FieldError, LoginForm, WelcomeForm
from app.accounts.invitations import Invited
from app.accounts.permissions import Reader
from app.accounts.throttle import Attempt
from app.database import reading, transaction
from app.settings import Settings
from app.web.access import PRIVATE_LINK, PUBLIC
from app.web.errors import see_other
from app.web.templating import language_of, render, translator

router = APIRouter()

HOME = "/desk/"
OURS = re.compile(r"/desk(?:[/?][\x21-\x7e]*)?")
# Each check of a password takes 64 MB and a processor: a flood of them waits here, not in everybody's threads.
HASHING = CapacityLimiter(2)


def local(address: str) -> str:
    """Where to go after signing in: a path of the desk, or its first page for anything else (S22)."""
    plain = unquote(address)
    ours = OURS.fullmatch(address) and "\\" not in plain and "//" not in plain.partition("?")[0]
    return address if ours and ".." not in plain.partition("?")[0] else HOME


@router.get("/desk/login", dependencies=[PUBLIC])
def login_page(request: Request, next: str = HOME) -> Response:
    if permissions.find_editor(request):
        return see_other(local(next))
    return show_login(request, next=next)


def show_login(request: Request, *, next: str, email: str = "", failed: bool = False) -> Response:
    _ = translator(language_of(request))
    errors = [FieldError("email", _("This address and this password do not fit together"))] if failed else []
    status = 422 if failed else 200
    return render(request, "accounts/login.html", status=status, errors=errors, email=email, next=local(next))


@router.post("/desk/login", dependencies=[PUBLIC])
async def log_in(request: Request, form: Annotated[LoginForm, Form()]) -> Response:
    """One answer for unknown, disabled and wrong. Waits without holding a thread (throttle.py)."""
    attempt = await run_sync(throttle.begin, request, form.email)
    await anyio.sleep(attempt.delay)
    token = await run_sync(check_login, request, form, attempt, limiter=HASHING)
    if token is None:
        return await run_sync(lambda: show_login(request, next=form.next, email=form.email, failed=True))
    return welcome_in(request, token, to=local(form.next))


def check_login(request: Request, form: LoginForm, attempt: Attempt) -> str | None:
    old_token = sessions.token_of(request, secure=request.app.state.settings.secure)
    return signing_in.log_in(form.email, form.password, attempt=attempt, old_token=old_token)


def welcome_in(request: Request, token: str, *, to: str) -> Response:
    settings: Settings = request.app.state.settings
    answer = see_other(to)
    sessions.set_cookie(answer, token, secure=settings.secure)
    return answer


@router.post("/desk/logout")
def log_out(request: Request, editor: Reader, form: Annotated[AccountForm, Form()]) -> Response:
    secure = request.app.state.settings.secure
    with transaction() as session:
        sessions.sign_out(session, sessions.token_of(request, secure=secure))
    answer = see_other(permissions.LOGIN)
    sessions.clear_cookie(answer, secure=secure)
    return answer


@router.get("/desk/welcome/{token}", dependencies=[PRIVATE_LINK])
def welcome_page(request: Request, token: str) -> Response:
    """The form behind a one-time link. Opening it uses nothing up."""
    rates.check(request, "welcome", limit=30, seconds=600)
    with reading() as session:
        invited = invitations.look(session, token)
    return show_welcome(request, token, invited, WelcomeForm(), []) if invited else link_used(request)


def show_welcome(
    request: Request, token: str, invited: Invited, form: WelcomeForm, errors: list[FieldError]
) -> Response:
    return render(
        request,
        "accounts/welcome.html",
        status=422 if errors else 200,
        address=f"/desk/welcome/{token}",
        invited=invited,
        form=form,
        errors=errors,
        error_of={error.field_id: error.message for error in errors},
    )


def link_used(request: Request) -> Response:
    return render(request, "accounts/link_used.html", status=404)


@router.post("/desk/welcome/{token}", dependencies=[PRIVATE_LINK])
def welcome(request: Request, token: str, form: Annotated[WelcomeForm, Form()]) -> Response:
    """Set the password, use the link up, and sign in."""
    rates.check(request, "welcome", limit=30, seconds=600)
    with reading() as session:
        invited = invitations.look(session, token)
    if invited is None:
        return link_used(request)
    if errors := check_welcome(request, invited, form):
        return show_welcome(request, token, invited, form, errors)
    try:
        with transaction() as session:
            editor = invitations.accept(session, token, email=form.email, name=form.name, password=form.password)
            editor.language = language_of(request)  # the browser's; the account page changes it
            cookie = sessions.sign_in(session, editor)
    except invitations.LinkUsed:
        return link_used(request)
    return welcome_in(request, cookie, to=HOME)


def check_welcome(request: Request, invited: Invited, form: WelcomeForm) -> list[FieldError]:
    """What is wrong with the form, in the order of the page."""
    _ = translator(language_of(request))
    email, name = (form.email, form.name) if invited.first else (invited.email, invited.name)
    found = []
    if not editors.is_name(name):
        found.append(FieldError("name", _("Write your name: at most 200 characters, on one line")))
    if editors.email_key(email) is None:
        message = _("This e-mail address does not look right: it should be like name@example.org")
        found.append(FieldError("email", message))
    if problem := passwords.check_policy(form.password, name=name, email=email, _=_):
        found.append(FieldError("password", problem))
    return found
