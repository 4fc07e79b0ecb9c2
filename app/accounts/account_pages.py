"""One's own account: name, language, password, sessions."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from app.accounts import editors, passwords, rates, sessions, signing_in
from app.accounts.forms import AccountForm, FieldError, PasswordForm, ProfileForm
from app.accounts.permissions import Reader
from app.accounts.sessions import CurrentEditor
from app.database import reading, transaction
from app.web.errors import SignInNeeded, see_other
from app.web.languages import LANGUAGES
from app.web.templating import render, translator

router = APIRouter()

ADDRESS = "/desk/account"


@router.get(ADDRESS)
def account_page(request: Request, editor: Reader, done: str = "") -> Response:
    return show(request, editor, done=done)


def show(
    request: Request,
    editor: CurrentEditor,
    *,
    name: str | None = None,
    done: str = "",
    errors: list[FieldError] | None = None,
) -> Response:
    _ = translator(editor.language)
    told = {
        "profile": _("Your details are saved."),
        "password": _("Your new password holds. Everywhere else you are signed out."),
        "sessions": _("Everywhere else you are signed out."),
    }
    with reading() as session:
        open_sessions = sessions.of_editor(session, editor.id)
    return render(
        request,
        "accounts/account.html",
        status=422 if errors else 200,
        name=editor.name if name is None else name,
        names_of_languages=list(LANGUAGES.items()),
        open_sessions=open_sessions,
        told=told.get(done),
        errors=errors or [],
        error_of={error.field_id: error.message for error in errors or []},
    )


@router.post(ADDRESS)
def change_profile(request: Request, editor: Reader, form: Annotated[ProfileForm, Form()]) -> Response:
    if not editors.is_name(form.name):
        _ = translator(editor.language)
        error = FieldError("name", _("Write your name: at most 200 characters, on one line"))
        return show(request, editor, name=form.name, errors=[error])
    with transaction() as session:
        row = editors.get(session, editor.id)
        if row is None:
            raise SignInNeeded(ADDRESS)
        editors.change_profile(session, row, name=form.name, language=form.language, keys=form.keys == "yes")
    return see_other(f"{ADDRESS}?done=profile")


@router.post(f"{ADDRESS}/password")
def change_password(request: Request, editor: Reader, form: Annotated[PasswordForm, Form()]) -> Response:
    """The current password is asked for again, as often as somebody at an open desk could guess (ASVS 5.0, 6.2.3)."""
    rates.check(request, "password", limit=10, seconds=600)
    _ = translator(editor.language)
    if problem := passwords.check_policy(form.new_password, name=editor.name, email=editor.email, _=_):
        return show(request, editor, errors=[FieldError("new_password", problem)])
    token = signing_in.change_password(editor.email, current=form.current_password, new=form.new_password)
    if token is None:
        return show(request, editor, errors=[FieldError("current_password", _("This is not your current password"))])
    answer = see_other(f"{ADDRESS}?done=password")
    sessions.set_cookie(answer, token, secure=request.app.state.settings.secure)
    return answer


@router.post(f"{ADDRESS}/sessions")
def sign_out_elsewhere(request: Request, editor: Reader, form: Annotated[AccountForm, Form()]) -> Response:
    with transaction() as session:
        sessions.sign_out_everywhere(session, editor.id, but=editor.session_id)
    return see_other(f"{ADDRESS}?done=sessions")
