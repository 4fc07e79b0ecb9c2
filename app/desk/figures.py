"""The numbers behind the overview: counted in SQL per call and week, kept as small rows.

Living applications are counted anew, all at once; of an erased one its own numbers are added for good. So the page
sums a few thousand rows whatever the length of the queue, and what was erased still counts, as nobody.
"""

from collections import Counter
from datetime import date, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from app.applications.models import Application, ApplicationTag, TagKind
from app.applications.workflow import Status
from app.audit.models import Event
from app.database import alone, days_between, reading, transaction, utcnow, week_of
from app.desk.figure_models import Figure, FigureCount
from app.jobs import queue
from app.web import days

COUNT = "count_figures"
COUNTING = 4276002  # of database.alone()
LIVE = 5000  # applications: as many are counted for every look at them (0.3 s, SQLite)
FRESH = timedelta(hours=1)  # more are counted by the worker, when the last count is older than this
DECIDED = (Status.ACCEPTED, Status.CONTRIBUTOR, Status.DECLINED)
TAKEN = (Status.ACCEPTED, Status.CONTRIBUTOR)
FIRST_DECISION = (Status.ACCEPTED.value, Status.DECLINED.value)
ANSWERS = ("message_sent", "asked")


class Key(NamedTuple):
    """What a number is about."""

    call_id: UUID
    week: date
    kind: str
    value: str = ""
    other: str = ""


Figures = Counter[Key]


def gather(session: Session, application: UUID | None = None) -> Figures:
    """The figures of all applications, or of one; of one at a cost that does not depend on the others."""
    found: Figures = Counter()
    only = [col(Application.id) == application] if application else []
    for kind, columns, statement in (*own_columns(), *tag_columns(), *times(session, application)):
        week = week_of(session, col(Application.received_at), days.clock_changes())
        grouped = statement.add_columns(col(Application.call_id), week, *columns, sa.func.count()).where(*only)
        for call_id, monday, *values, number in session.connection().execute(
            grouped.group_by(col(Application.call_id), week, *columns)
        ):
            found[Key(call_id, as_date(monday), kind, *map(str, values))] += number
    return found


def as_date(value: date | str) -> date:
    return date.fromisoformat(value) if isinstance(value, str) else value


Piece = tuple[str, list[Any], sa.Select[Any]]


def own_columns() -> list[Piece]:
    """What stands in the application itself."""
    names = {"status": Application.status, "country": Application.country, "source": Application.source}
    everybody = sa.select().select_from(Application)
    declined = everybody.where(col(Application.reason_key).is_not(None), col(Application.status) == Status.DECLINED)
    found: list[Piece] = [(kind, [col(column)], everybody) for kind, column in names.items()]
    return [*found, ("reason", [col(Application.reason_key)], declined)]


def tag_columns() -> list[Piece]:
    """Regions, languages, topics; regions and topics together, for all and for those taken."""
    tag, topic = aliased(ApplicationTag), aliased(ApplicationTag)
    tagged = sa.select().select_from(Application).join(tag, col(tag.application_id) == col(Application.id))
    kinds = (TagKind.REGION, TagKind.LANGUAGE, TagKind.TOPIC)
    found: list[Piece] = [(kind.value, [col(tag.value)], tagged.where(col(tag.kind) == kind)) for kind in kinds]
    places = tagged.join(topic, col(topic.application_id) == col(Application.id)).where(
        col(tag.kind) == TagKind.REGION, col(topic.kind) == TagKind.TOPIC
    )
    taken = col(Application.status).in_(TAKEN)
    return [
        *found,
        ("region_taken", [col(tag.value)], tagged.where(col(tag.kind) == TagKind.REGION, taken)),
        ("place", [col(tag.value), col(topic.value)], places),
        ("place_taken", [col(tag.value), col(topic.value)], places.where(taken)),
    ]


def times(session: Session, application: UUID | None) -> list[Piece]:
    """Whole days until the applicant first heard from an editor, and until the first decision."""
    to, mail = (col(Event.detail)[name].as_string() for name in ("to", "mail"))
    answered = sa.or_(col(Event.kind).in_(ANSWERS), sa.and_(col(Event.kind) == "decided", mail.is_not(None)))
    decided = sa.and_(col(Event.kind) == "decided", to.in_(FIRST_DECISION))
    whose = col(Event.application_id) == application if application else col(Event.application_id).is_not(None)
    found: list[Piece] = []
    for kind, happened, among in (
        ("answer_days", answered, sa.true()),
        ("decision_days", decided, col(Application.status).in_(DECIDED)),
    ):
        first = (
            sa.select(col(Event.application_id), sa.func.min(Event.at).label("at"))
            .where(happened, whose)
            .group_by(col(Event.application_id))
            .subquery()
        )
        joined = sa.select().select_from(Application).join(first, first.c.application_id == col(Application.id))
        found.append((kind, [days_between(session, col(Application.received_at), first.c.at)], joined.where(among)))
    return found


def count() -> None:
    """Count the living applications anew; what was erased stays."""
    with reading() as session:
        found = gather(session)
    with transaction() as session:
        alone(session, COUNTING)
        session.exec(sa.delete(Figure).where(col(Figure.gone).is_(False)))
        if rows := [key._asdict() | {"gone": False, "number": number} for key, number in found.items()]:
            session.connection().execute(sa.insert(Figure), rows)
        session.exec(sa.delete(FigureCount))
        session.add(FigureCount(counted_at=utcnow()))


def bury(session: Session, application: UUID) -> None:
    """Keep the numbers of an application that is about to be erased."""
    for key, number in gather(session, application).items():
        same = [getattr(Figure, name) == value for name, value in key._asdict().items()]
        row = session.exec(select(Figure).where(*same, col(Figure.gone).is_(True))).first()
        row = row or Figure(**key._asdict(), gone=True, number=0)
        row.number += number
        session.add(row)
    session.flush()


def last_count(session: Session) -> FigureCount | None:
    return session.exec(select(FigureCount)).first()


def are_few(session: Session) -> bool:
    """Whether the applications are few enough to be counted while somebody waits; asking costs no more with many."""
    one_more = sa.select(sa.literal(1)).select_from(Application).offset(LIVE).limit(1)
    return session.connection().execute(one_more).first() is None


def bring_up_to_date() -> None:
    """Before somebody looks: count now where that is quick or was never done, else have the worker do it."""
    with reading() as session:
        last, few = last_count(session), are_few(session)
    if last is None or few:
        count()
    elif last.counted_at + FRESH < utcnow():
        with transaction() as session:
            queue.enqueue(session, COUNT, "all", once=True)
