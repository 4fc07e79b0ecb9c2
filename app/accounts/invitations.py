"""One-time links that set a password: for an editor who is known, or for the first one of all.

Mail scanners open links: looking at one changes nothing, only the form behind it uses it up.
"""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from app.accounts import editors
from app.accounts.models import Editor, Invitation, Role
from app.accounts.sessions import hashed
from app.audit import trail
from app.database import utcnow

FIRST_LASTS = timedelta(hours=24)
LASTS = timedelta(hours=48)


class LinkUsed(Exception):
    """The link is unknown, used or too old; which of these is not told."""


@dataclass(frozen=True)
class Invited:
    """Whom an open link is for; nobody yet when it makes the first editor."""

    email: str = ""
    name: str = ""
    first: bool = False


def invite_first(session: Session) -> str | None:
    """The token of a link that makes the first administrator, or None when there is an editor; earlier ones end."""
    if editors.anybody(session):
        return None
    session.exec(sa.delete(Invitation).where(col(Invitation.editor_id).is_(None)))
    return new(session, None, FIRST_LASTS)


def invite(session: Session, editor: Editor, *, by: UUID | None = None) -> str:
    """The token of a link with which this editor sets a password; earlier ones of theirs end."""
    editors.end_links(session, editor.id)
    trail.record(session, "link_made", editor=by, email=editor.email)
    return new(session, editor.id, LASTS)


def new(session: Session, editor_id: UUID | None, lasts: timedelta) -> str:
    token = secrets.token_urlsafe(32)
    session.add(Invitation(token_hash=hashed(token), editor_id=editor_id, expires_at=utcnow() + lasts))
    session.flush()
    return token


def look(session: Session, token: str) -> Invited | None:
    """Whom a link is for, or None when it is not open; changes nothing."""
    found = session.exec(select(Invitation).where(*is_open(token))).first()
    if found is None:
        return None
    if found.editor_id is None:
        return None if editors.anybody(session) else Invited(first=True)
    editor = session.get_one(Editor, found.editor_id)
    return None if editor.disabled_at else Invited(email=editor.email, name=editor.name)


def accept(session: Session, token: str, *, email: str, name: str, password: str) -> Editor:
    """Use a link up: make the first administrator, or set the editor's password and end all their sessions.

    Raises LinkUsed, and what editors.add and editors.set_password raise; then the link stays open. `email` and `name`
    count for the first editor only: nobody renames another's account.
    """
    editor_id = use_up(session, token)
    if editor_id is None:
        return make_first(session, email=email, name=name, password=password)
    editor = editors.get(session, editor_id)
    if editor is None or editor.disabled_at is not None:
        raise LinkUsed
    editors.change_password(session, editor, password)
    return editor


def use_up(session: Session, token: str) -> UUID | None:
    """Remove the link and return whose it was: of two at once only one gets it. Raises LinkUsed."""
    row = session.exec(sa.delete(Invitation).where(*is_open(token)).returning(col(Invitation.editor_id))).first()
    if row is None:
        raise LinkUsed
    editor_id: UUID | None = row[0]
    return editor_id


def make_first(session: Session, *, email: str, name: str, password: str) -> Editor:
    session.exec(sa.delete(Invitation).where(col(Invitation.editor_id).is_(None)))
    if editors.anybody(session):
        raise LinkUsed
    return editors.add(session, email=email, name=name, role=Role.ADMIN, password=password)


def is_open(token: str) -> tuple[sa.ColumnElement[bool], ...]:
    return col(Invitation.token_hash) == hashed(token), col(Invitation.expires_at) > utcnow()


def forget_old(session: Session) -> None:
    """Remove links whose time is over; for the worker, daily."""
    session.exec(sa.delete(Invitation).where(col(Invitation.expires_at) <= utcnow()))
