"""Whose turn it is: the one place that says who has to act on an application, why, and by when."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlmodel import Session, col, select

from app.applications import reviews
from app.applications.models import Application, AskedFor, Message, Request, Turn
from app.applications.workflow import OPEN, Status
from app.calls import loading
from app.calls.definition import CallDefinition
from app.database import lock_rows, utcnow
from app.web import days

# Every reason, and whose turn it makes it. Words for them: templates/words.html.
REASONS: dict[str, Turn] = {
    "unread": Turn.US,  # nobody has opened it
    "new": Turn.US,  # opened, and nothing done yet
    "replied": Turn.US,  # the applicant wrote last
    "answered": Turn.US,  # what was asked for has come in
    "reviews_missing": Turn.US,  # colleagues were asked for a review that is not there
    "deciding": Turn.US,  # in review or on the shortlist, nothing is waited for
    "trial_piece_asked": Turn.APPLICANT,
    "document_asked": Turn.APPLICANT,
    "correction_asked": Turn.APPLICANT,
    "ended": Turn.NOBODY,
}
ASKED = {
    AskedFor.TRIAL_PIECE: "trial_piece_asked",
    AskedFor.DOCUMENT: "document_asked",
    AskedFor.CORRECTION: "correction_asked",
}
ANSWERED_WITHIN = timedelta(days=7)  # what an applicant has written


@dataclass(frozen=True)
class Settled:
    """Why it is whose turn, and by when they should have acted."""

    reason: str
    due_at: datetime | None = None


def settle(session: Session, application: Application) -> None:
    """Write down anew whose turn it is. Call it in the transaction of every change to an application."""
    session.flush()
    found = settled(session, application)
    now = utcnow()
    if REASONS[found.reason] != application.turn:  # another reason, as having been opened, is no new turn
        application.turn_since = now
    application.turn, application.turn_reason = REASONS[found.reason], found.reason
    application.due_at = found.due_at
    application.overdue = found.due_at is not None and found.due_at < now
    application.active_at = now
    session.add(application)


def opened(session: Session, application: Application) -> None:
    """An editor has opened it: from now on it is not unread."""
    if application.read_at is None:
        application.read_at = utcnow()
        settle(session, application)


def mark_overdue(session: Session, *, limit: int = 200) -> int:
    """Mark applications whose time has run out since it was last looked; how many. One step of the worker's errand."""
    late = select(Application).where(*late_unmarked()).order_by(col(Application.due_at)).limit(limit)
    found = session.exec(lock_rows(late, skip_locked=True)).all()
    for application in found:
        application.overdue = True
        session.add(application)
    return len(found)


def any_late(session: Session) -> bool:
    return session.exec(select(Application.id).where(*late_unmarked()).limit(1)).first() is not None


def late_unmarked() -> tuple[sa.ColumnElement[bool], ...]:
    return col(Application.overdue).is_(False), col(Application.due_at) < utcnow()


def settled(session: Session, application: Application) -> Settled:
    """Whose turn it is, from what is there: unanswered messages first, then open requests, then the state."""
    message = unanswered_message(session, application)
    if message is not None:
        reason = "answered" if message.request_id else "replied"
        return Settled(reason, days.end_of(days.day_of(message.written_at) + ANSWERED_WITHIN))
    request = open_request(session, application)
    if application.status in OPEN and request is not None:
        return Settled(ASKED[request.what], request.due_at)
    if application.status not in OPEN:
        return Settled("ended")
    call = loading.by_id(session, application.call_id).call
    due_at = days.end_of(answer_by(application.received_at, call))
    if application.status is Status.TRIAL_PIECE and not trial_piece_dealt_with(session, application):
        return Settled("trial_piece_asked")
    if (missing := reviews.missing_due(session, application)) is not None:
        return Settled("reviews_missing", min(missing, due_at))
    if application.status is Status.RECEIVED:
        return Settled("unread" if application.read_at is None else "new", due_at)
    return Settled("deciding", due_at)


def answer_by(received_at: datetime, call: CallDefinition) -> date:
    """The day by which the applicant hears from us."""
    return days.day_of(received_at) + timedelta(weeks=call.answer_within_weeks)


def open_request(session: Session, application: Application) -> Request | None:
    """The request that waits for the applicant, the one due first."""
    statement = select(Request).where(
        Request.application_id == application.id,
        col(Request.answered_at).is_(None),
        col(Request.cancelled_at).is_(None),
    )
    return session.exec(statement.order_by(col(Request.due_at), col(Request.id))).first()


def unanswered_message(session: Session, application: Application) -> Message | None:
    """What the applicant wrote last, unless an editor wrote after it, ended the application since, or set it aside."""
    statement = select(Message).where(Message.application_id == application.id, col(Message.taken_back_at).is_(None))
    last = session.exec(statement.order_by(col(Message.id).desc()).limit(1)).first()
    if last is None or last.editor_id is not None or last.settled_at is not None:
        return None
    decided = application.status not in OPEN and application.status_since > last.written_at
    return None if decided else last


def trial_piece_dealt_with(session: Session, application: Application) -> bool:
    """Whether one was asked for in this state and has come in or is no longer wanted."""
    statement = select(Request.id).where(
        Request.application_id == application.id,
        Request.what == AskedFor.TRIAL_PIECE,
        col(Request.asked_at) >= application.status_since,
        sa.or_(col(Request.answered_at).is_not(None), col(Request.cancelled_at).is_not(None)),
    )
    return session.exec(statement.limit(1)).first() is not None
