"""What an export says of an application."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

from app.accounts.models import Editor
from app.applications.models import Application, ApplicationTag, TagKind
from app.calls import loading
from app.database import reading
from app.desk import blinding, fair_order, reviewing
from app.desk.blinding import Viewer
from app.desk.cells import Cell
from app.documents import keeping
from app.documents.kinds import ASKED_FOR
from app.documents.models import Document

CHUNK = 200


@dataclass(frozen=True)
class Row:
    """One application with its tags and documents."""

    application: Application
    tags: dict[TagKind, list[str]]
    documents: list[Document]
    assignee: str
    scored: bool = True  # whether whoever gets it may see the score


def chunks(ids: Sequence[UUID], viewer: Editor) -> Iterator[list[Row]]:
    """The applications in pieces, in their order, each read on its own, so that nobody waits for an export.

    Who reviews blind gets no names (desk/blinding.py), and nobody a score that the queue hides from them.
    """
    for start in range(0, len(ids), CHUNK):
        with reading() as session:
            found = rows(session, ids[start : start + CHUNK])
            blind = blinding.hidden_among(session, viewer, [row.application.id for row in found])
            hidden = unseen(session, viewer, found)
            shown = [veiled(session, row, viewer) if row.application.id in blind else row for row in found]
            shown = [replace(row, scored=row.application.id not in hidden) for row in shown]
        yield shown


def unseen(session: Session, viewer: Editor, rows: Sequence[Row]) -> set[UUID]:
    """The applications whose reviews a viewer must not be swayed by yet."""
    ids = [row.application.id for row in rows]
    return reviewing.hidden_from(session, viewer.id, ids, fair_order.independent(session))


def veiled(session: Session, row: Row, viewer: Viewer) -> Row:
    call = loading.by_id(session, row.application.call_id).call
    documents = blinding.veiled_documents(row.documents, call, viewer.language)
    return replace(row, application=blinding.veiled(row.application, viewer.language), documents=documents)


def rows(session: Session, ids: Sequence[UUID]) -> list[Row]:
    people: dict[UUID | None, str] = {None: "", **dict(session.exec(select(Editor.id, Editor.name)).all())}
    found = {each.id: each for each in session.exec(select(Application).where(col(Application.id).in_(ids)))}
    tags: dict[UUID, dict[TagKind, list[str]]] = {key: {kind: [] for kind in TagKind} for key in found}
    statement = select(ApplicationTag).where(col(ApplicationTag.application_id).in_(ids))
    for tag in session.exec(statement.order_by(col(ApplicationTag.position), col(ApplicationTag.value))):
        tags[tag.application_id][tag.kind].append(tag.value)
    documents: dict[UUID, list[Document]] = {}
    drafts = [each.draft_id for each in found.values()]
    for document in session.exec(select(Document).where(col(Document.draft_id).in_(drafts)).order_by(col(Document.id))):
        documents.setdefault(document.draft_id, []).append(document)
    return [
        Row(
            found[key],
            tags[key],
            keeping.ordered(documents.get(found[key].draft_id, [])),
            people.get(found[key].assignee_id, ""),
        )
        for key in ids
        if key in found
    ]


COLUMNS = (
    *(
        "reference",
        "name",
        "latin_name",
        "pen_name",
        "email",
        "safe_contact",
        "country",
        "status",
        "turn",
        "turn_reason",
        "assignee",
    ),
    *("regions", "languages", "topics", "labels", "score", "reviews", "received_at", "active_at", "language"),
    *("about", "links", "keep", "documents"),
)


def table_row(row: Row) -> list[Cell]:
    """One line of a table; several values in a cell stand behind each other."""
    values = as_object(row)
    return [cell(values[name]) for name in COLUMNS]


def cell(value: Any) -> Cell:
    if isinstance(value, list):
        return ", ".join(str(each["name"] if isinstance(each, dict) else each) for each in value)
    return ("yes" if value else "") if isinstance(value, bool) else value


def as_object(row: Row) -> dict[str, Any]:
    """One application as JSON has it; names are those of the form and of the addresses of views."""
    application = row.application
    return {
        "reference": application.reference,
        "name": application.name,
        "latin_name": application.latin_name,
        "pen_name": application.pen_name,
        "email": application.email,
        "safe_contact": application.safe_contact,
        "country": application.country,
        "status": application.status.value,
        "turn": application.turn.value,
        "turn_reason": application.turn_reason,
        "assignee": row.assignee,
        "regions": row.tags[TagKind.REGION],
        "languages": row.tags[TagKind.LANGUAGE],
        "topics": row.tags[TagKind.TOPIC],
        "labels": row.tags[TagKind.LABEL],
        "score": application.score if row.scored else None,
        "reviews": application.reviews if row.scored else None,
        "received_at": moment(application.received_at),
        "active_at": moment(application.active_at),
        "language": application.language,
        "about": application.about,
        "links": application.links,
        "keep": application.keep,
        "answers": application.answers,
        "documents": [
            {
                "kind": each.kind.value,
                "name": each.name,
                "format": each.format.value,
                "size": each.size,
                "sha256": each.sha256,
                "words": each.words,
            }
            for each in row.documents
            if each.kind in ASKED_FOR or each.message_id is not None
        ],
    }


def moment(time: datetime) -> str:
    return time.isoformat(timespec="seconds")
