"""What editors do in the conversation with an applicant: write, ask, take back. What applicants do: replying.py."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlmodel import Session

from app.applications import telling, thread, turns
from app.applications.models import Application, AskedFor, Message, Request
from app.applications.workflow import OPEN, Status
from app.audit import trail
from app.calls import loading
from app.calls.definition import CallDefinition
from app.database import utcnow
from app.documents.kinds import Kind
from app.mail import outbox
from app.settings import Settings
from app.web import days


class NotPossible(Exception):
    """There is nothing to say, nothing of the sort to ask for, or it is too late for it."""


@dataclass(frozen=True)
class Wanted:
    """What an editor asks for."""

    what: AskedFor
    document_kind: Kind | None = None
    topic: str = ""
    length: str = ""
    fee: str = ""
    due: date | None = None


def write(
    session: Session,
    application: Application,
    *,
    text: str,
    by: UUID,
    settings: Settings,
    subject: str = "",
    greeting: bool = True,
) -> Message:
    """Write to the applicant: thread, mail, trail. Raises NotPossible for nothing.

    `subject` is the editor's own; a text that greets by itself needs no further `greeting`.
    """
    if not text.strip():
        raise NotPossible("nothing to send")
    call = call_of(session, application)
    letter = telling.letter(application, call, text, subject=subject, greeting=greeting)
    mail = telling.to_applicant(session, letter, application, call=call, settings=settings)
    message = Message(
        application_id=application.id,
        editor_id=by,
        text=text.strip()[: thread.TEXT_LENGTH],
        shown_from=telling.leaves_at(settings),
        mail_id=mail.id,
    )
    session.add(message)
    trail.record(session, "message_sent", application=application.id, editor=by)
    turns.settle(session, application)
    return message


def ask(
    session: Session,
    application: Application,
    wanted: Wanted,
    *,
    text: str,
    by: UUID,
    settings: Settings,
    own_letter: tuple[str, str] | None = None,
    mail: bool = True,
) -> Message:
    """Ask the applicant for something: request, message, mail, trail. Raises NotPossible.

    `own_letter` is a decision's edited letter, subject and body, in place of ours.
    """
    call = call_of(session, application)
    check(application, wanted, text, call)
    request = Request(
        application_id=application.id,
        what=wanted.what,
        document_kind=wanted.document_kind,
        text=text.strip()[: thread.TEXT_LENGTH],
        topic=wanted.topic.strip(),
        length=wanted.length.strip(),
        fee=wanted.fee.strip(),
        due_at=days.end_of(wanted.due) if wanted.due else None,
        asked_by=by,
    )
    session.add(request)
    session.flush()
    message = Message(
        application_id=application.id,
        editor_id=by,
        request_id=request.id,
        text=request.text,
        shown_from=telling.leaves_at(settings),
    )
    if mail:
        subject, body = own_letter or ("", text)
        letter = telling.letter(application, call, body, request=request, subject=subject, greeting=own_letter is None)
        message.mail_id = telling.to_applicant(session, letter, application, call=call, settings=settings).id
    session.add(message)
    event = trail.record(session, "asked", application=application.id, editor=by, what=wanted.what.value)
    if wanted.document_kind:
        event.detail = event.detail | {"document": wanted.document_kind.value}
    turns.settle(session, application)
    return message


def check(application: Application, wanted: Wanted, text: str, call: CallDefinition) -> None:
    """Whether this can be asked for now. Raises NotPossible."""
    if wanted.what not in possible(application.status):
        raise NotPossible("not in this state")
    if wanted.what is AskedFor.DOCUMENT and wanted.document_kind not in {each.kind for each in call.documents}:
        raise NotPossible("the call asks for no such document")
    if wanted.what is AskedFor.CORRECTION and not text.strip():
        raise NotPossible("a correction in words needs words")
    if wanted.due and wanted.due < days.today():
        raise NotPossible("that day is over")


def possible(status: Status) -> list[AskedFor]:
    """What can be asked for in a state; a first trial piece goes with the move of that name."""
    if status not in OPEN:
        return []
    return [each for each in AskedFor if each is not AskedFor.TRIAL_PIECE or status is Status.TRIAL_PIECE]


def cancel(session: Session, application: Application, request_id: UUID, *, by: UUID, settings: Settings) -> None:
    """Ask no longer: the applicant is told if they know of it already. Raises NotPossible when it is not open."""
    request = session.get(Request, request_id)
    if request is None or request.application_id != application.id or request.answered_at or request.cancelled_at:
        raise NotPossible("not open")
    message = thread.message_of(session, request)
    if not (message and taken_back(session, message)):
        telling.no_longer_asked(session, application, request, call=call_of(session, application), settings=settings)
    close(session, application, request, by=by)


def close(session: Session, application: Application, request: Request, *, by: UUID) -> None:
    """Mark a request as no longer wanted, with its trace."""
    request.cancelled_at = utcnow()
    session.add(request)
    trail.record(session, "request_cancelled", application=application.id, editor=by, what=request.what.value)
    turns.settle(session, application)


def take_back(session: Session, application: Application, message_id: UUID, *, by: UUID) -> Message:
    """Take back an editor's message, and what it asks for, before its mail leaves. Raises NotPossible after that."""
    message = session.get(Message, message_id)
    if message is None or message.application_id != application.id or not taken_back(session, message):
        raise NotPossible("it has left")
    request = session.get(Request, message.request_id) if message.request_id else None
    if request:
        request.cancelled_at = utcnow()
        session.add(request)
    trail.record(session, "message_taken_back", application=application.id, editor=by)
    turns.settle(session, application)
    return message


def taken_back(session: Session, message: Message) -> bool:
    """Hold a message and its mail back; False when the applicant has it, or is getting it now."""
    if message.editor_id is None or message.taken_back_at or message.shown_from <= utcnow():
        return False
    if message.mail_id and not outbox.take_back(session, message.mail_id):
        return False
    message.taken_back_at = utcnow()
    session.add(message)
    return True


def settle(session: Session, application: Application, message_id: UUID, *, by: UUID) -> None:
    """The applicant's message needs no answer. Raises NotPossible for any other."""
    message = session.get(Message, message_id)
    if message is None or message.application_id != application.id or message.editor_id is not None:
        raise NotPossible("not the applicant's")
    message.settled_at = utcnow()
    session.add(message)
    trail.record(session, "message_settled", application=application.id, editor=by)
    turns.settle(session, application)


def call_of(session: Session, application: Application) -> CallDefinition:
    return loading.by_id(session, application.call_id).call
