"""Full-text search over form and documents: what is indexed, and how it is found."""

from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, select

from app.applications import reviews, submission
from app.applications.models import Application, TagKind
from app.calls import loading
from app.database import Stretch, matching, transaction
from app.desk import folding
from app.desk.models import SearchEntry
from app.documents import keeping
from app.jobs import queue

# Where a search finds its rows, on what condition, and the number that orders them.
Place = tuple[sa.FromClause, sa.ColumnElement[bool], sa.ColumnElement[int]]


def index(application_id: str) -> None:
    """Write the searchable text of one application anew: a job of the worker."""
    with transaction() as session:
        application = session.get(Application, UUID(application_id))
        if application is None:
            return
        entry = session.exec(select(SearchEntry).where(SearchEntry.application_id == application.id)).first()
        entry = entry or SearchEntry(application_id=application.id)
        entry.text = text_of(session, application)
        session.add(entry)


def index_call(call_id: str) -> None:
    """Have every application of a call indexed anew: a job of the worker."""
    with transaction() as session:
        for application in session.exec(select(Application.id).where(Application.call_id == UUID(call_id))).all():
            queue.enqueue(session, submission.INDEX, str(application), once=True)


def text_of(session: Session, application: Application) -> str:
    """Everything that can be searched for in an application, folded."""
    tags = submission.tags(session, application.id)
    documents = keeping.all_of_draft(session, application.draft_id)
    person = [application.name, application.latin_name, application.pen_name, application.email]
    person += [application.safe_contact, *application.links]
    # Finding a name would tell whose application it is where that is to be hidden.
    may = reviews.names_shown(application, loading.by_id(session, application.call_id).call)
    parts = [*(person if may else []), application.reference, application.about]
    parts += [str(answer) for answer in application.answers.values()]
    parts += tags[TagKind.TOPIC] + tags[TagKind.LABEL]
    parts += [document.name for document in documents if may] + [document.text for document in documents]
    return folding.index_text(*(part for part in parts if part))


def found_by(session: Session, q: str, wanted: Stretch | None = None) -> Place | None:
    """Where a search finds its rows, on what condition, and the falling number that orders them.

    Of the rows that match those of the `wanted` stretch are found; without it, those that are joined to others.
    None when `q` holds nothing that could be searched for.
    """
    query = folding.parse_query(q)
    fts5, tsquery = folding.fts5(query), folding.tsquery(query)
    if fts5 is None or tsquery is None:
        return None
    return matching(session, fts5=fts5, tsquery=tsquery, wanted=wanted)


def number_of(session: Session, application: UUID) -> int | None:
    """The search number of an application: its place among the results of a search."""
    return session.exec(select(SearchEntry.id).where(SearchEntry.application_id == application)).first()
