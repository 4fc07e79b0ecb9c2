"""The outbox."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from app.database import new_id, one_of, utcnow
from app.jobs.models import Leased


class MailState(StrEnum):
    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"  # the server refused it for good, or it grew too old: a person must look
    TAKEN_BACK = "taken_back"


class OutgoingMail(Leased, table=True):
    """One message to one recipient. Its Message-ID never changes, so that a repeat can be recognised."""

    __tablename__ = "outgoing_mail"
    __table_args__ = (
        sa.Index("ix_outgoing_mail_state_due_at", "state", "due_at"),
        sa.Index("ix_outgoing_mail_state_id", "state", "id"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    message_id: str = Field(max_length=250, unique=True)
    kind: str = Field(max_length=40)  # which letter it is
    application_id: UUID | None = Field(default=None, foreign_key="application.id", index=True)
    draft_id: UUID | None = Field(default=None, foreign_key="draft.id", index=True)  # about a draft: no editor sees it
    language: str = Field(max_length=8)
    sender: str = Field(max_length=320)
    recipient: str = Field(max_length=320)
    reply_to: str | None = Field(default=None, max_length=320)
    thread: str | None = Field(default=None, max_length=250)
    subject: str = Field(max_length=300)
    text: str = Field(sa_type=sa.Text)
    html: str = Field(sa_type=sa.Text)
    sealed_link: str | None = Field(default=None, sa_type=sa.Text)  # the private link, only for the recipient's eyes
    state: MailState = Field(default=MailState.WAITING, sa_type=one_of(MailState))
    created_at: datetime = Field(default_factory=utcnow)
    sent_at: datetime | None = None
