"""What likely doubles are found by, and what editors said about them."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from app.database import new_id, one_of, utcnow


class TraitKind(StrEnum):
    ADDRESS = "address"  # the mailbox, whatever dots and tags it is written with
    NAME = "name"  # all words of the name, in one spelling, in any order
    NEAR_NAME = "near_name"  # parts of it, by which names that differ a little meet
    DOCUMENT = "document"  # a document's SHA-256
    TEXT = "text"  # one band of a text's signature


class Trait(SQLModel, table=True):
    """One thing that an application shares with its doubles, as a number: who has it, too, is one look-up away."""

    __table_args__ = (sa.Index("ix_trait_application_id", "application_id"), {"sqlite_with_rowid": False})

    kind: TraitKind = Field(sa_type=one_of(TraitKind), primary_key=True)
    key: int = Field(sa_type=sa.BigInteger, primary_key=True)
    application_id: UUID = Field(foreign_key="application.id", primary_key=True)


class TextSignature(SQLModel, table=True):
    """What remains of a document's text to compare it by; the text cannot be had back from it."""

    __tablename__ = "text_signature"

    application_id: UUID = Field(foreign_key="application.id", primary_key=True)
    sha256: str = Field(max_length=64, primary_key=True)  # of the document
    signature: bytes = Field(default=b"")  # empty: too short to say anything


class LikenessState(StrEnum):
    OPEN = "open"
    SAME = "same"  # an editor said: one person
    APART = "apart"  # an editor said: two, never to be proposed again


class Likeness(SQLModel, table=True):
    """Two applications that may come from one person, with the reasons, and what editors said."""

    __table_args__ = (sa.UniqueConstraint("first_id", "second_id"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    first_id: UUID = Field(foreign_key="application.id")  # the earlier one
    second_id: UUID = Field(foreign_key="application.id", index=True)
    reasons: dict[str, int] = Field(default_factory=dict, sa_type=sa.JSON)  # reason: how alike, in percent
    state: LikenessState = Field(default=LikenessState.OPEN, sa_type=one_of(LikenessState))
    found_at: datetime = Field(default_factory=utcnow)
    decided_by: UUID | None = Field(default=None, foreign_key="editor.id")
    decided_at: datetime | None = None
