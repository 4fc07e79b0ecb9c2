"""What editors add."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from app.database import new_id, one_of, utcnow


class Note(SQLModel, table=True):
    """Editors to editors; the applicant never sees it."""

    id: UUID = Field(default_factory=new_id, primary_key=True)
    application_id: UUID = Field(foreign_key="application.id", index=True)
    editor_id: UUID = Field(foreign_key="editor.id")
    text: str = Field(sa_type=sa.Text)
    written_at: datetime = Field(default_factory=utcnow)


class Mention(SQLModel, table=True):
    """An editor named in a note, and when they saw it."""

    __table_args__ = (sa.Index("ix_mention_editor_id_id", "editor_id", "id"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    note_id: UUID = Field(foreign_key="note.id", index=True)
    application_id: UUID = Field(foreign_key="application.id", index=True)
    editor_id: UUID = Field(foreign_key="editor.id")
    read_at: datetime | None = None


class SearchEntry(SQLModel, table=True):
    """The folded text of one application, under a rising number: what full-text search walks, newest first."""

    __tablename__ = "search_entry"

    id: int | None = Field(default=None, primary_key=True)
    application_id: UUID = Field(foreign_key="application.id", unique=True)
    text: str = Field(default="", sa_type=sa.Text)


class SavedView(SQLModel, table=True):
    """A view of the queue that an editor keeps under a name, for themselves or for everybody."""

    __tablename__ = "saved_view"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    editor_id: UUID = Field(foreign_key="editor.id", index=True)
    name: str = Field(max_length=60)
    query: str = Field(max_length=2000)  # what follows the question mark of the view's address
    shared: bool = Field(default=False, index=True)
    created_at: datetime = Field(default_factory=utcnow)


class DeskPreference(SQLModel, table=True):
    """How one editor likes the queue."""

    __tablename__ = "desk_preference"

    editor_id: UUID = Field(foreign_key="editor.id", primary_key=True)
    columns: str = Field(default="", max_length=300)  # keys with a comma between; empty: as the desk comes
    compact: bool = False
    start: str = Field(default="", max_length=40)  # a key of views.BUILT_IN or the id of a saved view


class Presence(SQLModel, table=True):
    """That an editor is reading an application, and from which view they came. No event; gone after a day."""

    application_id: UUID = Field(foreign_key="application.id", primary_key=True)
    editor_id: UUID = Field(foreign_key="editor.id", primary_key=True)
    until: datetime = Field(index=True)  # when it ends by itself, unless their page says that it is still open
    view: str | None = Field(default=None, sa_type=sa.Text)  # the query of the view


class ExportFormat(StrEnum):
    CSV = "csv"
    XLSX = "xlsx"
    JSON = "json"
    ZIP = "zip"


class ExportState(StrEnum):
    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"


class Export(SQLModel, table=True):
    """A view of the queue as a file: asked for at the desk, made by the worker, gone a day later."""

    __tablename__ = "export"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    editor_id: UUID = Field(foreign_key="editor.id", index=True)
    query: str = Field(max_length=4000)  # what follows the question mark of the view's address
    format: ExportFormat = Field(sa_type=one_of(ExportFormat))
    state: ExportState = Field(default=ExportState.WAITING, sa_type=one_of(ExportState))
    total: int | None = None  # how many applications; unknown until the worker has begun
    done: int = 0
    storage_key: str | None = Field(default=None, max_length=64)
    size: int = 0
    asked_at: datetime = Field(default_factory=utcnow)
    expires_at: datetime = Field(index=True)
