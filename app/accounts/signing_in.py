"""From an address and a password to a session, telling strangers nothing on the way (S4)."""

from dataclasses import dataclass
from uuid import UUID

import structlog
from sqlmodel import Session

from app.accounts import editors, passwords, sessions, throttle
from app.accounts.models import Editor
from app.accounts.throttle import Attempt
from app.database import reading, transaction

log = structlog.get_logger()


@dataclass(frozen=True)
class Proved:
    """A password that was right, the hash it was checked against, and a newer one to keep if there is one."""

    editor_id: UUID
    kept: str
    newer: str | None


def prove(email: str, password: str) -> Proved | None:
    """Whether this is the editor's password. As slow for unknown ones; no transaction waits meanwhile."""
    with reading() as session:
        editor = editors.find(session, email)
    kept = editor.password_hash if editor else None
    right, newer = passwords.verify(password, kept)
    if not right or editor is None or kept is None:
        return None
    return Proved(editor.id, kept, newer)


def log_in(email: str, password: str, *, attempt: Attempt, old_token: str) -> str | None:
    """The value of a new session's cookie, or None. The browser's earlier session ends (ASVS 5.0, 7.2.4)."""
    proved = prove(email, password)
    if proved is None:
        log.warning("sign_in_failed")
        return None
    with transaction() as session:
        editor = still_valid(session, proved)
        if editor is None:
            return None
        throttle.succeeded(session, attempt)
        sessions.sign_out(session, old_token)
        return sessions.sign_in(session, editor)


def still_valid(session: Session, proved: Proved) -> Editor | None:
    """The editor, locked, unless password or access changed since the proof; keeps the newer hash."""
    editor = editors.get(session, proved.editor_id)
    if editor is None or editor.disabled_at is not None or editor.password_hash != proved.kept:
        return None
    if proved.newer:
        editor.password_hash = proved.newer
        session.add(editor)
    return editor


def change_password(email: str, *, current: str, new: str) -> str | None:
    """Set a new password and end every session; the cookie's value of the one that goes on, None if `current` is wrong.

    Raises PasswordRefused when the new one does not fit the policy.
    """
    proved = prove(email, current)
    if proved is None:
        return None
    with transaction() as session:
        editor = still_valid(session, proved)
        if editor is None:
            return None
        editors.change_password(session, editor, new)
        return sessions.sign_in(session, editor)
