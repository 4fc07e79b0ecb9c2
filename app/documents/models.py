"""What was received."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import pydantic
import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from app.database import new_id, one_of, utcnow
from app.documents.kinds import Format, Kind

PageNumber = Annotated[int, pydantic.Field(ge=1, le=100_000)]


class TextState(StrEnum):
    WAITING = "waiting"
    READ = "read"
    NO_TEXT = "no_text"
    UNREADABLE = "unreadable"


class PicturesState(StrEnum):
    WAITING = "waiting"
    MADE = "made"
    FAILED = "failed"


class Look(StrEnum):
    """How the deep look at a document ended. Originals in quarantine are handed out once an editor releases them."""

    WAITING = "waiting"
    CLEAN = "clean"
    QUARANTINED = "quarantined"
    RELEASED = "released"


class Document(SQLModel, table=True):
    """One file received for a draft. Its bytes lie in the storage under `storage_key`, which is ours alone."""

    id: UUID = Field(default_factory=new_id, primary_key=True)
    draft_id: UUID = Field(foreign_key="draft.id", index=True)
    kind: Kind = Field(sa_type=one_of(Kind))
    name: str = Field(max_length=255)  # as the sender called it, cleaned for showing
    format: Format = Field(sa_type=one_of(Format))
    size: int
    sha256: str = Field(max_length=64)
    storage_key: str = Field(max_length=64, unique=True)
    received_at: datetime = Field(default_factory=utcnow)
    message_id: UUID | None = Field(default=None, foreign_key="message.id", index=True)  # it came with this message
    text_state: TextState = Field(default=TextState.WAITING, sa_type=one_of(TextState))
    text: str = Field(default="", sa_type=sa.Text)
    pages: int | None = None
    words: int | None = None
    language: str = Field(default="", max_length=16)  # guessed from the text
    look: Look = Field(default=Look.WAITING, sa_type=one_of(Look))
    look_found: str = Field(default="", max_length=200)  # keys of what was found, with commas; see inside.py
    pictures_state: PicturesState = Field(default=PicturesState.WAITING, sa_type=one_of(PicturesState))
    pictures_failed: str = Field(default="", max_length=40)  # why
    # What it tells besides its text, for its sender before it is sent; none while nobody has looked. See metadata.py.
    tells: list[list[str]] | None = Field(default=None, sa_type=sa.JSON(none_as_null=True))

    @property
    def may_leave(self) -> bool:
        """Whether the original may be handed out to editors: it was examined, and is clean or released."""
        return self.look in (Look.CLEAN, Look.RELEASED)


class DocumentPage(SQLModel, table=True):
    """The picture of one page, and the words on it."""

    __tablename__ = "document_page"

    document_id: UUID = Field(foreign_key="document.id", primary_key=True)
    number: int = Field(primary_key=True)  # from 1
    storage_key: str = Field(max_length=64, unique=True)
    width: int
    height: int
    size: int
    sha256: str = Field(max_length=64)
    text: str = Field(default="", sa_type=sa.Text)


class ReadingPosition(SQLModel, table=True):
    """Where an editor was when last reading an application: which document, which page."""

    __tablename__ = "reading_position"

    editor_id: UUID = Field(foreign_key="editor.id", primary_key=True)
    application_id: UUID = Field(foreign_key="application.id", primary_key=True, index=True)
    document_id: UUID = Field(foreign_key="document.id", index=True)
    page: int = Field(default=1)
    at: datetime = Field(default_factory=utcnow)


class UploadState(StrEnum):
    OPEN = "open"
    DONE = "done"  # it has become a document
    REFUSED = "refused"


class Upload(SQLModel, table=True):
    """A document on its way in pieces. What came of it lies in the storage until it is whole."""

    id: UUID = Field(default_factory=new_id, primary_key=True)
    draft_id: UUID = Field(foreign_key="draft.id", index=True)
    secret_hash: bytes = Field(unique=True)  # of its address
    kind: Kind = Field(sa_type=one_of(Kind))
    name: str = Field(max_length=255)
    size: int = Field(sa_type=sa.BigInteger)
    modified: int | None = Field(default=None, sa_type=sa.BigInteger)  # as the sender's device says, to know it again
    received: int = Field(default=0, sa_type=sa.BigInteger)  # bytes that are durable
    storage_key: str = Field(max_length=64, unique=True)
    state: UploadState = Field(default=UploadState.OPEN, sa_type=one_of(UploadState))
    reason: str | None = Field(default=None, max_length=32)  # why it was refused: findings.Reason
    found: str | None = Field(default=None, max_length=60)  # what it was instead
    created_at: datetime = Field(default_factory=utcnow)
    expires_at: datetime = Field(index=True)
