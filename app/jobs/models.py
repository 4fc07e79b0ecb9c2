"""Work to be done after the answer, and the lease that all such rows share."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from app.database import new_id, one_of, utcnow


class Leased(SQLModel):
    """What a row needs so that one worker at a time may take it, and another takes over when that one died."""

    due_at: datetime = Field(default_factory=utcnow)
    leased_until: datetime | None = Field(default=None)
    attempts: int = Field(default=0)
    last_error: str | None = Field(default=None, max_length=1000)


class JobState(StrEnum):
    WAITING = "waiting"
    FAILED = "failed"


class Job(Leased, table=True):
    """One piece of work; the row goes when it is done and stays, failed, when a person must look."""

    __table_args__ = (sa.Index("ix_job_state_due_at", "state", "due_at"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    kind: str = Field(max_length=40)
    subject: str = Field(max_length=200)  # which row or object it is about
    key: str | None = Field(default=None, max_length=250, unique=True)  # at most one waiting job with this key
    state: JobState = Field(default=JobState.WAITING, sa_type=one_of(JobState))
    created_at: datetime = Field(default_factory=utcnow)
