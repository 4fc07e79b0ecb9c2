"""What happened since a page was shown: read from the trail, whose ids rise with time, so that asking costs little."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from app.audit.models import Event
from app.desk import application_page, presence
from app.desk.application_page import Line
from app.desk.neighbours import references
from app.desk.queue import LOOKING
from app.desk.views import View
from app.desk.walking import belonging

# Looking changes nothing that others would have to know.
LOOKS = (*LOOKING, "signed_in")
MOST = 200


@dataclass(frozen=True)
class News:
    """What the queue has to tell: how many came in, which rows changed, who is reading what."""

    new: int = 0
    more: bool = False  # than were looked at
    changed: list[str] = field(default_factory=list)  # references
    readers: dict[str, list[str]] = field(default_factory=dict)  # names by reference


@dataclass(frozen=True)
class Live:
    """What the page of one application has to tell: who else reads it, and the newest change by others."""

    readers: list[str]
    change: Line | None = None


def newest(session: Session) -> UUID | None:
    """The id of the newest event: whatever comes after it is news."""
    return session.exec(select(Event.id).order_by(col(Event.id).desc()).limit(1)).first()


def by_others(editor: UUID) -> tuple[sa.ColumnElement[bool], ...]:
    """The condition that an event changed something and was not one's own doing."""
    somebody_else = sa.or_(col(Event.editor_id).is_(None), col(Event.editor_id) != editor)
    return col(Event.kind).not_in(LOOKS), col(Event.application_id).is_not(None), somebody_else


def events_since(session: Session, since: UUID, *, editor: UUID) -> list[tuple[UUID, str]]:
    """Application and kind of the newest MOST changes by others."""
    columns: tuple[Any, ...] = (Event.application_id, Event.kind)
    statement = sa.select(*columns).where(col(Event.id) > since, *by_others(editor))
    newest_first = statement.order_by(col(Event.id).desc()).limit(MOST)
    return [(application, kind) for application, kind in session.connection().execute(newest_first)]


def of_application(session: Session, application: UUID, *, since: UUID | None, editor: UUID) -> Live:
    """Who else is reading an application, and the last thing that others did to it since an event."""
    names = presence.readers(session, application, but=editor)
    if since is None:
        return Live(names)
    statement = select(Event).where(col(Event.application_id) == application, Event.id > since, *by_others(editor))
    event = session.exec(statement.order_by(col(Event.id).desc()).limit(1)).first()
    return Live(names, application_page.line(event, application_page.names(session)) if event else None)


def of_queue(session: Session, view: View, *, since: UUID, editor: UUID) -> News:
    """What happened since an event: new applications of a view, and changes to any that were there."""
    events = events_since(session, since, editor=editor)
    came = {application for application, kind in events if kind == "received"}
    changed = {application for application, _ in events} - came
    return News(
        new=len(belonging(session, view, came)),
        more=len(events) == MOST,
        changed=sorted(references(session, changed).values()),
        readers=reading_now(session, but=editor),
    )


def reading_now(session: Session, *, but: UUID) -> dict[str, list[str]]:
    """Who is reading what at this moment, by reference."""
    found = presence.everywhere(session, but=but)
    names = references(session, found)
    return {names[key]: people for key, people in found.items()}
