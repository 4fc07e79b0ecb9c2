"""The person behind an application: other applications, likely doubles; editors say who is one person, who is not."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, select

from app.accounts.sessions import CurrentEditor
from app.applications import turns
from app.applications.models import Applicant, Application
from app.applications.workflow import Status
from app.audit import trail
from app.audit.models import Event
from app.desk import blinding, deciding, doubles, persons
from app.desk.people_models import Likeness, LikenessState

SHOWN = 20


class NoSuchApplication(Exception):
    """No application has this reference, or it is the very same one."""


class SameAddress(Exception):
    """Both applications came from one address: they are one person's, whatever is said."""


@dataclass(frozen=True)
class Other:
    """Another application, as the page shows it beside the one that is read."""

    reference: str
    name: str
    latin_name: str
    pen_name: str
    email: str
    status: Status
    received_at: datetime
    joined: bool = False  # from another address: it can be split again
    reasons: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class People:
    mine: list[Other] = field(default_factory=list)  # the same person's, newest first
    likely: list[Other] = field(default_factory=list)  # likely doubles, the strongest reasons first
    apart: list[Other] = field(default_factory=list)  # kept apart on purpose

    def __bool__(self) -> bool:
        return bool(self.mine or self.likely or self.apart)


def shown(session: Session, application: Application, viewer: CurrentEditor) -> People:
    """Everything about the person behind an application; at most SHOWN of each kind.

    What the viewer must not know the persons of is left out: it would tell who they are.
    """
    person = persons.addresses(session, application.applicant_id)
    mine = select(Application).where(col(Application.applicant_id).in_(person), Application.id != application.id)
    pairs = persons.pairs(session, persons.applications(session, application.applicant_id))
    hidden = blinding.hidden_among(
        session, viewer, [each for pair in pairs for each in (pair.first_id, pair.second_id)]
    )
    pairs = [pair for pair in pairs if not {pair.first_id, pair.second_id} & hidden]
    others = list(session.exec(mine.order_by(col(Application.id).desc()).limit(SHOWN)))
    hidden = blinding.hidden_among(session, viewer, [each.id for each in others])
    apart = strangers(session, [pair for pair in pairs if pair.state is LikenessState.APART], person)
    likely = strangers(session, [pair for pair in pairs if pair.state is LikenessState.OPEN], person)
    return People(
        mine=[
            other(each, joined=each.applicant_id != application.applicant_id)
            for each in others
            if each.id not in hidden
        ],
        likely=sorted((likely[who] for who in likely if who not in apart), key=by_strength)[:SHOWN],
        apart=sorted(apart.values(), key=by_strength)[:SHOWN],
    )


def strangers(session: Session, pairs: list[Likeness], person: list[UUID]) -> dict[UUID, Other]:
    """The other persons of some pairs: each once, by the newest application that resembles, with all reasons."""
    ids = {each for pair in pairs for each in (pair.first_id, pair.second_id)}
    wanted = select(Application, Applicant).join(Applicant).where(col(Application.id).in_(ids))
    rows = {each.id: (each, who.same_as or who.id) for each, who in session.exec(wanted)}
    newest: dict[UUID, Application] = {}
    reasons: dict[UUID, dict[str, int]] = {}
    for pair in pairs:
        for one, who in (rows[pair.first_id], rows[pair.second_id]):
            if one.applicant_id not in person:
                newest[who] = max(newest.get(who, one), one, key=lambda each: each.id)
                reasons[who] = pair.reasons | reasons.get(who, {})
    return {who: other(newest[who], reasons=ordered(reasons[who])) for who in newest}


def by_strength(other: "Other") -> tuple[int, int]:
    return doubles.strength(other.reasons)


def ordered(reasons: dict[str, int]) -> dict[str, int]:
    return {reason: reasons[reason] for reason in doubles.REASONS if reason in reasons}


def other(application: Application, *, joined: bool = False, reasons: dict[str, int] | None = None) -> Other:
    return Other(
        reference=application.reference,
        name=application.name,
        latin_name=application.latin_name,
        pen_name=application.pen_name,
        email=application.email,
        status=application.status,
        received_at=application.received_at,
        joined=joined,
        reasons=reasons or {},
    )


def named(session: Session, events: Iterable[Event], viewer: CurrentEditor) -> dict[str, str]:
    """The references that events about persons speak of, by their ids; without those the viewer must not connect."""
    ids = {UUID(event.detail["other"]) for event in events if event.kind in persons.EVENTS and "other" in event.detail}
    hidden = blinding.hidden_among(session, viewer, ids)
    found = session.exec(select(Application.id, Application.reference).where(col(Application.id).in_(ids - hidden)))
    return {str(key): reference for key, reference in found}


def second(session: Session, application: Application, reference: str, viewer: CurrentEditor) -> Application:
    """The other application that an editor means; both must be open to them. Raises NoSuchApplication."""
    found = deciding.get(session, reference.strip().upper())
    if found is None or found.id == application.id:
        raise NoSuchApplication
    if blinding.hidden_among(session, viewer, [application.id, found.id]):
        raise NoSuchApplication
    return found


def merge(session: Session, application: Application, *, reference: str, by: CurrentEditor, version: int) -> None:
    """Say that two applications come from one person. Raises StaleVersion, NoSuchApplication."""
    another = second(session, application, reference, by)
    deciding.change(application, version)
    persons.lock(session, application.applicant_id, another.applicant_id)
    mine, theirs = (persons.applications(session, each.applicant_id) for each in (application, another))
    persons.write(session, application.id, another.id, reasons={}, state=LikenessState.SAME, by=by.id)
    persons.settle(session, mine, theirs, state=LikenessState.SAME, by=by.id)
    persons.join(session, application.applicant_id, another.applicant_id)
    note(session, "person_merged", application, another, by=by.id)


def split(session: Session, application: Application, *, reference: str, by: CurrentEditor, version: int) -> None:
    """Say that they are two after all; they are not proposed again. Raises StaleVersion, SameAddress."""
    another = second(session, application, reference, by)
    deciding.change(application, version)
    if another.applicant_id == application.applicant_id:
        raise SameAddress
    persons.lock(session, application.applicant_id, another.applicant_id)
    if persons.root(session, application.applicant_id) == persons.root(session, another.applicant_id):
        leaving = persons.part(session, application.applicant_id, another.applicant_id)
        staying = another.applicant_id if leaving == application.applicant_id else application.applicant_id
        keep_distinct(session, leaving, staying, by=by.id)
    note(session, "person_split", application, another, by=by.id)


def keep_apart(session: Session, application: Application, *, reference: str, by: CurrentEditor, version: int) -> None:
    """Say that a likely double is somebody else; it is never proposed again. Raises StaleVersion, SameAddress."""
    another = second(session, application, reference, by)
    deciding.change(application, version)
    if another.applicant_id in persons.addresses(session, application.applicant_id):
        raise SameAddress
    persons.write(session, application.id, another.id, reasons={}, state=LikenessState.APART, by=by.id)
    keep_distinct(session, application.applicant_id, another.applicant_id, by=by.id)
    note(session, "person_kept_apart", application, another, by=by.id)


def keep_distinct(session: Session, one: UUID, other: UUID, *, by: UUID) -> None:
    """Mark every pair between two persons as kept apart."""
    mine, theirs = persons.applications(session, one), persons.applications(session, other)
    persons.settle(session, mine, theirs, state=LikenessState.APART, by=by)


def note(session: Session, kind: str, application: Application, another: Application, *, by: UUID) -> None:
    """One event in the history of each; it names the other by its id, since applicants are given their history."""
    turns.settle(session, application)
    for one, other_one in ((application, another), (another, application)):
        trail.record(session, kind, application=one.id, editor=by, other=str(other_one.id))
