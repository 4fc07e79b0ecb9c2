"""The private page: what whoever holds the link may see and do."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from app.applications import decisions, drafts, receipts, submission, turns
from app.applications.models import Application, PrivateLink, TagKind
from app.applications.receipts import Receipt
from app.applications.workflow import OPEN, Status
from app.audit import trail
from app.calls import loading
from app.calls.definition import CallDefinition
from app.database import lock_rows, utcnow
from app.documents import keeping
from app.documents.models import Document
from app.jobs import queue
from app.settings import Settings
from app.web import days


@dataclass(frozen=True)
class PrivatePage:
    """What the applicant sees of an application."""

    id: UUID
    reference: str
    name: str
    pen_name: str
    email: str
    safe_contact: str
    status: Status
    mailed: bool  # the decision behind that state went out by mail
    received_at: datetime
    answer_by: date
    late: bool  # that day is over
    documents: list[Document]
    tags: dict[TagKind, list[str]]
    can_withdraw: bool
    keep: bool
    erase_at: datetime | None
    call: CallDefinition


def find(session: Session, secret: str, *, for_update: bool = False) -> Application | None:
    """The application a private link opens. The look-up is by hash, so its time tells nothing of the secret."""
    hashed = drafts.secret_hash(secret)
    further = select(PrivateLink.application_id).where(PrivateLink.secret_hash == hashed)
    statement = select(Application).where(
        sa.or_(col(Application.secret_hash) == hashed, col(Application.id).in_(further))
    )
    return session.exec(lock_rows(statement) if for_update else statement).first()


def further_link(session: Session, application: Application, *, language: str, settings: Settings) -> str:
    """The address of a new private link beside the first, for a mail: seal it there, it is kept nowhere."""
    secret = drafts.new_token()
    session.add(PrivateLink(application_id=application.id, secret_hash=drafts.secret_hash(secret)))
    return f"{settings.base_url}/{language}/applications/{secret}"


def open_link(session: Session, secret: str, *, settings: Settings) -> PrivatePage | None:
    """What a private link shows; None when it opens nothing."""
    application = find(session, secret)
    return shown(session, application, settings=settings) if application else None


def shown(session: Session, application: Application, *, settings: Settings) -> PrivatePage:
    """What a private link shows of its application; what was said stands in thread.py."""
    call = loading.by_id(session, application.call_id).call
    heard = decisions.told(session, application, settings=settings)
    due = turns.answer_by(application.received_at, call)
    return PrivatePage(
        id=application.id,
        reference=application.reference,
        name=application.name,
        pen_name=application.pen_name,
        email=application.email,
        safe_contact=application.safe_contact,
        status=heard.status,
        mailed=heard.mailed,
        received_at=application.received_at,
        answer_by=due,
        late=due < days.today(),
        documents=keeping.of_draft(session, application.draft_id),
        tags=submission.tags(session, application.id),
        can_withdraw=heard.status in OPEN,
        keep=application.keep,
        erase_at=application.erase_at,
        call=call,
    )


def receipt_of(shown: PrivatePage, *, base_url: str, issued_at: datetime) -> Receipt:
    """What the receipt of an application confirms at this moment."""
    return Receipt(
        issuer=base_url,
        organisation=shown.call.organisation,
        reference=shown.reference,
        call=shown.call.slug,
        received_at=shown.received_at,
        issued_at=issued_at,
        documents=receipts.items(shown.documents),
    )


def change_safe_contact(session: Session, secret: str, words: str) -> bool:
    """How to reach the applicant safely, in other words or none; False when the link opens nothing."""
    application = find(session, secret, for_update=True)
    if application is None:
        return False
    if application.safe_contact != words:
        application.safe_contact = words
        application.version += 1  # whoever is writing sees it before anything is sent
        application.changed_at = utcnow()
        turns.settle(session, application)
        trail.record(session, "safe_contact_changed", application=application.id, by_applicant=True)
        queue.enqueue(session, submission.INDEX, str(application.id), once=True)
    return True
