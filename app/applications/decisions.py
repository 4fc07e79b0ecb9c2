"""Decisions as the applicant hears of them: which have been told, which can still be kept from leaving."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

from app.applications import thread
from app.applications.models import Application, Request
from app.applications.workflow import Status
from app.audit.models import Event
from app.database import utcnow
from app.mail import outbox
from app.mail.models import MailState, OutgoingMail
from app.settings import Settings


@dataclass(frozen=True)
class Told:
    """What the applicant may know of: the state, whether it came by mail; which decisions since then they may not."""

    status: Status
    mailed: bool
    untold: list[Event]  # the newest first


def told(session: Session, application: Application, *, settings: Settings) -> Told:
    """What was told by now.

    A decision that can still be taken back has not been made for the applicant, nor has one whose mail the next one
    held back; one whose mail is leaving has.
    """
    open_since = utcnow() - timedelta(minutes=settings.undo_minutes)
    status, held_back, untold = application.status, False, list[Event]()
    for event in session.exec(decided(application)):
        if event.detail.get("to") != status.value:
            continue  # it was taken back
        mail = mail_of(session, event)
        if (event.at <= open_since or has_left(mail)) and not held_back:
            return Told(status, mail is not None and mail.state is not MailState.TAKEN_BACK, untold)
        untold.append(event)
        status, held_back = Status(event.detail["from"]), "held_back" in event.detail
    return Told(status, False, untold)


def decided(application: Application) -> Any:
    """All decisions about an application, the newest first."""
    statement = select(Event).where(col(Event.application_id) == application.id, Event.kind == "decided")
    return statement.order_by(col(Event.id).desc())


def mail_of(session: Session, decision: Event) -> OutgoingMail | None:
    """The mail that tells of a decision, if any does."""
    mail = decision.detail.get("mail")
    return session.get(OutgoingMail, UUID(mail)) if mail else None


def has_left(mail: OutgoingMail | None) -> bool:
    """Whether a mail cannot be held back any more: it has gone, or is going now."""
    if mail is None or mail.state is MailState.TAKEN_BACK:
        return False
    return mail.state is not MailState.WAITING or (mail.leased_until is not None and mail.leased_until >= utcnow())


def newest(session: Session, application: Application) -> Event | None:
    found: Event | None = session.exec(decided(application).limit(1)).first()
    return found


def hold_back(session: Session, application: Application) -> str | None:
    """Take back the newest decision's mail, if it still waits, and what it asks for; of which move the mail was.

    Something else follows: the applicant must not get two mails that contradict each other. Older decisions' mails
    have left by now, or were held back by the next.
    """
    decision = newest(session, application)
    if decision is None:
        return None
    mail = decision.detail.get("mail")
    held = bool(mail) and outbox.take_back(session, UUID(mail))
    if held or not mail:
        no_longer_ask(session, decision, though_shown=held)
    return str(decision.detail["move"]) if held else None


def no_longer_ask(session: Session, decision: Event, *, though_shown: bool) -> None:
    """A decision is taken back: what it asked for is gone as well, if the applicant has not seen it."""
    if "request" not in decision.detail:
        return
    request = session.get_one(Request, UUID(decision.detail["request"]))
    message = thread.message_of(session, request)
    if though_shown or (message and message.shown_from > utcnow()):
        request.cancelled_at = utcnow()
        session.add(request)
        if message:
            message.taken_back_at = utcnow()
            session.add(message)
