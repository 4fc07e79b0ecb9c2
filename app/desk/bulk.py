"""Several applications at once, drafted: which they are, what is to be done, and the mail that each would get."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from app.accounts.models import Editor
from app.accounts.sessions import CurrentEditor
from app.applications import workflow
from app.applications.models import Application
from app.applications.workflow import Move, Status
from app.audit import trail
from app.calls import loading
from app.database import LARGEST, lock_rows, utcnow
from app.desk import blinding, reasons, templates
from app.desk.bulk_models import Bulk, BulkItem, BulkState, BulkWhat, ItemState
from app.mail import placeholders

LIMIT = 500  # applications in one bulk
PAGE = 25
# A trial piece is agreed on with each applicant: topic, length, fee, deadline.
MOVES = tuple(move for move, rule in workflow.RULES.items() if not rule.by_applicant and move != Move.ASK_TRIAL_PIECE)


class NothingChosen(Exception):
    """No application was chosen, or none that is still there."""


class NotDraft(Exception):
    """It is done, under way or discarded: no longer to be changed."""


class Unfinished(Exception):
    """Some mails are empty or have places that nobody has filled in."""


@dataclass(frozen=True)
class Row:
    """One application of a bulk as its page shows it."""

    item: BulkItem
    id: UUID  # of the application
    reference: str
    name: str
    latin_name: str
    pen_name: str
    safe_contact: str
    language: str
    status: Status
    stale: bool

    @property
    def open_places(self) -> str:
        return placeholders.shown(placeholders.to_fill(self.item.subject, self.item.body))


def letter_kind(bulk: Bulk) -> str | None:
    """Which kind of letter a bulk offers, if any."""
    if bulk.what is BulkWhat.MAIL:
        return templates.MESSAGE
    return workflow.RULES[Move(bulk.value)].letter if bulk.what is BulkWhat.MOVE else None


def make(session: Session, *, what: BulkWhat, value: str, chosen: Sequence[tuple[str, int]], by: UUID) -> Bulk:
    """A draft for applications given by reference and the version that was read. Raises NothingChosen, LookupError."""
    check(session, what, value)
    versions = dict(chosen[:LIMIT])
    found = session.exec(select(Application).where(col(Application.reference).in_(versions))).all()
    if not found:
        raise NothingChosen
    bulk = Bulk(what=what, value=value, made_by=by)
    bulk.with_mail = letter_kind(bulk) is not None
    session.add(bulk)
    session.flush()
    for application in found:
        session.add(new_item(bulk, application, versions[application.reference]))
    session.flush()
    write_mails(session, bulk)
    trail.record(session, "bulk_drafted", editor=by, what=what.value, number=str(len(found)))
    return bulk


def check(session: Session, what: BulkWhat, value: str) -> None:
    """Whether this can be done at all. Raises LookupError."""
    if what is BulkWhat.MOVE and value not in MOVES:
        raise LookupError("no such move")
    if what in (BulkWhat.ADD_LABEL, BulkWhat.REMOVE_LABEL) and not value.strip(" ,"):
        raise LookupError("a label needs words")
    if what is BulkWhat.ASSIGN and value:
        person = session.get(Editor, UUID(value))
        if person is None or person.disabled_at is not None:
            raise LookupError("no such editor")


def new_item(bulk: Bulk, application: Application, version: int) -> BulkItem:
    item = BulkItem(bulk_id=bulk.id, application_id=application.id, version=version)
    if bulk.what is BulkWhat.MOVE and application.status not in workflow.RULES[Move(bulk.value)].sources:
        item.state, item.why = ItemState.LEFT_OUT, "not_possible"
    return item


def write_mails(session: Session, bulk: Bulk, *, template: str = "") -> None:
    """Write each mail with a template; those that somebody has changed by hand stay as they are."""
    kind = letter_kind(bulk)
    if kind is None:
        return
    calls = {found.id: found.call for found in loading.everything(session)}
    rows = items_with_applications(session, bulk)
    maker = session.get_one(Editor, bulk.made_by).name
    choice = {key: templates.listing(session, kind=kind, call_id=key) for key in {a.call_id for _, a in rows}}

    def written(application: Application, wanted: str) -> tuple[str, str]:
        used = templates.pick(choice[application.call_id], wanted)
        call = calls[application.call_id]
        # Colleagues who review blind look through the draft, too: the name comes in when the letter is posted.
        blind = call.blind_reviews and application.revealed_at is None
        return templates.filled(used, kind, application, call, editor=maker, blind=blind)

    for item, application in rows:
        if not item.body or (item.subject, item.body) == written(application, bulk.template):
            item.subject, item.body = written(application, template)
            session.add(item)
    bulk.template = template
    session.add(bulk)


def items_with_applications(session: Session, bulk: Bulk) -> list[tuple[BulkItem, Application]]:
    statement = select(BulkItem, Application).join(Application, col(Application.id) == col(BulkItem.application_id))
    return list(session.exec(statement.where(BulkItem.bulk_id == bulk.id).order_by(col(BulkItem.id))))


def get(session: Session, bulk_id: UUID, *, for_update: bool = False) -> Bulk | None:
    statement = select(Bulk).where(Bulk.id == bulk_id)
    return session.exec(lock_rows(statement) if for_update else statement).first()


def draft(session: Session, bulk_id: UUID) -> Bulk:
    """A bulk that can still be changed, locked. Raises LookupError, NotDraft."""
    bulk = get(session, bulk_id, for_update=True)
    if bulk is None:
        raise LookupError("no such bulk")
    if bulk.state is not BulkState.DRAFT:
        raise NotDraft
    return bulk


def set_up(
    session: Session,
    bulk: Bulk,
    *,
    template: str,
    with_mail: bool,
    reason: str,
    reason_key: str,
) -> bool:
    """What holds for all of them: the template, whether mails go, and the reason.

    Whether mails would go now that were not on the page: in other words, or not shown at all.
    """
    before = bulk.with_mail
    bulk.with_mail = with_mail and letter_kind(bulk) is not None
    anew = bulk.with_mail and (template != bulk.template or not before)
    bulk.reason = reason.strip()
    known = {each.key for each in reasons.offered(session)}
    bulk.reason_key = reason_key if reason_key in known else None
    if template != bulk.template:
        write_mails(session, bulk, template=template)
    session.add(bulk)
    return anew


def item_of(session: Session, bulk: Bulk, item_id: UUID) -> BulkItem:
    """Raises LookupError."""
    item = session.get(BulkItem, item_id)
    if item is None or item.bulk_id != bulk.id:
        raise LookupError("no such item")
    return item


def keep_mails(session: Session, bulk: Bulk, mails: Iterable[tuple[UUID, str, str]]) -> None:
    """Keep mails as they stand on the page: item, subject, body. Raises LookupError."""
    for item_id, *words in mails:
        item = item_of(session, bulk, item_id)
        # What nobody has touched stays as the template wrote it, so that another template may write it anew.
        if tidy(*words) != tidy(item.subject, item.body):
            item.subject, item.body = tidy(*words)
            session.add(item)


def tidy(subject: str, body: str) -> tuple[str, str]:
    return " ".join(subject.split()), "\n".join(body.strip().splitlines())


def change_item(session: Session, bulk: Bulk, item_id: UUID, *, action: str) -> None:
    """Leave an application out, take it in again or as it is now. Raises LookupError."""
    item = item_of(session, bulk, item_id)
    if action == "leave_out":
        item.state, item.why = ItemState.LEFT_OUT, ""
    elif action in ("take_in", "as_it_is"):
        application = session.get_one(Application, item.application_id)
        item.version = application.version if action == "as_it_is" else item.version
        fresh = new_item(bulk, application, item.version)
        item.state, item.why = fresh.state, fresh.why
    session.add(item)


def discard(session: Session, bulk: Bulk, *, by: UUID) -> None:
    """Throw a draft away with its mails."""
    bulk.state, bulk.reason = BulkState.DISCARDED, ""
    session.add(bulk)
    session.exec(sa.delete(BulkItem).where(col(BulkItem.bulk_id) == bulk.id))
    trail.record(session, "bulk_discarded", editor=by, what=bulk.what.value)


def about(session: Session, application: UUID) -> list[Bulk]:
    """The bulks that an application is in, locked before their items as whoever discards one does."""
    theirs = select(BulkItem.bulk_id).where(BulkItem.application_id == application)
    return list(session.exec(lock_rows(select(Bulk).where(col(Bulk.id).in_(theirs)).order_by(col(Bulk.id)))))


def discard_empty(session: Session, bulks: Iterable[Bulk]) -> None:
    """Discard those of some bulks of which nothing is left: a reason was about somebody who has been erased."""
    for each in bulks:
        if session.exec(select(BulkItem.id).where(BulkItem.bulk_id == each.id).limit(1)).first() is None:
            each.state, each.reason = BulkState.DISCARDED, ""
            session.add(each)


def unfinished(session: Session, bulk: Bulk) -> list[UUID]:
    """The items whose mail cannot go as it is."""
    if not bulk.with_mail:
        return []
    statement = select(BulkItem).where(BulkItem.bulk_id == bulk.id, BulkItem.state == ItemState.WAITING)
    return [
        item.id
        for item in session.exec(statement)
        if not item.subject or not item.body or placeholders.to_fill(item.subject, item.body)
    ]


def rows(
    session: Session, bulk: Bulk, *, viewer: CurrentEditor, after: UUID | None = None, size: int = PAGE
) -> list[Row]:
    """One page of a bulk's applications, in the order in which they were chosen; one more when there are more."""
    statement = (
        select(BulkItem, Application)
        .join(Application, col(Application.id) == col(BulkItem.application_id))
        .where(BulkItem.bulk_id == bulk.id)
        .order_by(col(BulkItem.id))
        .limit(size + 1)
    )
    found = session.exec(statement.where(col(BulkItem.id) > after) if after else statement).all()
    listed = [row(item, application) for item, application in found]
    hidden = blinding.hidden_among(session, viewer, [each.id for each in listed])
    shown = [replace(each, safe_contact="") if each.id in hidden else each for each in listed]
    return blinding.veiled_rows(session, shown, viewer)


def row(item: BulkItem, application: Application) -> Row:
    return Row(
        item=item,
        id=application.id,
        reference=application.reference,
        name=application.name,
        latin_name=application.latin_name,
        pen_name=application.pen_name,
        safe_contact=application.safe_contact,
        language=application.language,
        status=application.status,
        stale=item.state is ItemState.WAITING and item.version != application.version,
    )


def numbers(session: Session, bulk: Bulk) -> dict[str, int]:
    """How many applications of a bulk are in each state."""
    state = col(BulkItem.state)
    statement = sa.select(state, sa.func.count()).where(col(BulkItem.bulk_id) == bulk.id).group_by(state)
    found = {key.value: number for key, number in session.connection().execute(statement)}
    return {each.value: found.get(each.value, 0) for each in ItemState}


def listing(session: Session, *, size: int = 50) -> list[tuple[Bulk, str, int]]:
    """The newest bulks with who made them and how many applications they are about; drafts first."""
    statement = (
        select(Bulk, Editor.name, sa.func.count(col(BulkItem.id)))
        .join(Editor, col(Editor.id) == col(Bulk.made_by))
        .join(BulkItem, col(BulkItem.bulk_id) == col(Bulk.id))
        .where(Bulk.state != BulkState.DISCARDED)
        .group_by(col(Bulk.id), col(Editor.name))
        .order_by(col(Bulk.state) != BulkState.DRAFT, col(Bulk.id).desc())
    )
    return list(session.exec(statement.limit(size)))


def can_undo(bulk: Bulk, *, within: timedelta) -> bool:
    """Whether the time for taking it all back is not over."""
    return bulk.state is BulkState.DONE and bulk.finished_at is not None and bulk.finished_at + within > utcnow()


def of_references(found: Iterable[str]) -> list[tuple[str, int]]:
    """References with versions as the queue's boxes send them: `CW-7K3M9Q:3`. Raises ValueError."""
    pairs = [each.rpartition(":") for each in found]
    chosen = [(reference, int(version)) for reference, _, version in pairs]
    if any(not 0 <= version <= LARGEST for _, version in chosen):
        raise ValueError("a version that no application has")
    return chosen
