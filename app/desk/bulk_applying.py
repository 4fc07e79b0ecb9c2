"""Several applications at once, done: each in a transaction of its own, against the version that was chosen."""

from datetime import timedelta
from uuid import UUID

import structlog
from sqlmodel import Session, col, select

from app.applications import conversation, submission, workflow
from app.applications.models import Application, TagKind
from app.applications.workflow import Move
from app.audit import trail
from app.database import DatabaseAway, lock_rows, reading, transaction, utcnow
from app.desk import application_page, blinding, bulk, deciding, interests, reasons, undoing
from app.desk.bulk_models import Bulk, BulkItem, BulkState, BulkWhat, ItemState
from app.jobs import queue as jobs
from app.settings import Settings
from app.web.logs import fault

APPLY, UNDO = "bulk_apply", "bulk_undo"  # kinds of jobs
LEFT_OVER = timedelta(minutes=1)
AHEAD = timedelta(days=1)  # somebody is looking at the progress: before documents that wait to be drawn
AT_ONCE = 50  # up to so many are done before the answer, more by the worker

log = structlog.get_logger()


def start(session: Session, bulk_id: UUID, *, by: UUID) -> bool:
    """Let a draft be done; whether that is to be done at once, not by the worker.

    Raises LookupError, bulk.NotDraft, bulk.Unfinished.
    """
    started = bulk.draft(session, bulk_id)
    if bulk.unfinished(session, started):
        raise bulk.Unfinished
    started.state, started.started_by = BulkState.RUNNING, by
    session.add(started)
    number = bulk.numbers(session, started)["waiting"]
    trail.record(session, "bulk_started", editor=by, what=started.what.value, number=str(number))
    return at_once(session, APPLY, bulk_id, number)


def start_undo(session: Session, bulk_id: UUID, *, by: UUID, within: timedelta) -> bool:
    """Let all of it be taken back; whether at once. Raises LookupError, deciding.TooLate."""
    found = bulk.get(session, bulk_id, for_update=True)
    if found is None:
        raise LookupError("no such bulk")
    if not bulk.can_undo(found, within=within):
        raise deciding.TooLate
    found.state, found.started_by = BulkState.UNDOING, by
    session.add(found)
    trail.record(session, "bulk_undone", editor=by, what=found.what.value)
    return at_once(session, UNDO, bulk_id, bulk.numbers(session, found)["done"])


def at_once(session: Session, kind: str, bulk_id: UUID, number: int) -> bool:
    """Whether so few are to be done before the answer; the worker does many, and what a killed process left over."""
    few = number <= AT_ONCE
    jobs.enqueue(session, kind, str(bulk_id), due_at=utcnow() + LEFT_OVER if few else utcnow() - AHEAD, once=True)
    return few


def apply(bulk_id: str, settings: Settings) -> None:
    """Do what is still to be done of a bulk: a job of the worker, or a small one before the answer."""
    work_through(UUID(bulk_id), BulkState.RUNNING, ItemState.WAITING, settings)


def undo(bulk_id: str, settings: Settings) -> None:
    """Take back what can be taken back of a bulk."""
    work_through(UUID(bulk_id), BulkState.UNDOING, ItemState.DONE, settings)


def work_through(bulk_id: UUID, during: BulkState, waiting: ItemState, settings: Settings) -> None:
    """Take one item after the other, each locked in its own transaction: two workers never do the same one."""
    with reading() as session:
        found = bulk.get(session, bulk_id)
    if found is None or found.state is not during:  # a job that comes late: it was done, or is being undone
        return
    step = apply_item if during is BulkState.RUNNING else undo_item
    for item_id in waiting_items(bulk_id, waiting):
        try:
            with transaction() as session:
                step(session, bulk_id, item_id, settings)
        except DatabaseAway:
            raise
        except Exception as error:
            # One application that cannot be done must not hold up the others: it is told, and named on the page.
            log.error("bulk item failed", item=str(item_id), **fault(error))
            with transaction() as session:
                failed(session, item_id)
    with transaction() as session:
        finish(session, bulk_id, during)


def all_of(session: Session, made: Bulk, settings: Settings) -> None:
    """Do a started bulk in the transaction under way: where nobody else is at work, as for the demonstration."""
    for item in session.exec(select(BulkItem).where(BulkItem.bulk_id == made.id)).all():
        apply_item(session, made.id, item.id, settings)
    finish(session, made.id, BulkState.RUNNING)


def waiting_items(bulk_id: UUID, state: ItemState) -> list[UUID]:
    with reading() as session:
        statement = select(BulkItem.id).where(BulkItem.bulk_id == bulk_id, BulkItem.state == state)
        return list(session.exec(statement.order_by(col(BulkItem.id))))


def finish(session: Session, bulk_id: UUID, during: BulkState) -> None:
    found = bulk.get(session, bulk_id, for_update=True)
    if found and found.state is during:
        found.finished_at = found.finished_at or utcnow()
        found.state, found.reason = BulkState.DONE, ""
        session.add(found)


def failed(session: Session, item_id: UUID) -> None:
    if item := session.get(BulkItem, item_id):
        item.state, item.why = (ItemState.DONE if item.state is ItemState.DONE else ItemState.REFUSED), "failed"
        session.add(item)


def locked(session: Session, bulk_id: UUID, item_id: UUID, state: ItemState) -> tuple[BulkItem, Application] | None:
    """An item of a bulk with its application, both locked, if it is still in this state.

    The application first, as whoever erases it does: the other way round the two would wait for each other.
    """
    wanted = select(BulkItem).where(BulkItem.id == item_id, BulkItem.bulk_id == bulk_id, BulkItem.state == state)
    about = select(BulkItem.application_id).where(BulkItem.id == item_id, BulkItem.bulk_id == bulk_id)
    found = session.exec(about).first()
    application = session.exec(lock_rows(select(Application).where(Application.id == found))).first()
    item = session.exec(lock_rows(wanted)).first() if application else None
    return (item, application) if item and application else None


def apply_item(session: Session, bulk_id: UUID, item_id: UUID, settings: Settings) -> None:
    """Do it to one application, or note why not."""
    found = locked(session, bulk_id, item_id, ItemState.WAITING)
    if found is None:
        return
    item, application = found
    made = session.get_one(Bulk, bulk_id)
    try:
        if application.version != item.version:
            raise deciding.StaleVersion
        item.event_id = DOING[made.what](session, made, item, application, settings)
        item.state, item.version, item.subject, item.body = ItemState.DONE, application.version, "", ""
    except deciding.StaleVersion:
        item.state, item.why = ItemState.STALE, "stale"
    except (workflow.MoveNotAllowed, conversation.NotPossible, LookupError):
        item.state, item.why = ItemState.REFUSED, "not_possible"
    except interests.KeepsOut:
        item.state, item.why = ItemState.REFUSED, "conflict"
    session.add(item)


def who(made: Bulk) -> UUID:
    """In whose name it is done: who has sent it off."""
    return made.started_by or made.made_by


def assign(session: Session, made: Bulk, _item: BulkItem, application: Application, _settings: Settings) -> UUID:
    to = UUID(made.value) if made.value else None
    return deciding.assign(session, application, to=to, by=who(made), version=application.version).id


def label(session: Session, made: Bulk, _item: BulkItem, application: Application, _settings: Settings) -> UUID:
    there = submission.tags(session, application.id)[TagKind.LABEL]
    kept = [each for each in there if each.casefold() != made.value.casefold()]
    wanted = [*kept, made.value] if made.what is BulkWhat.ADD_LABEL else kept
    return deciding.label(session, application, labels=wanted, by=who(made), version=application.version).id


def move(session: Session, made: Bulk, item: BulkItem, application: Application, settings: Settings) -> UUID:
    key = reasons.known(session, made.reason_key, application.call_id) if made.reason_key else None
    event = deciding.decide(
        session,
        application,
        move=Move(made.value),
        by=who(made),
        version=application.version,
        reason=made.reason,
        reason_key=key,
    )
    event.detail = event.detail | {"bulk": str(made.id)}
    letter = (item.subject, item.body) if made.with_mail else None
    application_page.post_letter(session, application, event, letter, settings=settings)
    return event.id


def mail(session: Session, made: Bulk, item: BulkItem, application: Application, settings: Settings) -> UUID:
    subject, text = (blinding.with_name(each, application) for each in (item.subject, item.body))
    message = conversation.write(
        session, application, text=text, by=who(made), settings=settings, subject=subject, greeting=False
    )
    return message.id


DOING = {
    BulkWhat.ASSIGN: assign,
    BulkWhat.ADD_LABEL: label,
    BulkWhat.REMOVE_LABEL: label,
    BulkWhat.MOVE: move,
    BulkWhat.MAIL: mail,
}


def undo_item(session: Session, bulk_id: UUID, item_id: UUID, settings: Settings, *, by: UUID | None = None) -> None:
    """Take it back for one application while nothing else has happened to it, or note that it is too late."""
    found = locked(session, bulk_id, item_id, ItemState.DONE)
    if found is None:
        return
    item, application = found
    made = session.get_one(Bulk, bulk_id)
    try:
        within = timedelta(minutes=settings.undo_minutes)
        take_back(session, made, item, application, by=by or who(made), within=within)
        item.state, item.why = ItemState.UNDONE, ""
    except (deciding.StaleVersion, deciding.TooLate, conversation.NotPossible):
        item.why = "too_late"
    except interests.KeepsOut:
        item.why = "conflict"
    session.add(item)


def take_back(
    session: Session, made: Bulk, item: BulkItem, application: Application, *, by: UUID, within: timedelta
) -> None:
    """Raises deciding.StaleVersion, deciding.TooLate, conversation.NotPossible, interests.KeepsOut."""
    version = application.version
    if made.what is BulkWhat.MAIL:
        if item.event_id is None:
            raise deciding.TooLate
        conversation.take_back(session, application, item.event_id, by=by)
    elif made.what is BulkWhat.MOVE:
        event = deciding.can_take_back(session, application, within=within)
        if event is None or event.id != item.event_id:
            raise deciding.TooLate
        deciding.take_back(session, application, by=by, version=version, within=within)
    else:
        event = undoing.last(session, application, within=within)
        if event is None or event.id != item.event_id:
            raise deciding.TooLate
        undoing.undo(session, application, by=by, version=version, within=within)
