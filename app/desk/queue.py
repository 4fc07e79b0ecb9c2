"""The review queue as its page shows it: one page of rows, each with everything that stands in it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col

from app.accounts.models import Editor
from app.applications.models import Application, ApplicationTag, TagKind, Turn
from app.applications.workflow import Status
from app.audit.models import Event
from app.desk.views import View
from app.desk.walking import Cursor, walk
from app.documents.models import Document, TextState

PAGE = 50
LOOKING = ("opened", "document_opened")  # not what happened to an application
TAGS = {TagKind.REGION: "regions", TagKind.LANGUAGE: "languages", TagKind.TOPIC: "topics", TagKind.LABEL: "labels"}


@dataclass(frozen=True)
class LastEvent:
    """The newest thing that happened to an application, and who did it if it was an editor."""

    kind: str
    at: datetime
    detail: dict[str, str]
    who: str


@dataclass
class QueueRow:
    """One row as the page shows it."""

    id: UUID
    reference: str
    name: str
    latin_name: str
    pen_name: str
    status: Status
    turn: Turn
    turn_reason: str
    turn_since: datetime
    due_at: datetime | None
    overdue: bool
    score: float | None
    reviews: int
    version: int
    received_at: datetime
    active_at: datetime
    assignee: str | None
    assignee_id: UUID | None
    regions: list[str] = field(default_factory=list)
    languages: list[str] = field(default_factory=list)
    topics: list[str] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    documents: int = 0
    pages: int = 0
    waiting: int = 0  # documents that are not read yet
    unreadable: int = 0
    quarantined: int = 0  # whose originals nobody may open
    last: LastEvent | None = None


@dataclass(frozen=True)
class Page:
    rows: list[QueueRow]
    after: Cursor | None  # where the next page begins; none on the last
    cut_short: bool = False  # the filters fit so few that looking for them stopped here for now
    newest_only: bool = False  # only the newest matches of a search were sorted


def page(session: Session, view: View, *, after: Cursor | None = None, size: int = PAGE) -> Page:
    """One page of a view in its order; the cost does not depend on how long the queue is."""
    found = walk(session, view, after=after, limit=size)
    return Page(rows(session, found.ids), found.after, found.cut_short, found.newest_only)


def ids(session: Session, view: View, *, limit: int) -> list[UUID]:
    """The applications of a view, the first `limit` of them, in its order."""
    return walk(session, view, limit=limit).ids


def rows(session: Session, ids: Sequence[UUID]) -> list[QueueRow]:
    """The rows of some applications, in the order given: four queries, whatever their number."""
    if not ids:
        return []
    columns: tuple[Any, ...] = (
        *(Application.id, Application.reference, Application.name, Application.latin_name, Application.pen_name),
        Application.status,
        *(Application.turn, Application.turn_reason, Application.turn_since, Application.due_at, Application.overdue),
        *(Application.score, Application.reviews, Application.version, Application.received_at, Application.active_at),
        *(Application.assignee_id, col(Editor.name).label("assignee")),
    )
    statement = sa.select(*columns).outerjoin(Editor, col(Editor.id) == col(Application.assignee_id))
    found = session.connection().execute(statement.where(col(Application.id).in_(ids)))
    by_id = {row.id: QueueRow(**row._mapping) for row in found}
    add_tags(session, by_id)
    add_documents(session, by_id)
    add_last_events(session, by_id)
    return [by_id[key] for key in ids if key in by_id]


def add_tags(session: Session, by_id: dict[UUID, QueueRow]) -> None:
    tag = sa.inspect(ApplicationTag).local_table.c
    statement = sa.select(tag.application_id, tag.kind, tag.value).where(tag.application_id.in_(by_id))
    for key, kind, value in session.connection().execute(statement.order_by(tag.position, tag.value)):
        getattr(by_id[key], TAGS[kind]).append(value)


def add_documents(session: Session, by_id: dict[UUID, QueueRow]) -> None:
    def number(state: TextState) -> Any:
        return sa.func.sum(sa.case((col(Document.text_state) == state, 1), else_=0))

    pages = sa.func.coalesce(sa.func.sum(col(Document.pages)), 0)
    quarantined = sa.func.sum(sa.case((col(Document.look) == "quarantined", 1), else_=0))
    columns = (pages, number(TextState.WAITING), number(TextState.UNREADABLE), quarantined)
    documents = (
        sa.select(col(Application.id), sa.func.count(), *columns)
        .join(Document, col(Document.draft_id) == col(Application.draft_id))
        .where(col(Application.id).in_(by_id))
        .group_by(col(Application.id))
    )
    for key, *numbers in session.connection().execute(documents):
        row = by_id[key]
        row.documents, row.pages, row.waiting, row.unreadable, row.quarantined = numbers


def add_last_events(session: Session, by_id: dict[UUID, QueueRow]) -> None:
    """The newest thing that happened to each, looking at it left out."""
    event = sa.inspect(Event).local_table.c
    place = sa.func.row_number().over(partition_by=event.application_id, order_by=event.id.desc())
    columns = (event.application_id, event.kind, event.at, event.detail, event.editor_id)
    ranked = sa.select(*columns, place.label("place")).where(
        event.application_id.in_(by_id), event.kind.not_in(LOOKING)
    )
    newest = ranked.subquery()
    statement = sa.select(newest, col(Editor.name).label("who")).outerjoin(Editor, col(Editor.id) == newest.c.editor_id)
    for row in session.connection().execute(statement.where(newest.c.place == 1)):
        detail = {key: value for key, value in row.detail.items() if key != "reason"}  # too long for a row
        by_id[row.application_id].last = LastEvent(row.kind, row.at, detail, row.who or "")
