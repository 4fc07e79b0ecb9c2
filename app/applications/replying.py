"""What applicants do in a conversation: write, answer what was asked for, send and replace documents.

While a message is written, what has come for it waits in a draft of its own, known by the token in the form's
address: an error costs nothing, and the same form sent twice makes one message.
"""

from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from app.applications import decisions, drafts, submission, telling, thread, turns
from app.applications.models import Application, AskedFor, Draft, Message, Reply, Request
from app.applications.workflow import OPEN, Status
from app.audit import trail
from app.calls import loading
from app.database import utcnow
from app.documents import keeping
from app.documents.kinds import ASKED_FOR, Format, Kind
from app.documents.models import Document
from app.documents.storage import Incoming
from app.jobs import queue
from app.settings import Settings

FILES_AT_ONCE = 5
# So that whoever holds one link cannot fill the disk.
MAX_DOCUMENTS = 60


class NoLongerAsked(Exception):
    """What is answered here was answered before, or is not wanted any more."""


class NotReplaceable(Exception):
    """The review has begun, and nobody has asked for this document."""


class NothingSent(Exception):
    """Neither words nor a document, or not the one that was asked for."""


class TooMany(Exception):
    """This application holds as many documents as it may."""


def lock(session: Session, application: Application, token: str) -> Reply:
    """The message being written under a token, made if it is new, locked until the transaction ends."""
    # The full stops keep such a key apart from every draft of an application (drafts.TOKEN).
    draft = drafts.lock(session, f"reply.{application.id}.{token}", application.call_id)
    reply = session.get(Reply, draft.id)
    if reply is None:
        reply = Reply(draft_id=draft.id, application_id=application.id)
        session.add(reply)
        session.flush()
    return reply


def stage(
    session: Session,
    application: Application,
    token: str,
    *,
    kind: Kind,
    name: str,
    form: Format,
    incoming: Incoming,
) -> bool:
    """Keep a document for the message being written; False when that was sent meanwhile. Raises TooMany."""
    reply = lock(session, application, token)
    if reply.message_id is not None:
        return False
    if number_of_documents(session, application) >= MAX_DOCUMENTS:
        raise TooMany
    waiting = keeping.all_of_draft(session, reply.draft_id)
    for earlier in waiting:
        # The same file chosen again after an error, or another one in its place.
        if (kind is Kind.ATTACHMENT and earlier.sha256 == incoming.sha256 and earlier.name == name) or (
            kind is not Kind.ATTACHMENT and earlier.kind is kind
        ):
            keeping.remove(session, earlier)
    keeping.put(session, draft=reply.draft_id, kind=kind, name=name, form=form, incoming=incoming)
    return True


def number_of_documents(session: Session, application: Application) -> int:
    """How many documents an application holds, those of messages being written too."""
    own = select(Reply.draft_id).where(col(Reply.application_id) == application.id)
    counted = select(sa.func.count()).select_from(Document)
    return session.exec(
        counted.where(sa.or_(col(Document.draft_id) == application.draft_id, col(Document.draft_id).in_(own)))
    ).one()


def staged(session: Session, application: Application, token: str) -> list[Document]:
    """What has come for a message that is being written."""
    draft = drafts.find(session, f"reply.{application.id}.{token}", application.call_id)
    reply = session.get(Reply, draft.id) if draft else None
    return keeping.all_of_draft(session, reply.draft_id) if reply and reply.message_id is None else []


def unsent(session: Session, application: Application) -> list[Document]:
    """Everything that waits in messages being written."""
    replies = select(Reply.draft_id).where(Reply.application_id == application.id)
    return list(session.exec(select(Document).where(col(Document.draft_id).in_(replies)).order_by(col(Document.id))))


def send(
    session: Session, application: Application, token: str, *, text: str, answers: UUID | None, settings: Settings
) -> Message:
    """Make a message of what was written and sent, or find the one that it has become.

    Raises NoLongerAsked, NothingSent.
    """
    reply = lock(session, application, token)
    if reply.message_id is not None:
        return session.get_one(Message, reply.message_id)
    told = decisions.told(session, application, settings=settings).status
    request = open_request(session, application, answers, told=told) if answers else None
    documents = keeping.all_of_draft(session, reply.draft_id)
    check(text, documents, request)
    message = Message(
        application_id=application.id,
        request_id=request.id if request else None,
        text=text.strip()[: thread.TEXT_LENGTH],
    )
    session.add(message)
    session.flush()
    reply.message_id = message.id
    for document in documents:
        arrive(session, application, document, message=message, wanted=kind_of(request))
    if request:
        request.answered_at = utcnow()
        session.add(request)
        trail.record(
            session, "request_answered", application=application.id, by_applicant=True, what=request.what.value
        )
    else:
        trail.record(session, "message_received", application=application.id, by_applicant=True)
    changed(session, application)
    call = loading.by_id(session, application.call_id).call
    telling.reply(session, application, message, documents, call=call, settings=settings)
    return message


def open_request(session: Session, application: Application, request_id: UUID, *, told: Status) -> Request:
    """A request that the applicant may answer now. Raises NoLongerAsked."""
    shown = thread.read(session, application, told=told).open
    found = next((request for request in shown if request.id == request_id), None)
    if found is None:
        raise NoLongerAsked
    return found


def kind_of(request: Request | None) -> Kind | None:
    """The kind of document that a request wants, if it wants one."""
    if request is None or request.what is AskedFor.CORRECTION:
        return None
    return Kind(request.document_kind) if request.document_kind else Kind.TRIAL_PIECE


def check(text: str, documents: list[Document], request: Request | None) -> None:
    """Whether there is what is needed. Raises NothingSent."""
    wanted = kind_of(request)
    if wanted and wanted not in {document.kind for document in documents}:
        raise NothingSent
    if request and request.what is AskedFor.CORRECTION and not text.strip():
        raise NothingSent
    if not text.strip() and not documents:
        raise NothingSent


def arrive(
    session: Session, application: Application, document: Document, *, message: Message | None, wanted: Kind | None
) -> None:
    """A document becomes part of the application; one that the call asks for takes the place of the earlier one."""
    if document.kind is not wanted:
        document.kind = Kind.ATTACHMENT
    elif wanted in ASKED_FOR:
        for earlier in keeping.of_draft(session, application.draft_id):
            if earlier.kind is wanted:
                keeping.remove(session, earlier)
        trail.record(session, "document_replaced", application=application.id, by_applicant=True, document=wanted.value)
    document.draft_id = application.draft_id
    document.message_id = message.id if message else None
    document.tells = None
    session.add(document)
    queue.enqueue(session, keeping.READ_TEXT, str(document.id))
    queue.enqueue(session, submission.INDEX, str(application.id), once=True)


def replaceable(told: Status, kind: Kind, requests: list[Request]) -> bool:
    """Whether the applicant may replace a document in the state that was told: until the review, or when asked."""
    asked = any(kind_of(request) is kind for request in requests)
    return told in OPEN and (told is Status.RECEIVED or asked)


def replace(session: Session, application: Application, token: str, *, settings: Settings) -> None:
    """Put what has come under a token in place of the earlier documents. Raises NotReplaceable, NothingSent."""
    reply = lock(session, application, token)
    documents = keeping.all_of_draft(session, reply.draft_id)
    told = decisions.told(session, application, settings=settings).status
    requests = thread.read(session, application, told=told).open
    if not documents:
        raise NothingSent
    if not all(replaceable(told, document.kind, requests) for document in documents):
        raise NotReplaceable
    for document in documents:
        asking = next((request for request in requests if kind_of(request) is document.kind), None)
        if asking:
            send(session, application, token, text="", answers=asking.id, settings=settings)
            return
        arrive(session, application, document, message=None, wanted=document.kind)
    changed(session, application)


def drop(session: Session, application: Application, token: str, document_id: str) -> None:
    """Take one document out of the message that is being written."""
    for document in staged(session, application, token):
        if str(document.id) == document_id:
            keeping.remove(session, document)


def forget(session: Session, application: Application, token: str) -> None:
    """Let go of what has come under a token and was not taken."""
    for document in staged(session, application, token):
        keeping.remove(session, document)


def erase(session: Session, application: Application) -> None:
    """Remove every message being written, with what has come for it; those sent stay, without their token."""
    replies = session.exec(select(Reply).where(Reply.application_id == application.id)).all()
    for document in unsent(session, application):
        keeping.remove(session, document)
    session.flush()
    session.exec(sa.delete(Reply).where(col(Reply.application_id) == application.id))
    session.exec(sa.delete(Draft).where(col(Draft.id).in_([reply.draft_id for reply in replies])))


def changed(session: Session, application: Application) -> None:
    """Editors who look at the application now are to see this before they decide."""
    application.version += 1
    application.changed_at = utcnow()
    turns.settle(session, application)
