"""The team, for administrators: who is in, what they may, links with which they set a password."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response
from sqlmodel import Session

from app.accounts import editors, invitations
from app.accounts.forms import AccountForm, FieldError, PersonForm, RoleForm
from app.accounts.models import Editor
from app.accounts.permissions import AdminOnly
from app.database import reading, transaction
from app.settings import Settings
from app.web.errors import NotFound, see_other
from app.web.templating import language_of, render, translator

router = APIRouter()

ADDRESS = "/desk/team"


@dataclass(frozen=True)
class Link:
    """A one-time link, shown on the page that answers and never again."""

    name: str
    address: str


@router.get(ADDRESS)
def team_page(request: Request, editor: AdminOnly) -> Response:
    return show(request)


def show(
    request: Request,
    *,
    form: PersonForm | None = None,
    link: Link | None = None,
    errors: list[FieldError] | None = None,
) -> Response:
    with reading() as session:
        everybody = editors.listing(session)
    return render(
        request,
        "accounts/team.html",
        status=422 if errors else 200,
        everybody=everybody,
        form=form or PersonForm(),
        link=link,
        errors=errors or [],
        error_of={error.field_id: error.message for error in errors or []},
    )


@router.post(ADDRESS)
def add(request: Request, editor: AdminOnly, form: Annotated[PersonForm, Form()]) -> Response:
    """Add a person; the page that answers shows, once, the link with which they set their password."""
    if errors := check_person(request, form):
        return show(request, form=form, errors=errors)
    try:
        with transaction() as session:
            added = editors.add(session, email=form.email, name=form.name, role=form.role, by=editor.id)
            link = link_for(request, added, invitations.invite(session, added, by=editor.id))
    except editors.EditorExists:
        _ = translator(language_of(request))
        return show(request, form=form, errors=[FieldError("email", _("Somebody with this address is here already"))])
    return show(request, link=link)


def check_person(request: Request, form: PersonForm) -> list[FieldError]:
    """What is wrong with the form, in the order of the page."""
    _ = translator(language_of(request))
    found = []
    if not editors.is_name(form.name):
        found.append(FieldError("name", _("Write the name: at most 200 characters, on one line")))
    if editors.email_key(form.email) is None:
        message = _("This e-mail address does not look right: it should be like name@example.org")
        found.append(FieldError("email", message))
    return found


def link_for(request: Request, editor: Editor, token: str) -> Link:
    """Built from the settings, never from the request's Host (S22)."""
    settings: Settings = request.app.state.settings
    return Link(editor.name, f"{settings.base_url}/desk/welcome/{token}")


@router.post(f"{ADDRESS}/{{editor_id}}/link")
def new_link(request: Request, editor: AdminOnly, editor_id: UUID, form: Annotated[AccountForm, Form()]) -> Response:
    with transaction() as session:
        found = person(session, editor_id)
        if found.disabled_at is not None:
            raise NotFound
        link = link_for(request, found, invitations.invite(session, found, by=editor.id))
    return show(request, link=link)


@router.post(f"{ADDRESS}/{{editor_id}}/role")
def change_role(request: Request, editor: AdminOnly, editor_id: UUID, form: Annotated[RoleForm, Form()]) -> Response:
    return change(request, editor_id, lambda session, row: editors.change_role(session, row, form.role, by=editor.id))


@router.post(f"{ADDRESS}/{{editor_id}}/disable")
def disable(request: Request, editor: AdminOnly, editor_id: UUID, form: Annotated[AccountForm, Form()]) -> Response:
    return change(request, editor_id, lambda session, row: editors.disable(session, row, by=editor.id))


@router.post(f"{ADDRESS}/{{editor_id}}/enable")
def enable(request: Request, editor: AdminOnly, editor_id: UUID, form: Annotated[AccountForm, Form()]) -> Response:
    return change(request, editor_id, lambda session, row: editors.enable(session, row, by=editor.id))


def change(request: Request, editor_id: UUID, step: Callable[[Session, Editor], None]) -> Response:
    """Do one step with one person; the page again, with words, when they are the last administrator."""
    try:
        with transaction() as session:
            step(session, person(session, editor_id))
    except editors.LastAdmin:
        _ = translator(language_of(request))
        message = _("This is the last administrator. Make somebody else one first.")
        return show(request, errors=[FieldError(f"editor-{editor_id}", message)])
    return see_other(ADDRESS)


def person(session: Session, editor_id: UUID) -> Editor:
    """Raises NotFound."""
    found = editors.get(session, editor_id)
    if found is None:
        raise NotFound
    return found
