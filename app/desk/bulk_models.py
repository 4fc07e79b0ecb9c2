"""Several applications at once: what is to be done, and to which."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from app.database import new_id, one_of, utcnow


class BulkWhat(StrEnum):
    ASSIGN = "assign"
    ADD_LABEL = "add_label"
    REMOVE_LABEL = "remove_label"
    MOVE = "move"
    MAIL = "mail"


class BulkState(StrEnum):
    DRAFT = "draft"  # held back until somebody sends or discards it
    RUNNING = "running"
    DONE = "done"
    UNDOING = "undoing"
    DISCARDED = "discarded"


class ItemState(StrEnum):
    WAITING = "waiting"
    LEFT_OUT = "left_out"
    DONE = "done"
    STALE = "stale"  # somebody changed the application since it was chosen
    REFUSED = "refused"
    UNDONE = "undone"


class Bulk(SQLModel, table=True):
    """One thing to be done to several applications together."""

    id: UUID = Field(default_factory=new_id, primary_key=True)
    what: BulkWhat = Field(sa_type=one_of(BulkWhat))
    value: str = Field(default="", max_length=100)  # the editor's id, the label or the move
    reason: str = Field(default="", sa_type=sa.Text)  # for the editors only
    reason_key: str | None = Field(default=None, max_length=40)
    template: str = Field(default="", max_length=40)  # the letter that its mails were made from
    with_mail: bool = False
    state: BulkState = Field(default=BulkState.DRAFT, sa_type=one_of(BulkState))
    made_by: UUID = Field(foreign_key="editor.id")
    made_at: datetime = Field(default_factory=utcnow)
    started_by: UUID | None = Field(default=None, foreign_key="editor.id")
    finished_at: datetime | None = None


class BulkItem(SQLModel, table=True):
    """One application of a bulk, as it was when it was chosen; its mail only until it is in the outbox."""

    __tablename__ = "bulk_item"
    __table_args__ = (sa.UniqueConstraint("bulk_id", "application_id"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    bulk_id: UUID = Field(foreign_key="bulk.id")
    application_id: UUID = Field(foreign_key="application.id", index=True)
    version: int  # that was read; once it is done, the one that it left behind
    subject: str = Field(default="", max_length=200)
    body: str = Field(default="", sa_type=sa.Text)
    state: ItemState = Field(default=ItemState.WAITING, sa_type=one_of(ItemState))
    why: str = Field(default="", max_length=40)  # it was not done: a key of words.html
    event_id: UUID | None = None  # its event, or its message: what is undone
