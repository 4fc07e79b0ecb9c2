"""Who is who: addresses that belong to one person, and what editors said about pairs of applications.

An applicant is an address. Applicants whose `same_as` is another's id are that person, too; the one they point to is
the oldest of them and points to nobody. No application changes when persons become one or two again.
"""

from collections.abc import Sequence
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from app.applications.models import Applicant, Application
from app.audit.models import Event
from app.database import insert_new, lock_rows, new_id, utcnow
from app.desk.people_models import Likeness, LikenessState, TextSignature, Trait

EVENTS = ("person_merged", "person_split", "person_kept_apart")


def root(session: Session, applicant: UUID) -> UUID:
    """The applicant that stands for the person with this address."""
    found = session.get_one(Applicant, applicant)
    return found.same_as or found.id


def addresses(session: Session, applicant: UUID) -> list[UUID]:
    """Every applicant that is the same person as this one, itself too."""
    head = root(session, applicant)
    same = select(Applicant.id).where(sa.or_(col(Applicant.id) == head, col(Applicant.same_as) == head))
    return list(session.exec(same))


def applications(session: Session, applicant: UUID) -> list[UUID]:
    """Every application of a person."""
    mine = select(Application.id).where(col(Application.applicant_id).in_(addresses(session, applicant)))
    return list(session.exec(mine))


def lock(session: Session, *applicants: UUID) -> None:
    """Let nobody else join or part these persons until the transaction ends."""
    wanted = {each for applicant in applicants for each in addresses(session, applicant)}
    session.exec(lock_rows(select(Applicant).where(col(Applicant.id).in_(wanted)).order_by(col(Applicant.id)))).all()


def join(session: Session, one: UUID, other: UUID) -> None:
    """Make two persons one: all point to the oldest address."""
    first, second = sorted((root(session, one), root(session, other)))
    follow(session, [second, *(each for each in addresses(session, second) if each != second)], first)


def follow(session: Session, applicants: Sequence[UUID], head: UUID | None) -> None:
    """Let applicants point to `head`, or to nobody."""
    session.exec(sa.update(Applicant).where(col(Applicant.id).in_(applicants)).values(same_as=head))


def part(session: Session, one: UUID, other: UUID) -> UUID:
    """Take one address out of a person that two share; the address that left."""
    head = root(session, one)
    leaving = one if other == head else other
    follow(session, [leaving], None)
    return leaving


def forget(session: Session, application: Application) -> None:
    """Remove what was noted to find the doubles of an application, and every word about it in others' history."""
    others = [partner(pair, application.id) for pair in pairs(session, [application.id])]
    for event in session.exec(
        select(Event).where(col(Event.application_id).in_(others), col(Event.kind).in_(EVENTS))
    ).all():
        if event.detail.get("other") == str(application.id):
            event.detail = {}
            session.add(event)
    touching = sa.or_(col(Likeness.first_id) == application.id, col(Likeness.second_id) == application.id)
    session.exec(sa.delete(Likeness).where(touching))
    for table in (Trait, TextSignature):
        session.exec(sa.delete(table).where(col(table.application_id) == application.id))


def forget_unused(session: Session, applicant: UUID) -> None:
    """Remove an applicant without applications; the person's other addresses stay one person."""
    if session.exec(select(Application.id).where(Application.applicant_id == applicant).limit(1)).first() is not None:
        return
    others = sorted(session.exec(select(Applicant.id).where(Applicant.same_as == applicant)).all())
    if others:
        follow(session, others[1:], others[0])
        follow(session, others[:1], None)
    session.exec(sa.delete(Applicant).where(col(Applicant.id) == applicant))


def pairs(session: Session, applications: Sequence[UUID]) -> list[Likeness]:
    """Every pair that one of these applications is part of."""
    part_of = sa.or_(col(Likeness.first_id).in_(applications), col(Likeness.second_id).in_(applications))
    return list(session.exec(select(Likeness).where(part_of).order_by(col(Likeness.id))))


def partner(pair: Likeness, application: UUID) -> UUID:
    """The other one of a pair."""
    return pair.second_id if pair.first_id == application else pair.first_id


def between(session: Session, some: Sequence[UUID], others: Sequence[UUID]) -> list[Likeness]:
    """The pairs of one of `some` with one of `others`."""
    return [
        pair
        for pair in pairs(session, some)
        if (pair.first_id in some and pair.second_id in others) or (pair.first_id in others and pair.second_id in some)
    ]


def settle(session: Session, some: Sequence[UUID], others: Sequence[UUID], *, state: LikenessState, by: UUID) -> None:
    """Write down what an editor said about two persons, so that it holds for all their applications."""
    for pair in between(session, some, others):
        pair.state, pair.decided_by, pair.decided_at = state, by, utcnow()
        session.add(pair)


def kept_apart(session: Session, application: Application) -> set[UUID]:
    """Applications of persons whom an editor said to be somebody else."""
    mine = applications(session, application.applicant_id)
    apart = {
        partner(pair, pair.first_id if pair.first_id in mine else pair.second_id)
        for pair in pairs(session, mine)
        if pair.state is LikenessState.APART
    }
    theirs = session.exec(select(Application.applicant_id).where(col(Application.id).in_(apart))).all()
    return {each for applicant in theirs for each in applications(session, applicant)}


def write(
    session: Session,
    one: UUID,
    other: UUID,
    *,
    reasons: dict[str, int],
    state: LikenessState = LikenessState.OPEN,
    by: UUID | None = None,
) -> None:
    """Add a pair; one that is there already stays as it is."""
    first, second = sorted((one, other))
    values = {"id": new_id(), "first_id": first, "second_id": second, "reasons": reasons, "found_at": utcnow()}
    decided = {"state": state, "decided_by": by, "decided_at": utcnow() if by else None}
    insert_new(session, Likeness, values | decided, unique=("first_id", "second_id"))
