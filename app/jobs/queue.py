"""The queue: rows written in the same transaction as the state they follow from."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import TypeVar
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from app.database import insert_new, lock_rows, utcnow
from app.jobs.models import Job, JobState, Leased

LEASE = timedelta(minutes=2)
MAX_ATTEMPTS = 8
EMPTY_JOURNAL = "empty_journal"  # asked for with whatever must leave no byte behind

Row = TypeVar("Row", bound=Leased)


def enqueue(session: Session, kind: str, subject: str, *, due_at: datetime | None = None, once: bool = False) -> None:
    """Ask for a piece of work. With `once`, a waiting job of the same kind and subject is enough."""
    job = Job(kind=kind, subject=subject, key=f"{kind}:{subject}" if once else None, due_at=due_at or utcnow())
    insert_new(session, Job, job.model_dump(), unique="key")


def claim(session: Session, table: type[Row], *waiting: sa.ColumnElement[bool], limit: int) -> Sequence[Row]:
    """Take up to `limit` due rows, oldest first, for LEASE; nobody else gets them until then."""
    now = utcnow()
    free = sa.or_(col(table.leased_until).is_(None), col(table.leased_until) < now)
    due = select(table).where(*waiting, col(table.due_at) <= now, free).order_by(col(table.due_at)).limit(limit)
    rows: Sequence[Row] = session.exec(lock_rows(due, skip_locked=True)).all()
    for row in rows:
        row.leased_until = now + LEASE
        session.add(row)
    return rows


def claim_job(session: Session, kinds: Collection[str]) -> Job | None:
    """The next due job of these kinds. Its key is free from now on: what is asked for while it runs comes after it."""
    waiting = (col(Job.state) == JobState.WAITING, col(Job.kind).in_(kinds))
    job = next(iter(claim(session, Job, *waiting, limit=1)), None)
    if job is not None:
        job.key = None
    return job


def hold(session: Session, job_id: UUID) -> None:
    """Keep a job that takes longer than LEASE."""
    session.connection().execute(sa.update(Job).where(col(Job.id) == job_id).values(leased_until=utcnow() + LEASE))


def finish(session: Session, job_id: UUID) -> None:
    session.exec(sa.delete(Job).where(col(Job.id) == job_id))


def postpone(session: Session, job_id: UUID, error: str) -> None:
    """Note why a job failed and when it is tried again; after MAX_ATTEMPTS it waits for a person."""
    job = session.get_one(Job, job_id)
    job.attempts += 1
    job.last_error = error[:1000]
    job.leased_until = None
    job.due_at = utcnow() + pause(job.attempts)
    if job.attempts >= MAX_ATTEMPTS:
        job.state = JobState.FAILED
    session.add(job)


def pause(attempts: int) -> timedelta:
    """How long to wait after the n-th failure: 10 s, doubling, an hour at most."""
    return min(timedelta(seconds=10 * 2 ** (attempts - 1)), timedelta(hours=1))
