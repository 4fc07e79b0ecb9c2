"""Finding applications that may come from one person: a job of the worker.

Each application leaves a few numbers (Trait). Who left the same number is one look-up in an index away, so that the
cost does not grow with the number of applications. What more than CROWD share says nothing about anybody.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from app.applications.form import email_key
from app.applications.models import Application, ApplicationTag, TagKind
from app.database import reading, transaction
from app.desk import mailboxes, minhash, namesakes, persons
from app.desk.people_models import LikenessState, TextSignature, Trait, TraitKind
from app.documents import keeping
from app.documents.models import Document
from app.jobs import queue

CATCH_UP = "find_earlier_doubles"
CROWD = 50
MOST = 20  # proposals for one application
AT_ONCE = 50
# The reasons, the strongest first; words for them: templates/words.html.
REASONS = ("address", "document", "text", "name", "near_name")

Traits = dict[tuple[TraitKind, int], None]


def find(application_id: str) -> None:
    """Compare one application with all others, and write down whom it resembles."""
    with reading() as session:
        application = session.get(Application, UUID(application_id))
        if application is None:
            return
        documents = keeping.all_of_draft(session, application.draft_id)
        known = signatures(session, [application.id])
    # Outside any transaction: long texts take a while.
    signed = {each.sha256: known.get(each.sha256) or minhash.signature(each.text) for each in documents}
    with transaction() as session:
        application = session.get(Application, UUID(application_id))
        if application is not None:
            compare(session, application, documents, signed)


def ask_for_catch_up(session: Session) -> None:
    """Have applications compared that came before comparing was there."""
    if uncompared(session, limit=1):
        queue.enqueue(session, CATCH_UP, "all", once=True)


def catch_up(_subject: str) -> None:
    """Compare some of the applications that never were, and ask for the rest."""
    with reading() as session:
        waiting = uncompared(session, limit=AT_ONCE)
    for application in waiting:
        find(str(application))
    with transaction() as session:
        ask_for_catch_up(session)


def uncompared(session: Session, *, limit: int) -> list[UUID]:
    """Applications that have left no traits yet, the newest first."""
    compared = select(Trait.application_id).where(col(Trait.application_id) == col(Application.id)).exists()
    return list(session.exec(select(Application.id).where(~compared).order_by(col(Application.id).desc()).limit(limit)))


def compare(
    session: Session, application: Application, documents: Sequence[Document], signed: dict[str, bytes]
) -> None:
    """Write the traits of an application and its proposals anew; what editors decided stays."""
    traits = traits_of(application, documents, signed)
    for table in (Trait, TextSignature):
        session.exec(sa.delete(table).where(col(table.application_id) == application.id))
    session.add_all(Trait(kind=kind, key=key, application_id=application.id) for kind, key in traits)
    session.add_all(
        TextSignature(application_id=application.id, sha256=sha256, signature=signature)
        for sha256, signature in signed.items()
    )
    session.flush()
    found = resembling(session, application, traits, signed)
    propose(session, application, found)


def traits_of(application: Application, documents: Sequence[Document], signed: dict[str, bytes]) -> Traits:
    """Everything by which an application can be found again."""
    key = email_key(application.email) or application.email.casefold()
    names = namesakes.keys(application.name, application.latin_name)
    found = {
        TraitKind.ADDRESS: [minhash.number(mailboxes.mailbox(key))],
        TraitKind.NAME: [minhash.number(name) for name in names],
        TraitKind.NEAR_NAME: [minhash.number(part) for name in names for part in namesakes.parts(name)],
        TraitKind.DOCUMENT: [minhash.number(each.sha256) for each in documents],
        TraitKind.TEXT: [band for signature in signed.values() for band in minhash.bands(signature)],
    }
    return dict.fromkeys((kind, number) for kind, numbers in found.items() for number in numbers)


def resembling(
    session: Session, application: Application, traits: Traits, signed: dict[str, bytes]
) -> dict[UUID, dict[str, int]]:
    """Other persons' applications that resemble this one, with the reasons."""
    shared = sharing(session, application, traits)
    person = persons.addresses(session, application.applicant_id)
    strangers = select(Application).where(col(Application.id).in_(shared), col(Application.applicant_id).not_in(person))
    others = session.exec(strangers).all()
    texts = signatures_by_application(session, [other.id for other in others if TraitKind.TEXT in shared[other.id]])
    regions = regions_of(session, [application.id, *(other.id for other in others)])
    names = namesakes.keys(application.name, application.latin_name)
    found: dict[UUID, dict[str, int]] = {}
    for other in others:
        kinds = shared[other.id]
        degrees = dict.fromkeys((kind.value for kind in kinds if kind in EXACT), 100)
        nearness = namesakes.nearness(names, namesakes.keys(other.name, other.latin_name))
        if "name" not in degrees and nearness >= namesakes.NEAR and regions[application.id] & regions[other.id]:
            degrees["near_name"] = nearness
        alike = max((minhash.resemblance(a, b) for a in signed.values() for b in texts[other.id]), default=0.0)
        if "document" not in degrees and alike >= minhash.ALIKE:
            degrees["text"] = round(alike * 100)
        if degrees:
            found[other.id] = {reason: degrees[reason] for reason in REASONS if reason in degrees}
    return found


EXACT = (TraitKind.ADDRESS, TraitKind.NAME, TraitKind.DOCUMENT)


def sharing(session: Session, application: Application, traits: Traits) -> dict[UUID, set[TraitKind]]:
    """Which applications share which kinds of traits with this one."""
    found: dict[UUID, set[TraitKind]] = defaultdict(set)
    for kind, key in traits:
        same = select(Trait.application_id).where(Trait.kind == kind, Trait.key == key)
        those = session.exec(same.where(Trait.application_id != application.id).limit(CROWD + 1)).all()
        for other in those if len(those) <= CROWD else ():
            found[other].add(kind)
    return found


def propose(session: Session, application: Application, found: dict[UUID, dict[str, int]]) -> None:
    """Make the open proposals of an application those that were found; what editors decided is not touched."""
    earlier = {persons.partner(pair, application.id): pair for pair in persons.pairs(session, [application.id])}
    for other, pair in earlier.items():
        if other not in found and pair.state is LikenessState.OPEN:
            session.delete(pair)
    apart = persons.kept_apart(session, application)
    strongest = sorted(found, key=lambda other: strength(found[other]))
    for other in [other for other in strongest if other not in apart][:MOST]:
        if other in earlier:
            earlier[other].reasons = found[other]
        else:
            persons.write(session, application.id, other, reasons=found[other])


def strength(reasons: Iterable[str]) -> tuple[int, int]:
    """Where a proposal stands: by its strongest reason, then by how many there are."""
    places = [REASONS.index(reason) for reason in reasons]
    return min(places, default=len(REASONS)), -len(places)


def signatures(session: Session, applications: Sequence[UUID]) -> dict[str, bytes]:
    """The signatures of documents, by their SHA-256."""
    found = select(TextSignature).where(col(TextSignature.application_id).in_(applications))
    return {each.sha256: each.signature for each in session.exec(found)}


def signatures_by_application(session: Session, applications: Sequence[UUID]) -> dict[UUID, list[bytes]]:
    found: dict[UUID, list[bytes]] = defaultdict(list)
    for each in session.exec(select(TextSignature).where(col(TextSignature.application_id).in_(applications))):
        found[each.application_id].append(each.signature)
    return found


def regions_of(session: Session, applications: Sequence[UUID]) -> dict[UUID, set[str]]:
    found: dict[UUID, set[str]] = defaultdict(set)
    tags = select(ApplicationTag).where(
        col(ApplicationTag.application_id).in_(applications), ApplicationTag.kind == TagKind.REGION
    )
    for tag in session.exec(tags):
        found[tag.application_id].add(tag.value)
    return found
