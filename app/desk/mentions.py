"""Colleagues named in notes: `@Nino` or `@Nino Beridze`. They get a mail, and the note stands in their list."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from app.accounts.models import Editor
from app.applications import announcing
from app.applications.models import Application
from app.calls import loading
from app.database import utcnow
from app.desk.models import Mention, Note
from app.mail import letters, outbox
from app.settings import Settings

PAGE = 50


@dataclass(frozen=True)
class Mentioned:
    """One line of the list: who wrote what about which application."""

    id: UUID
    reference: str
    writer: str
    note: Note
    is_new: bool


def handles(name: str) -> list[str]:
    """What somebody may be called after an @: the whole name, and its first part."""
    whole = " ".join(name.split())
    return list(dict.fromkeys([whole, whole.split(" ")[0]])) if whole else []


def pattern(names: Sequence[str]) -> re.Pattern[str]:
    """Finds @ and one of the names, the longest that fits, as words of their own; case does not matter."""
    known = sorted({handle for name in names for handle in handles(name)}, key=len, reverse=True)
    spoken = "|".join(re.escape(each).replace(r"\ ", r"\s+") for each in known)
    return re.compile(rf"(?<![\w@])@({spoken})(?!\w)" if spoken else r"(?!)", re.IGNORECASE)


def named(text: str, people: Sequence[Editor]) -> list[Editor]:
    """Who is mentioned in a text. A first name that several bear means all of them: nobody is forgotten."""
    found = {" ".join(each.split()).casefold() for each in pattern([each.name for each in people]).findall(text)}
    return [each for each in people if found & {handle.casefold() for handle in handles(each.name)}]


def parts(text: str, names: Sequence[str]) -> list[tuple[str, bool]]:
    """A note in pieces, each with whether it is a mention: for showing, not for markup."""
    pieces: list[tuple[str, bool]] = []
    end = 0
    for found in pattern(names).finditer(text):
        pieces += [(text[end : found.start()], False), (found[0], True)]
        end = found.end()
    return [piece for piece in [*pieces, (text[end:], False)] if piece[0]]


def active(session: Session) -> list[Editor]:
    """Who can be mentioned, by name."""
    statement = select(Editor).where(col(Editor.disabled_at).is_(None))
    return list(session.exec(statement.order_by(col(Editor.name), col(Editor.id))))


def tell(session: Session, application: Application, note: Note, *, settings: Settings) -> list[Editor]:
    """Leave a mention and a mail for everybody whom a note names, but for its writer; who they are."""
    people = [each for each in named(note.text, active(session)) if each.id != note.editor_id]
    writer = session.get_one(Editor, note.editor_id)
    session.flush()
    for person in people:
        session.add(Mention(note_id=note.id, application_id=application.id, editor_id=person.id))
        post(session, application, person, writer=writer.name, settings=settings)
    return people


def post(session: Session, application: Application, person: Editor, *, writer: str, settings: Settings) -> None:
    """The mail to a mentioned editor, in their language."""
    call = loading.by_id(session, application.call_id).call
    letter = letters.mentioned(
        person.language,
        organisation=call.organisation,
        who=writer,
        reference=application.reference,
        desk_link=f"{announcing.desk_link(application, settings)}#notes",
    )
    outbox.post(
        session,
        letter,
        sender=settings.mail_from or call.editorial_address,
        recipient=person.email,
        base_url=settings.base_url,
        application_id=application.id,
    )


def page(session: Session, editor: UUID, *, after: UUID | None = None) -> list[Mentioned]:
    """Where an editor is mentioned, newest first; one more than PAGE when there are more."""
    statement = (
        select(Mention, Application.reference, Editor.name, Note)
        .join(Note, col(Note.id) == col(Mention.note_id))
        .join(Application, col(Application.id) == col(Mention.application_id))
        .join(Editor, col(Editor.id) == col(Note.editor_id))
        .where(col(Mention.editor_id) == editor)
    )
    statement = statement.where(col(Mention.id) < after) if after else statement
    found = session.exec(statement.order_by(col(Mention.id).desc()).limit(PAGE + 1)).all()
    return [Mentioned(mention.id, key, name, note, mention.read_at is None) for mention, key, name, note in found]


def unread(session: Session, editor: UUID, *, cap: int = 99) -> int:
    """How many mentions an editor has not seen, counted no further than `cap`."""
    some = sa.select(col(Mention.id)).where(col(Mention.editor_id) == editor, col(Mention.read_at).is_(None)).limit(cap)
    number: int = session.connection().execute(sa.select(sa.func.count()).select_from(some.subquery())).scalar_one()
    return number


def seen(session: Session, editor: UUID, application: UUID | None = None) -> None:
    """Mark an editor's mentions as read: those on one application, or all."""
    statement = sa.update(Mention).where(col(Mention.editor_id) == editor, col(Mention.read_at).is_(None))
    if application:
        statement = statement.where(col(Mention.application_id) == application)
    session.connection().execute(statement.values(read_at=utcnow()))


def waiting_here(session: Session, editor: UUID, application: UUID) -> bool:
    """Whether an application has a mention that this editor has not seen."""
    statement = select(Mention.id).where(
        Mention.editor_id == editor, Mention.application_id == application, col(Mention.read_at).is_(None)
    )
    return session.exec(statement.limit(1)).first() is not None
