"""From a draft to an application, in one transaction: rows, tags, trail, both mails, the work that follows."""

import hashlib
import json
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from app.applications import announcing, drafts, turns
from app.applications.form import PRIVACY_VERSION, ApplicationForm, email_key
from app.applications.models import Applicant, Application, ApplicationTag, Draft, TagKind
from app.audit import trail
from app.calls.definition import CallDefinition
from app.database import insert_new, new_id, utcnow
from app.documents import keeping
from app.documents.kinds import Kind
from app.documents.models import Document
from app.jobs import queue
from app.settings import Settings

INDEX = "index_application"
DOUBLES = "find_doubles"
SIGNS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32: none is mistaken for another on the phone


@dataclass(frozen=True)
class Sent:
    """An application that is there: its reference, and the secret of its private link."""

    reference: str
    secret: str
    new: bool


class OfAnotherCall(Exception):
    """The draft was begun for another call, whose documents, day of closing and rules are its own."""


class ChangedMeanwhile(Exception):
    """The draft is no longer what its sender was shown."""


class Incomplete(Exception):
    """Documents are missing."""

    def __init__(self, missing: Sequence[Kind]) -> None:
        self.missing = missing


def submit(
    session: Session,
    *,
    token: str,
    form: ApplicationForm,
    call_id: UUID,
    call: CallDefinition,
    language: str,
    settings: Settings,
    source: str = "",
    as_shown: str | None = None,
) -> Sent:
    """Make the draft an application, or find the one it has become.

    Raises Incomplete, OfAnotherCall, and ChangedMeanwhile unless the draft has the fingerprint `as_shown`, if given.
    `form` has been checked. Sending the same draft again, even at once, changes nothing and answers the same.
    """
    draft = drafts.lock(session, token, call_id)
    if draft.call_id != call_id:
        raise OfAnotherCall
    secret = drafts.secret_of(token)
    earlier = drafts.application_of(session, draft.id)
    if earlier is not None:
        return Sent(earlier.reference, secret, new=False)
    documents = keeping.of_draft(session, draft.id)
    if as_shown is not None and fingerprint(draft, documents) != as_shown:
        raise ChangedMeanwhile
    if wanting := still_wanted(call, documents):
        raise Incomplete(wanting)
    source = source or draft.source
    application = create(
        session, draft_id=draft.id, secret=secret, form=form, call=call, language=language, source=source
    )
    trail.record(session, "received", application=application.id, by_applicant=True, documents=str(len(documents)))
    keeping.have_read(session, documents)
    for document in documents:
        document.tells = None  # said to the sender, and to nobody else
    for work in (INDEX, DOUBLES):
        queue.enqueue(session, work, str(application.id), once=True)
    announcing.received(
        session,
        application,
        call=call,
        tags=tags(session, application.id),
        documents=documents,
        secret=secret,
        settings=settings,
    )
    drafts.forget_fields(session, draft)
    return Sent(application.reference, secret, new=True)


def fingerprint(draft: Draft, documents: Iterable[Document]) -> str:
    """Of all that a draft holds: another one as soon as a field or a document is another."""
    held = [draft.fields, sorted((each.kind, each.sha256, each.name) for each in documents)]
    return hashlib.sha256(json.dumps(held, sort_keys=True).encode()).hexdigest()


def still_wanted(call: CallDefinition, documents: Sequence[Document]) -> list[Kind]:
    """Which documents the call asks for that are not there."""
    there = {each.kind for each in documents}
    return [wanted.kind for wanted in call.documents if wanted.kind not in there]


def missing(session: Session, token: str, call_id: UUID, call: CallDefinition) -> list[Kind]:
    """Which documents a draft still lacks; none for one that was sent."""
    draft = drafts.find(session, token, call_id)
    if draft is None:
        return still_wanted(call, [])
    sent = drafts.application_of(session, draft.id) is not None
    return [] if sent else still_wanted(call, keeping.of_draft(session, draft.id))


def already(session: Session, token: str, call_id: UUID) -> Sent | None:
    """What a draft has become, if it was sent before."""
    draft = drafts.find(session, token, call_id)
    application = drafts.application_of(session, draft.id) if draft else None
    return Sent(application.reference, drafts.secret_of(token), new=False) if application else None


def create(
    session: Session,
    *,
    draft_id: UUID,
    secret: str,
    form: ApplicationForm,
    call: CallDefinition,
    language: str,
    source: str = "",
) -> Application:
    """The rows of an application: itself, its applicant, its tags."""
    draft = session.get_one(Draft, draft_id)
    application = Application(
        reference=new_reference(session, call.reference_prefix),
        secret_hash=drafts.secret_hash(secret),
        draft_id=draft_id,
        call_id=draft.call_id,
        applicant_id=applicant(session, form.email),
        language=language,
        name=form.name,
        latin_name=form.latin_name,
        pen_name=form.pen_name,
        email=form.email,
        safe_contact=form.safe_contact,
        country=form.country,
        about=form.about,
        links=form.links,
        answers=form.answers,
        privacy_version=PRIVACY_VERSION,
        keep=form.keep,
        source=source,
    )
    session.add(application)
    session.flush()
    tags = {TagKind.REGION: form.regions, TagKind.LANGUAGE: form.languages, TagKind.TOPIC: form.topics}
    for kind, values in tags.items():
        for position, value in enumerate(values):
            session.add(ApplicationTag(application_id=application.id, kind=kind, value=value, position=position))
    turns.settle(session, application)
    return application


def applicant(session: Session, email: str) -> UUID:
    """The person with this address, made if not yet known."""
    key = email_key(email)
    assert key is not None
    insert_new(session, Applicant, {"id": new_id(), "email_key": key, "created_at": utcnow()}, unique="email_key")
    return session.exec(select(Applicant.id).where(Applicant.email_key == key)).one()


def new_reference(session: Session, prefix: str) -> str:
    """A reference that nobody has: six signs after the call's prefix."""
    while True:
        reference = f"{prefix}-{''.join(secrets.choice(SIGNS) for _ in range(6))}"
        if session.exec(select(Application.id).where(Application.reference == reference)).first() is None:
            return reference


def tags(session: Session, application: UUID) -> dict[TagKind, list[str]]:
    """Regions, topics, languages, labels of one application, in the order given."""
    rows = session.exec(
        select(ApplicationTag)
        .where(ApplicationTag.application_id == application)
        .order_by(sa.asc(col(ApplicationTag.position)), sa.asc(col(ApplicationTag.value)))
    )
    found: dict[TagKind, list[str]] = {kind: [] for kind in TagKind}
    for row in rows:
        found[row.kind].append(row.value)
    return found
