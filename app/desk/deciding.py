"""What editors do to an application. Each is one change: version checked, state changed, trail left, mail posted."""

from datetime import timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from app.accounts.models import Editor
from app.applications import decisions, submission, turns, workflow
from app.applications.models import Application, ApplicationTag, TagKind
from app.applications.workflow import ENDED, Move, Status
from app.audit import trail
from app.audit.models import Event
from app.database import lock_rows, utcnow
from app.desk import interests
from app.desk.models import Note
from app.jobs import queue as jobs
from app.mail import outbox
from app.mail.models import MailState

NOTE_LENGTH = 5000
LABEL_LENGTH = 40


class StaleVersion(Exception):
    """Somebody changed the application since it was read; nothing was done."""


class TooLate(Exception):
    """The decision's mail has left, or something else happened since: it cannot be taken back."""


def get(session: Session, reference: str, *, for_update: bool = False) -> Application | None:
    """One application by its reference."""
    statement = select(Application).where(Application.reference == reference)
    return session.exec(lock_rows(statement) if for_update else statement).first()


def change(application: Application, version: int) -> None:
    """Mark an application as changed. Raises StaleVersion if `version` is not the one that is there."""
    if application.version != version:
        raise StaleVersion
    application.version += 1
    application.changed_at = utcnow()


def enter(application: Application, status: Status) -> None:
    """Put an application into a state."""
    application.status, application.status_since = status, utcnow()
    application.ended_at = utcnow() if status in ENDED else None


def decide(
    session: Session,
    application: Application,
    *,
    move: Move,
    by: UUID,
    version: int,
    reason: str = "",
    reason_key: str | None = None,
) -> Event:
    """Move an application along the workflow; `reason_key` says why it is declined (reasons.py).

    Raises StaleVersion, workflow.MoveNotAllowed, interests.KeepsOut.
    """
    interests.keep_out(session, application, by)
    rule = workflow.rule(application.status, move)
    if rule.needs_reason and not reason.strip():
        raise workflow.MoveNotAllowed("a reason is needed")
    change(application, version)
    before, held_back = application.status, decisions.hold_back(session, application)
    enter(application, rule.target)
    application.reason_key = reason_key if rule.target is Status.DECLINED else None
    turns.settle(session, application)
    event = trail.record(
        session,
        "decided",
        application=application.id,
        editor=by,
        move=move.value,
        from_=before.value,
        to=rule.target.value,
    )
    if reason.strip():
        event.detail = event.detail | {"reason": reason.strip()[:NOTE_LENGTH]}
    if application.reason_key:
        event.detail = event.detail | {"reason_key": application.reason_key}
    if held_back:
        event.detail = event.detail | {"held_back": held_back}
    return event


def can_take_back(session: Session, application: Application, *, within: timedelta) -> Event | None:
    """The decision that may still be taken back: the newest one, its mail not gone, its time not over."""
    event = decisions.newest(session, application)
    if event is None:
        return None
    mail = decisions.mail_of(session, event)
    fresh = event.at + within > utcnow() and event.detail["to"] == application.status
    waiting = mail is None or (mail.state == MailState.WAITING and mail.leased_until is None)
    return event if fresh and waiting and "taken_back" not in event.detail else None


def take_back(session: Session, application: Application, *, by: UUID, version: int, within: timedelta) -> None:
    """Undo the newest decision and hold its mail back. Raises StaleVersion, TooLate, interests.KeepsOut."""
    interests.keep_out(session, application, by)
    event = can_take_back(session, application, within=within)
    if event is None:
        raise TooLate
    change(application, version)
    if (mail := event.detail.get("mail")) and not outbox.take_back(session, UUID(mail)):
        raise TooLate
    decisions.no_longer_ask(session, event, though_shown=True)
    enter(application, Status(event.detail["from"]))
    application.reason_key = None
    turns.settle(session, application)
    taken_back = trail.record(
        session,
        "taken_back",
        application=application.id,
        editor=by,
        move=event.detail["move"],
        to=application.status.value,
    )
    if held_back := event.detail.get("held_back"):
        taken_back.detail = taken_back.detail | {"held_back": held_back}


def assign(session: Session, application: Application, *, to: UUID | None, by: UUID, version: int) -> Event:
    """Give an application to an editor, or to nobody. Raises StaleVersion, LookupError for who is not there."""
    before = application.assignee_id
    person = give(session, application, to=to, version=version)
    return trail.record(
        session,
        "assigned",
        application=application.id,
        editor=by,
        to=person.name if person else "",
        before=str(before or ""),
        version=str(application.version),
    )


def give(session: Session, application: Application, *, to: UUID | None, version: int) -> Editor | None:
    """Set who has an application, without a trace; who it is."""
    person = session.get(Editor, to) if to else None
    if to and (person is None or person.disabled_at is not None):
        raise LookupError("no such editor")
    if to and interests.declared(session, application.id, to):
        raise LookupError("this editor keeps out of it")
    change(application, version)
    application.assignee_id = to
    turns.settle(session, application)
    return person


def label(session: Session, application: Application, *, labels: list[str], by: UUID, version: int) -> Event:
    """Set the labels of an application: at most 20, each up to LABEL_LENGTH characters. Raises StaleVersion."""
    before = submission.tags(session, application.id)[TagKind.LABEL]
    wanted = set_labels(session, application, labels, version=version)
    return trail.record(
        session,
        "labelled",
        application=application.id,
        editor=by,
        labels=", ".join(wanted),
        before=",".join(before),
        version=str(application.version),
    )


def set_labels(session: Session, application: Application, labels: list[str], *, version: int) -> list[str]:
    """Put these labels in place of those that are there, without a trace; which they are now."""
    wanted = sorted({" ".join(each.replace(",", " ").split())[:LABEL_LENGTH] for each in labels if each.strip(" ,")})[
        :20
    ]
    change(application, version)
    turns.settle(session, application)
    earlier = sa.delete(ApplicationTag).where(col(ApplicationTag.application_id) == application.id)
    session.exec(earlier.where(col(ApplicationTag.kind) == TagKind.LABEL))
    for value in wanted:
        session.add(ApplicationTag(application_id=application.id, kind=TagKind.LABEL, value=value))
    jobs.enqueue(session, submission.INDEX, str(application.id), once=True)
    return wanted


def write_note(session: Session, application: Application, *, text: str, by: UUID) -> Note:
    """Add a note; it needs no version, since notes stand beside each other."""
    note = Note(application_id=application.id, editor_id=by, text=text.strip()[:NOTE_LENGTH])
    session.add(note)
    turns.settle(session, application)
    trail.record(session, "noted", application=application.id, editor=by)
    return note


def notes(session: Session, application: UUID) -> list[tuple[Note, str]]:
    """Notes on an application with their writers' names, oldest first."""
    statement = select(Note, Editor.name).join(Editor, col(Editor.id) == col(Note.editor_id))
    return list(session.exec(statement.where(Note.application_id == application).order_by(col(Note.id))))


def decided_last(session: Session, by: UUID, *, within: timedelta) -> str | None:
    """The reference of what an editor decided last, if it can still be taken back."""
    # Ids rise with time: only the newest end of the trail is looked at.
    oldest = UUID(int=int((utcnow() - within).timestamp() * 1000) << 80)
    statement = (
        select(Application)
        .join(Event, col(Event.application_id) == col(Application.id))
        .where(Event.id > oldest, Event.kind == "decided", Event.editor_id == by)
    )
    for found in session.exec(statement.order_by(col(Event.id).desc()).limit(10)):
        event = can_take_back(session, found, within=within)
        if event is not None and event.editor_id == by:
            return str(found.reference)
    return None
