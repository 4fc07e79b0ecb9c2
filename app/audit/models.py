"""The audit trail."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from app.database import new_id, utcnow


class Event(SQLModel, table=True):
    """One line of the audit trail: who did what to which application, when. Only ever added to."""

    id: UUID = Field(default_factory=new_id, primary_key=True)
    at: datetime = Field(default_factory=utcnow)
    kind: str = Field(max_length=40)
    actor: str = Field(max_length=16)  # applicant, editor or system
    editor_id: UUID | None = Field(default=None, foreign_key="editor.id")
    application_id: UUID | None = Field(default=None, foreign_key="application.id", index=True)
    detail: dict[str, str] = Field(default_factory=dict, sa_type=sa.JSON)
