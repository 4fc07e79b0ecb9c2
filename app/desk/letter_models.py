"""What letters are made of: templates with their wordings, and reasons for declining."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from app.database import new_id, utcnow


class LetterTemplate(SQLModel, table=True):
    """A letter that editors choose from. Its text is the wording with its number; earlier ones stay."""

    __tablename__ = "letter_template"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    kind: str = Field(max_length=40)  # a key of templates.KINDS
    call_id: UUID | None = Field(default=None, foreign_key="call.id")  # none: for all calls
    name: str = Field(max_length=100)
    standard: bool = False  # proposed first, in place of the built-in text
    number: int = Field(default=1)  # of the wording in force
    removed_at: datetime | None = None


class LetterWording(SQLModel, table=True):
    """One version of a template's text in the languages that it has. Only ever added to."""

    __tablename__ = "letter_wording"
    __table_args__ = (sa.UniqueConstraint("template_id", "number"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    template_id: UUID = Field(foreign_key="letter_template.id")
    number: int
    texts: dict[str, Any] = Field(sa_type=sa.JSON)  # language → {"subject": …, "body": …}
    written_by: UUID | None = Field(default=None, foreign_key="editor.id")
    written_at: datetime = Field(default_factory=utcnow)


class DeclineReason(SQLModel, table=True):
    """Why an application may be declined: for the editors only. Those without a label of their own: words.html."""

    __tablename__ = "decline_reason"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    key: str = Field(unique=True, max_length=40)
    call_id: UUID | None = Field(default=None, foreign_key="call.id")  # none: for all calls
    label: str = Field(default="", max_length=100)
    position: int = 0
    retired_at: datetime | None = None  # no longer offered; what it was given for keeps it
