"""Signed-in browsers: made at login, found by the cookie, ended by time, by the editor or by a new password (S3)."""

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from fastapi import Request, Response
from sqlmodel import Session, col, select

from app.accounts.models import Editor, EditorSession, Role
from app.audit import trail
from app.database import utcnow

# ASVS 5.0, 7.3: both an idle limit and an absolute one. A working day, and a working week with its weekend.
IDLE = timedelta(hours=12)
LONGEST = timedelta(days=7)
TOUCH_AFTER = timedelta(minutes=1)
TOKEN_LENGTH = 43


@dataclass(frozen=True)
class CurrentEditor:
    """Who asks: an editor, signed in, as the request needs them."""

    id: UUID
    name: str
    email: str
    role: Role
    language: str
    keys: bool
    session_id: UUID
    csrf: str
    seen_at: datetime


@dataclass(frozen=True)
class OpenSession:
    """One line of the list of one's own sessions."""

    id: UUID
    created_at: datetime
    seen_at: datetime


def sign_in(session: Session, editor: Editor) -> str:
    """Open a session; returns the cookie's value, which is kept nowhere."""
    token = secrets.token_urlsafe(32)
    now = utcnow()
    row = EditorSession(
        token_hash=hashed(token), editor_id=editor.id, created_at=now, seen_at=now, expires_at=now + LONGEST
    )
    session.add(row)
    trail.record(session, "signed_in", editor=editor.id)
    return token


def find(session: Session, token: str, *, key: str) -> CurrentEditor | None:
    """The editor whose open session this is, or None. Only reads. `key` makes the token of forms: the settings' first.

    None is also the answer when the session is idle or old, and when the editor is disabled.
    """
    if len(token) != TOKEN_LENGTH:
        return None
    statement = (
        select(EditorSession, Editor)
        .join(Editor, col(Editor.id) == col(EditorSession.editor_id))
        .where(col(EditorSession.token_hash) == hashed(token), *still_open(), col(Editor.disabled_at).is_(None))
    )
    found = session.exec(statement).first()
    return current(*found, csrf=csrf_token(token, key)) if found else None


def current(row: EditorSession, editor: Editor, *, csrf: str) -> CurrentEditor:
    return CurrentEditor(
        id=editor.id,
        name=editor.name,
        email=editor.email,
        role=editor.role,
        language=editor.language,
        keys=editor.keys,
        session_id=row.id,
        csrf=csrf,
        seen_at=row.seen_at,
    )


def still_open() -> tuple[sa.ColumnElement[bool], ...]:
    """The condition on a session's row: neither idle for too long nor too old."""
    now = utcnow()
    return col(EditorSession.seen_at) > now - IDLE, col(EditorSession.expires_at) > now


def wants_touch(editor: CurrentEditor) -> bool:
    """Whether the last sign of life is old enough to write a new one."""
    return utcnow() - editor.seen_at > TOUCH_AFTER


def touch(session: Session, session_id: UUID) -> None:
    """Note a sign of life. A session that was ended meanwhile stays ended."""
    session.exec(sa.update(EditorSession).where(col(EditorSession.id) == session_id).values(seen_at=utcnow()))


def sign_out(session: Session, token: str) -> None:
    """End the session of this cookie; nothing happens when there is none."""
    session.exec(sa.delete(EditorSession).where(col(EditorSession.token_hash) == hashed(token)))


def sign_out_everywhere(session: Session, editor_id: UUID, *, but: UUID | None = None) -> None:
    """End every session of an editor, except the one with the id `but`."""
    statement = sa.delete(EditorSession).where(col(EditorSession.editor_id) == editor_id)
    session.exec(statement.where(col(EditorSession.id) != but) if but else statement)


def of_editor(session: Session, editor_id: UUID) -> list[OpenSession]:
    """An editor's open sessions, the last used first."""
    statement = (
        select(EditorSession.id, EditorSession.created_at, EditorSession.seen_at)
        .where(col(EditorSession.editor_id) == editor_id, *still_open())
        .order_by(col(EditorSession.seen_at).desc())
    )
    return [OpenSession(*row) for row in session.exec(statement)]


def forget_old(session: Session) -> None:
    """Remove the rows of sessions whose time is over; for the worker, daily."""
    session.exec(sa.delete(EditorSession).where(sa.not_(sa.and_(*still_open()))))


def hashed(token: str) -> bytes:
    """What is kept of a secret with 256 random bits: a plain hash suffices, nobody can guess through it."""
    return hashlib.sha256(token.encode()).digest()


def csrf_token(token: str, key: str) -> str:
    """The token that forms of this session carry."""
    return hmac.new(key.encode(), b"csrf\0" + token.encode(), hashlib.sha256).hexdigest()


def csrf_fits(sent: str, token: str, keys: Sequence[str]) -> bool:
    """Whether a form's token belongs to this session, under the newest key or an older one; in constant time."""
    fits = [hmac.compare_digest(sent.encode(), csrf_token(token, key).encode()) for key in keys]
    return any(fits)


def cookie_name(*, secure: bool) -> str:
    """`__Host-`: the browser takes it only over https, from this very host, for the whole of it (RFC 6265bis)."""
    return "__Host-aufruf" if secure else "aufruf"


def token_of(request: Request, *, secure: bool) -> str:
    """The session cookie's value, or an empty string."""
    return request.cookies.get(cookie_name(secure=secure), "")


def set_cookie(response: Response, token: str, *, secure: bool) -> None:
    """Give the browser its session; it forgets it when it is closed."""
    response.set_cookie(cookie_name(secure=secure), token, path="/", secure=secure, httponly=True, samesite="lax")


def clear_cookie(response: Response, *, secure: bool) -> None:
    """Have the browser forget its session."""
    response.delete_cookie(cookie_name(secure=secure), path="/", secure=secure, httponly=True, samesite="lax")
