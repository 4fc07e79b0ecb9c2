"""Drafts, applicants, applications."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from app.applications.workflow import Status
from app.database import new_id, one_of, utcnow


class Turn(StrEnum):
    """Who has to act on an application."""

    US = "us"
    APPLICANT = "applicant"
    NOBODY = "nobody"


class Draft(SQLModel, table=True):
    """An application being made. It exists from its first kept field or received document on."""

    id: UUID = Field(default_factory=new_id, primary_key=True)
    key_hash: bytes = Field(unique=True)  # of the form's hidden `draft`
    call_id: UUID = Field(foreign_key="call.id")
    created_at: datetime = Field(default_factory=utcnow)
    expires_at: datetime = Field(index=True)
    fields: dict[str, list[str]] | None = Field(default=None, sa_type=sa.JSON(none_as_null=True))  # as typed
    saved_at: datetime | None = None
    source: str = Field(default="", max_length=40)  # see Application.source
    phrase_hash: bytes | None = Field(default=None, unique=True)  # of the words that open it, once asked for
    sealed_token: str | None = Field(default=None, sa_type=sa.Text)  # opened by these words alone


class Applicant(SQLModel, table=True):
    """The person, found again by address. Who writes from several has as many rows, all pointing to one of them."""

    id: UUID = Field(default_factory=new_id, primary_key=True)
    email_key: str = Field(unique=True, max_length=320)  # the address in one spelling
    same_as: UUID | None = Field(default=None, foreign_key="applicant.id", index=True)  # see desk/persons.py
    created_at: datetime = Field(default_factory=utcnow)


class Application(SQLModel, table=True):
    """A complete draft that was sent. Never changed by a form directly."""

    __table_args__ = (
        sa.Index("ix_application_status_id", "status", "id"),
        sa.Index("ix_application_assignee_id_id", "assignee_id", "id"),
        sa.Index("ix_application_turn_id", "turn", "id"),
        sa.Index("ix_application_overdue_due_at", "overdue", "due_at"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)  # UUIDv7: newest first is an order by id
    reference: str = Field(unique=True, max_length=24)  # said on the phone: CW-7K3M9Q
    secret_hash: bytes = Field(unique=True)  # of the private link; the link itself is not kept
    draft_id: UUID = Field(foreign_key="draft.id", unique=True)
    call_id: UUID = Field(foreign_key="call.id", index=True)
    applicant_id: UUID = Field(foreign_key="applicant.id", index=True)
    status: Status = Field(default=Status.RECEIVED, sa_type=one_of(Status))
    status_since: datetime = Field(default_factory=utcnow)
    version: int = Field(default=1)  # every change adds one; see desk/deciding.py
    assignee_id: UUID | None = Field(default=None, foreign_key="editor.id")
    received_at: datetime = Field(default_factory=utcnow)
    changed_at: datetime = Field(default_factory=utcnow)
    ended_at: datetime | None = None
    reason_key: str | None = Field(default=None, max_length=40)  # why it was declined; see desk/reasons.py

    # Derived, written by turns.settle() alone: what the queue is filtered and sorted by.
    turn: Turn = Field(default=Turn.US, sa_type=one_of(Turn))
    turn_reason: str = Field(default="unread", max_length=40)  # a key of turns.REASONS
    turn_since: datetime = Field(default_factory=utcnow)
    due_at: datetime | None = None  # by when whoever's turn it is should have acted
    overdue: bool = False  # that time is over; turns.mark_overdue() sees to it as time passes
    active_at: datetime = Field(default_factory=utcnow)  # of the last thing that anybody did
    read_at: datetime | None = None  # when the first editor opened it

    # Derived from the reviews, written by desk/scoring.settle() alone: what the queue is sorted by.
    score: float | None = None  # weighted mean, on the call's scale
    reviews: int = 0
    revealed_at: datetime | None = None  # since when a call's blind reviewers see who it is

    language: str = Field(max_length=8)  # the page's, and so the mails'
    name: str = Field(max_length=200)
    latin_name: str = Field(default="", max_length=200)
    pen_name: str = Field(default="", max_length=200)  # printed, and shown first at the desk
    email: str = Field(max_length=320)
    safe_contact: str = Field(default="", sa_type=sa.Text)  # how to be reached safely, in the person's own words
    country: str = Field(default="", max_length=2)
    about: str = Field(default="", sa_type=sa.Text)
    links: list[str] = Field(default_factory=list, sa_type=sa.JSON)
    answers: dict[str, Any] = Field(default_factory=dict, sa_type=sa.JSON)
    privacy_version: str = Field(max_length=20)  # which privacy page was agreed to
    keep: bool = False  # may stay in the pool of contributors
    erase_at: datetime | None = None  # when the applicant wants everything erased
    source: str = Field(default="", max_length=40)  # the word in the address by which the form was found

    @property
    def byline(self) -> str:
        """What the person is called where others may read along: the pen name, if there is one."""
        return self.pen_name or self.name


class PrivateLink(SQLModel, table=True):
    """A further private link of an application, for a mail or because the first was lost. Only its hash is kept."""

    __tablename__ = "private_link"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    application_id: UUID = Field(foreign_key="application.id", index=True)
    secret_hash: bytes = Field(unique=True)
    made_at: datetime = Field(default_factory=utcnow)


class TagKind(StrEnum):
    REGION = "region"
    TOPIC = "topic"
    LANGUAGE = "language"
    LABEL = "label"


class ApplicationTag(SQLModel, table=True):
    """One region, topic, language or label of an application."""

    __tablename__ = "application_tag"
    __table_args__ = (sa.Index("ix_application_tag_kind_value_application_id", "kind", "value", "application_id"),)

    application_id: UUID = Field(foreign_key="application.id", primary_key=True)
    kind: TagKind = Field(sa_type=one_of(TagKind), primary_key=True)
    value: str = Field(max_length=80, primary_key=True)
    position: int = Field(default=0)  # in the order given


class AskedFor(StrEnum):
    """What editors ask an applicant for."""

    DOCUMENT = "document"  # one of the call's documents, again
    CORRECTION = "correction"  # an answer in words
    TRIAL_PIECE = "trial_piece"


class Request(SQLModel, table=True):
    """Something that editors asked the applicant for, open until it is answered or no longer wanted."""

    __tablename__ = "request"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    application_id: UUID = Field(foreign_key="application.id", index=True)
    what: AskedFor = Field(sa_type=one_of(AskedFor))
    document_kind: str | None = Field(default=None, max_length=40)  # which document, when one is asked for
    text: str = Field(default="", sa_type=sa.Text)  # in the editor's words, as the applicant reads it
    topic: str = Field(default="", max_length=300)  # of a trial piece
    length: str = Field(default="", max_length=100)
    fee: str = Field(default="", max_length=100)
    due_at: datetime | None = None
    asked_by: UUID = Field(foreign_key="editor.id")
    asked_at: datetime = Field(default_factory=utcnow)
    answered_at: datetime | None = None
    cancelled_at: datetime | None = None


class Message(SQLModel, table=True):
    """One message between editors and applicant. Its attachments are documents that carry its id."""

    id: UUID = Field(default_factory=new_id, primary_key=True)
    application_id: UUID = Field(foreign_key="application.id", index=True)
    editor_id: UUID | None = Field(default=None, foreign_key="editor.id")  # none: the applicant wrote it
    request_id: UUID | None = Field(default=None, foreign_key="request.id")  # which request it makes or answers
    text: str = Field(sa_type=sa.Text)
    written_at: datetime = Field(default_factory=utcnow)
    shown_from: datetime = Field(default_factory=utcnow)  # an editor's can be taken back until then
    taken_back_at: datetime | None = None
    mail_id: UUID | None = Field(default=None, foreign_key="outgoing_mail.id", ondelete="SET NULL")
    read_at: datetime | None = None  # when the other side first saw it
    settled_at: datetime | None = None  # when an editor said that the applicant's needs no answer


class Reply(SQLModel, table=True):
    """An applicant's message while it is written: what has come for it waits in a draft of its own."""

    draft_id: UUID = Field(foreign_key="draft.id", primary_key=True, ondelete="CASCADE")
    application_id: UUID = Field(foreign_key="application.id", index=True)
    message_id: UUID | None = Field(default=None, foreign_key="message.id")  # what it became


class QueueEntry(SQLModel, table=True):
    """One value that an application can be looked for by, with everything that the queue is sorted by.

    Whatever is filtered and however it is sorted, a page of the queue is one range of one index. Written by
    applications/entries.py alone, whenever an application or its tags change.
    """

    __tablename__ = "queue_entry"
    __table_args__ = (
        sa.Index("ix_queue_entry_received", "facet", "value", "received", "application_id", "signs"),
        sa.Index("ix_queue_entry_active", "facet", "value", "active", "application_id", "signs"),
        sa.Index("ix_queue_entry_waiting", "facet", "value", "waiting", "application_id", "signs"),
        sa.Index("ix_queue_entry_score", "facet", "value", "score", "application_id", "signs"),
        {"sqlite_with_rowid": False},
    )

    application_id: UUID = Field(foreign_key="application.id", primary_key=True)
    facet: str = Field(max_length=20, primary_key=True)
    value: str = Field(max_length=80, primary_key=True)
    # Milliseconds since 1970, so that both databases compare and page on them alike.
    received: int = Field(sa_type=sa.BigInteger)
    active: int = Field(sa_type=sa.BigInteger)
    waiting: int = Field(sa_type=sa.BigInteger)  # since when; far in the future when nobody's turn it is
    score: int = Field(sa_type=sa.BigInteger)  # in thousandths; -1 without one
    signs: int = Field(sa_type=sa.BigInteger)  # of everything that the application can be looked for by
