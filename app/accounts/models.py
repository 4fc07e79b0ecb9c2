"""Who may."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlmodel import Field, SQLModel

from app.database import new_id, one_of, utcnow


class Role(StrEnum):
    READER = "reader"
    EDITOR = "editor"
    ADMIN = "admin"


class Editor(SQLModel, table=True):
    """A person of the newsroom."""

    id: UUID = Field(default_factory=new_id, primary_key=True)
    email: str = Field(unique=True, max_length=320)  # folded to lower case
    name: str = Field(max_length=200)
    role: Role = Field(sa_type=one_of(Role))
    language: str = Field(default="en", max_length=8)
    keys: bool = Field(default=True)  # whether the desk answers to single keys (WCAG 2.1.4)
    password_hash: str | None = Field(default=None, max_length=300)
    disabled_at: datetime | None = None
    created_at: datetime = Field(default_factory=utcnow)


class EditorSession(SQLModel, table=True):
    """One signed-in browser; the cookie's value is not kept, only its SHA-256."""

    __tablename__ = "editor_session"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    token_hash: bytes = Field(unique=True)
    editor_id: UUID = Field(foreign_key="editor.id", index=True)
    created_at: datetime = Field(default_factory=utcnow)
    seen_at: datetime = Field(default_factory=utcnow)
    expires_at: datetime


class Invitation(SQLModel, table=True):
    """A one-time link that sets a password: for an editor who is known, or for the first one of all."""

    id: UUID = Field(default_factory=new_id, primary_key=True)
    token_hash: bytes = Field(unique=True)
    editor_id: UUID | None = Field(default=None, foreign_key="editor.id", index=True)  # none: makes the first editor
    expires_at: datetime


class Rate(SQLModel, table=True):
    """How often something was tried in a window of time, under a keyed hash that says nothing of who it was."""

    key: str = Field(primary_key=True, max_length=64)
    window_ends: datetime
    count: int = Field(default=1)
