"""Editors and applicant to each other: what was said and asked, as each side may see it."""

from collections import defaultdict
from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from app.accounts.models import Editor
from app.applications.models import Application, Message, Request
from app.applications.workflow import OPEN, Status
from app.database import utcnow
from app.documents.models import Document

TEXT_LENGTH = 5000  # of one message


@dataclass(frozen=True)
class Item:
    """One message of the thread: who wrote it, which request it makes or answers, what came with it."""

    message: Message
    writer: str
    request: Request | None
    documents: list[Document]

    @property
    def by_applicant(self) -> bool:
        return self.message.editor_id is None

    @property
    def can_be_taken_back(self) -> bool:
        return not self.by_applicant and self.message.shown_from > utcnow()


@dataclass(frozen=True)
class Conversation:
    items: list[Item]
    open: list[Request]
    taken_back: list[Message]  # for the desk: words that may be sent after all


def read(session: Session, application: Application, *, told: Status | None = None) -> Conversation:
    """The whole thread, oldest first, and what is open.

    For the applicant with the state that they were `told`: without what can still be taken back.
    """
    statement = select(Message).where(Message.application_id == application.id).order_by(col(Message.id))
    everything = session.exec(statement).all()
    now = utcnow()
    messages = [each for each in everything if not each.taken_back_at and (each.shown_from <= now or told is None)]
    requests = {each.id: each for each in of_application(session, application)}
    writers = dict(list(session.exec(select(Editor.id, Editor.name)))) if messages else {}
    documents = attachments(session, [message.id for message in messages])
    items = [
        Item(
            message,
            writers.get(message.editor_id, "") if message.editor_id else application.byline,
            requests.get(message.request_id) if message.request_id else None,
            documents[message.id],
        )
        for message in messages
    ]
    asked = {item.message.request_id for item in items if not item.by_applicant}
    waiting = [each for each in requests.values() if not each.answered_at and not each.cancelled_at]
    shown = waiting if told is None else [each for each in waiting if each.id in asked]
    taken_back = [each for each in everything if each.taken_back_at] if told is None else []
    return Conversation(items, shown if (told or application.status) in OPEN else [], taken_back)


def of_application(session: Session, application: Application) -> list[Request]:
    """Everything ever asked for, oldest first."""
    statement = select(Request).where(Request.application_id == application.id)
    return list(session.exec(statement.order_by(col(Request.id))))


def attachments(session: Session, messages: list[UUID]) -> dict[UUID, list[Document]]:
    """What came with each message."""
    found: dict[UUID, list[Document]] = defaultdict(list)
    if messages:
        statement = select(Document).where(col(Document.message_id).in_(messages)).order_by(col(Document.id))
        for document in session.exec(statement):
            assert document.message_id
            found[document.message_id].append(document)
    return found


def seen(session: Session, application: UUID, *, by_applicant: bool) -> None:
    """Note that one side has seen what the other wrote."""
    theirs = col(Message.editor_id).is_not(None) if by_applicant else col(Message.editor_id).is_(None)
    unread = sa.update(Message).where(col(Message.application_id) == application, col(Message.read_at).is_(None))
    session.exec(unread.where(theirs, col(Message.shown_from) <= utcnow()).values(read_at=utcnow()))


def has_unseen(conversation: Conversation, *, by_applicant: bool) -> bool:
    """Whether there is anything that one side has not seen yet."""
    now = utcnow()
    return any(
        item.by_applicant is not by_applicant and item.message.read_at is None and item.message.shown_from <= now
        for item in conversation.items
    )


def message_of(session: Session, request: Request) -> Message | None:
    """The message by which something was asked for."""
    statement = select(Message).where(Message.request_id == request.id, col(Message.editor_id).is_not(None))
    return session.exec(statement).first()
