"""Reviews: what editors think of an application, who was asked for it, and who keeps out of it."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, Session, SQLModel, col, select

from app.applications.models import Application
from app.calls.definition import CallDefinition
from app.database import new_id, one_of, utcnow


class Recommendation(StrEnum):
    STRONG_YES = "strong_yes"
    YES = "yes"
    UNSURE = "unsure"
    NO = "no"


class Review(SQLModel, table=True):
    """One editor's scores and opinion; there is one per editor and application."""

    __table_args__ = (sa.UniqueConstraint("application_id", "editor_id"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    application_id: UUID = Field(foreign_key="application.id")
    editor_id: UUID = Field(foreign_key="editor.id")
    scores: dict[str, int] = Field(default_factory=dict, sa_type=sa.JSON)  # criterion → score; none: no opinion
    recommendation: Recommendation | None = Field(default=None, sa_type=one_of(Recommendation))
    comment: str = Field(default="", sa_type=sa.Text)
    written_at: datetime = Field(default_factory=utcnow)
    changed_at: datetime = Field(default_factory=utcnow)


class AskState(StrEnum):
    OPEN = "open"
    ANSWERED = "answered"  # the review is there
    CANCELLED = "cancelled"  # whoever asked needs it no longer
    DECLINED = "declined"  # the editor reads the others' reviews without writing one


class ReviewRequest(SQLModel, table=True):
    """That an editor was asked for a review, by when, and what became of it."""

    __tablename__ = "review_request"
    __table_args__ = (
        sa.UniqueConstraint("application_id", "editor_id"),
        sa.Index("ix_review_request_editor_id_state_due_at", "editor_id", "state", "due_at"),
        sa.Index("ix_review_request_state_due_at", "state", "due_at"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    application_id: UUID = Field(foreign_key="application.id")
    editor_id: UUID = Field(foreign_key="editor.id")
    asked_by: UUID = Field(foreign_key="editor.id")
    state: AskState = Field(default=AskState.OPEN, sa_type=one_of(AskState))
    asked_at: datetime = Field(default_factory=utcnow)
    due_at: datetime = Field(default_factory=utcnow)
    reminded_at: datetime | None = None  # a day before
    overdue_told_at: datetime | None = None


class ConflictOfInterest(SQLModel, table=True):
    """That an editor keeps out of an application, and why. Taken back, the row goes; the trail remembers."""

    __tablename__ = "conflict_of_interest"
    __table_args__ = (sa.UniqueConstraint("application_id", "editor_id"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    application_id: UUID = Field(foreign_key="application.id")
    editor_id: UUID = Field(foreign_key="editor.id")
    reason: str = Field(max_length=200)
    declared_at: datetime = Field(default_factory=utcnow)


def missing_due(session: Session, application: Application) -> datetime | None:
    """By when the first of the reviews that were asked for and are missing should be there; none when none is."""
    statement = select(ReviewRequest.due_at).where(
        ReviewRequest.application_id == application.id, ReviewRequest.state == AskState.OPEN
    )
    return session.exec(statement.order_by(col(ReviewRequest.due_at)).limit(1)).first()


def names_shown(application: Application, call: CallDefinition) -> bool:
    """Whether everybody in the newsroom may know whose application it is: not before a blind review is lifted."""
    return not call.blind_reviews or application.revealed_at is not None
