"""The newsroom's people: added, given a role, shut out, let in again. Each step leaves an event."""

from collections.abc import Sequence
from uuid import UUID

import sqlalchemy as sa
from email_validator import EmailNotValidError, validate_email
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from app.accounts import passwords, sessions
from app.accounts.models import Editor, Invitation, Role
from app.accounts.passwords import PasswordRefused
from app.audit import trail
from app.database import lock_rows, utcnow
from app.jobs import queue

NAME_LENGTH = 200
ROLE_CHANGED = "role_changed"  # files that were made with what somebody could see before have to go


class LastAdmin(Exception):
    """Without this administrator nobody could let anybody in."""

    def __str__(self) -> str:
        return "this is the last administrator: make somebody else one first"


class EditorExists(Exception):
    """Somebody has this address already."""

    def __str__(self) -> str:
        return "there is an editor with this address already"


class NotAnAddress(ValueError):
    """This is no e-mail address."""

    def __str__(self) -> str:
        return "this is no e-mail address"


class NameRefused(ValueError):
    """A name has 1 to 200 characters, on one line."""

    def __str__(self) -> str:
        return "a name has 1 to 200 characters, on one line"


def add(
    session: Session, *, email: str, name: str, role: Role, password: str | None = None, by: UUID | None = None
) -> Editor:
    """Add an editor; without a password they need a one-time link (invitations.py).

    Raises NotAnAddress, NameRefused, PasswordRefused (all of them ValueError), EditorExists.
    """
    address, name = email_key(email), named(name)
    if address is None:
        raise NotAnAddress
    editor = Editor(email=address, name=name, role=role)
    if password is not None:
        set_password(editor, password)
    insert(session, editor)
    trail.record(session, "editor_added", editor=by, email=address, role=role.value)
    return editor


def insert(session: Session, editor: Editor) -> None:
    """Raises EditorExists, also when somebody else adds the same address at this moment."""
    try:
        with session.begin_nested():
            session.add(editor)
    except IntegrityError:
        raise EditorExists from None


def set_password(editor: Editor, password: str) -> None:
    """Raises PasswordRefused when it does not fit the policy."""
    if problem := passwords.check_policy(password, name=editor.name, email=editor.email):
        raise PasswordRefused(problem)
    editor.password_hash = passwords.hash_password(password)


def change_password(session: Session, editor: Editor, password: str) -> None:
    """Set a new password and end every session and open link of the editor. Raises PasswordRefused."""
    set_password(editor, password)
    session.add(editor)
    sessions.sign_out_everywhere(session, editor.id)
    end_links(session, editor.id)
    trail.record(session, "password_changed", editor=editor.id)


def disable(session: Session, editor: Editor, *, by: UUID | None = None) -> None:
    """Take the access away at once; what they wrote stays. Raises LastAdmin."""
    if editor.disabled_at is not None:
        return
    keep_an_admin(session, editor)
    editor.disabled_at = utcnow()
    session.add(editor)
    sessions.sign_out_everywhere(session, editor.id)
    end_links(session, editor.id)
    trail.record(session, "editor_disabled", editor=by, email=editor.email)


def enable(session: Session, editor: Editor, *, by: UUID | None = None) -> None:
    """Give the access back, with the same role and password."""
    if editor.disabled_at is None:
        return
    editor.disabled_at = None
    session.add(editor)
    trail.record(session, "editor_enabled", editor=by, email=editor.email)


def change_role(session: Session, editor: Editor, role: Role, *, by: UUID | None = None) -> None:
    """Give an editor another role; it holds from their next request on. Raises LastAdmin."""
    if editor.role is role:
        return
    keep_an_admin(session, editor)
    before, editor.role = editor.role, role
    session.add(editor)
    queue.enqueue(session, ROLE_CHANGED, str(editor.id))
    trail.record(session, "role_changed", editor=by, email=editor.email, before=before.value, to=role.value)


def change_profile(session: Session, editor: Editor, *, name: str, language: str, keys: bool = True) -> None:
    """What editors say about themselves. Raises NameRefused."""
    editor.name, editor.language, editor.keys = named(name), language, keys
    session.add(editor)
    trail.record(session, "profile_changed", editor=editor.id)


def end_links(session: Session, editor_id: UUID) -> None:
    """End every one-time link that was made for an editor (invitations.py)."""
    session.exec(sa.delete(Invitation).where(col(Invitation.editor_id) == editor_id))


def keep_an_admin(session: Session, editor: Editor) -> None:
    """Raise LastAdmin when this is the only active one.

    The rows are locked in one order: of two administrators who shut each other out at once, the second one fails.
    """
    statement = (
        select(Editor).where(Editor.role == Role.ADMIN, col(Editor.disabled_at).is_(None)).order_by(col(Editor.id))
    )
    admins = session.exec(lock_rows(statement).execution_options(populate_existing=True)).all()
    if [admin.id for admin in admins] == [editor.id]:
        raise LastAdmin


def find(session: Session, email: str) -> Editor | None:
    """The editor with this address, written in any case; None also when it is no address."""
    address = email_key(email)
    return session.exec(select(Editor).where(Editor.email == address)).first() if address else None


def get(session: Session, editor_id: UUID) -> Editor | None:
    """An editor by id, locked for a change."""
    found: Editor | None = session.exec(lock_rows(select(Editor).where(Editor.id == editor_id))).first()
    return found


def listing(session: Session) -> Sequence[Editor]:
    """Everybody, the active ones first, by name."""
    order = (col(Editor.disabled_at).is_not(None), col(Editor.name), col(Editor.id))
    return session.exec(select(Editor).order_by(*order)).all()


def anybody(session: Session) -> bool:
    """Whether there is any editor yet."""
    return session.exec(select(Editor.id).limit(1)).first() is not None


def email_key(address: str) -> str | None:
    """An address in the one spelling in which it is kept and looked for; None when it is none."""
    try:
        # Newsrooms may use addresses that only their own network knows: test_environment lets *.test and the like pass.
        checked = validate_email(address.strip(), check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        return None
    return checked.normalized.casefold()


def is_name(name: str) -> bool:
    """Whether a name has 1 to 200 characters, on one line."""
    return 1 <= len(name.strip()) <= NAME_LENGTH and "\n" not in name and "\0" not in name


def named(name: str) -> str:
    """A name, trimmed. Raises NameRefused."""
    if not is_name(name):
        raise NameRefused
    return name.strip()
