"""The queue's index: for each application the values it is found by, kept in step with it at every commit.

What changes an application need not know: whatever was flushed in a transaction is written anew before it commits.
Statements that go past the session (`sa.update(Application)`) call touch().
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any
from uuid import UUID
from zlib import crc32

import sqlalchemy as sa
from sqlalchemy import event
from sqlmodel import Session, col, select

from app.applications.models import Application, ApplicationTag, QueueEntry, Turn
from app.applications.workflow import OPEN
from app.calls.models import Call

ALL = ("all", "")
NOBODY = "nobody"
NEVER = 2**53 - 1
HASHED = 45  # bits of the signs
# Those after them are the values of these, which are filtered by most. Signs are stored: add only at the end.
OWN_BITS = (
    *(("turn", value) for value in ("us", "applicant", "nobody")),
    *(("status", value) for value in ("open", "received", "in_review", "shortlisted", "trial_piece")),
    *(("status", value) for value in ("accepted", "contributor", "declined", "withdrawn")),
    ("overdue", "yes"),
)
UNSIGNED = ("all", "call", "assignee")  # said of nearly all, or by open_assignee
TOUCHED = "touched applications"

Pair = tuple[str, str]  # facet and value
Keys = dict[str, int]

# Other packages may find applications by more: functions that give further pairs.
FURTHER: list[Callable[[Session, Application], Iterable[Pair]]] = []


def touch(session: Session, application: UUID) -> None:
    """Have an application's entries written anew before this transaction commits."""
    session.info.setdefault(TOUCHED, {})[application] = None


def pairs(application: Application, *, call: str, tags: Iterable[Pair]) -> set[Pair]:
    """Everything that an application is found by, further pairs left out; `call` is the call's slug."""
    assignee = str(application.assignee_id or NOBODY)
    found = {
        ALL,
        ("turn", str(application.turn)),
        ("status", str(application.status)),
        ("assignee", assignee),
        ("call", call),
        *tags,
    }
    if application.status in OPEN:
        found |= {("status", "open"), ("open_assignee", assignee)}
    if application.overdue:
        found.add(("overdue", "yes"))
    return found


def keys(application: Application) -> Keys:
    """What an application is sorted by."""
    return {
        "received": milliseconds(application.received_at),
        "active": milliseconds(application.active_at),
        "waiting": NEVER if application.turn == Turn.NOBODY else milliseconds(application.turn_since),
        "score": -1 if application.score is None else round(application.score * 1000),
    }


def sign(pair: Pair) -> int:
    """Bits that every application with this facet and value has in its signs; few others have them all."""
    if pair[0] in UNSIGNED:
        return 0
    if pair in OWN_BITS:
        return 1 << HASHED + OWN_BITS.index(pair)
    number = crc32(":".join(pair).encode())
    return 1 << number % HASHED | 1 << number // HASHED % HASHED


def signs(pairs: Iterable[Pair]) -> int:
    """What tells, without looking, that an application is not found by some pair (a Bloom filter)."""
    found = 0
    for pair in pairs:
        found |= sign(pair)
    return found


def milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def write(session: Session, application: Application) -> None:
    """Bring the entries of one application in step with it."""
    wanted = wanted_pairs(session, application)
    sorted_by = keys(application) | {"signs": signs(wanted)}
    columns = (QueueEntry.facet, QueueEntry.value, *(getattr(QueueEntry, key) for key in sorted_by))
    mine = col(QueueEntry.application_id) == application.id
    rows = session.connection().execute(sa.select(*columns).where(mine)).all()
    there = {(row.facet, row.value) for row in rows}
    gone = there - wanted
    if gone:
        pair = sa.tuple_(col(QueueEntry.facet), col(QueueEntry.value))
        session.connection().execute(sa.delete(QueueEntry).where(mine, pair.in_(gone)))
    if any(tuple(row[2:]) != tuple(sorted_by.values()) for row in rows):
        session.connection().execute(sa.update(QueueEntry).where(mine).values(**sorted_by))
    if new := wanted - there:
        session.connection().execute(sa.insert(QueueEntry), [row_of(application.id, each, sorted_by) for each in new])


def wanted_pairs(session: Session, application: Application) -> set[Pair]:
    tags = session.exec(select(ApplicationTag).where(ApplicationTag.application_id == application.id))
    slug = session.exec(select(Call.slug).where(Call.id == application.call_id)).one()
    found = pairs(application, call=slug, tags=((str(tag.kind), tag.value) for tag in tags))
    return found.union(*(further(session, application) for further in FURTHER))


def row_of(application: UUID, pair: Pair, sorted_by: Keys) -> dict[str, Any]:
    return {"application_id": application, "facet": pair[0], "value": pair[1], **sorted_by}


@event.listens_for(Session, "after_flush")
def notice(session: Session, _context: object) -> None:
    """Remember what was flushed."""
    for each in (*session.new, *session.dirty, *session.deleted):
        if isinstance(each, Application):
            touch(session, each.id)
        elif isinstance(each, ApplicationTag):
            touch(session, each.application_id)


@event.listens_for(Session, "before_commit")
def write_touched(session: Session) -> None:
    """Write the entries of everything that was touched, in one order, so that two transactions cannot block."""
    session.flush()
    for key in sorted(session.info.pop(TOUCHED, {})):
        application = session.get(Application, key)
        if application is not None:
            write(session, application)
