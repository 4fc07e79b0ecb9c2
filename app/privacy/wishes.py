"""What applicants may wish for their data: to stay in the pool or not, to be erased now or in a week."""

from datetime import timedelta
from uuid import UUID

from sqlmodel import Session, col, select

from app.applications import announcing, turns
from app.applications.models import Application
from app.audit import trail
from app.calls import loading
from app.database import lock_rows, utcnow
from app.jobs import queue
from app.mail import letters, outbox
from app.privacy import erasure
from app.settings import Settings
from app.web.templating import translator

ERASE = "erase"
TIME_TO_THINK = timedelta(days=7)


def keep(session: Session, application: Application, *, wished: bool) -> None:
    """Stay in the pool of contributors, or leave it."""
    if application.keep != wished:
        application.keep = wished
        application.version += 1
        turns.settle(session, application)
        trail.record(session, "pool_joined" if wished else "pool_left", application=application.id, by_applicant=True)


def erase_later(session: Session, application: Application) -> None:
    """Erase everything in a week, unless the applicant thinks again."""
    application.erase_at = utcnow() + TIME_TO_THINK
    application.version += 1
    session.add(application)
    queue.enqueue(session, ERASE, str(application.id), due_at=application.erase_at)
    trail.record(session, "erasure_asked", application=application.id, by_applicant=True)


def think_again(session: Session, application: Application) -> None:
    """Do not erase after all."""
    if application.erase_at is not None:
        application.erase_at = None
        application.version += 1
        session.add(application)
        trail.record(session, "erasure_cancelled", application=application.id, by_applicant=True)


def erase_now(session: Session, application: Application, *, settings: Settings) -> None:
    """Erase everything, and tell the editorial office, by the reference alone, that its mailbox is left."""
    call = loading.by_id(session, application.call_id).call
    _ = translator(announcing.OFFICE_LANGUAGE)
    words = {"reference": application.reference}
    body = _(
        "The applicant has had application %(reference)s erased: its documents, its mails and everything noted about "
        "it are gone here. Please delete the mails about it in this mailbox, too."
    )
    letter = letters.from_text(
        "erased",
        announcing.OFFICE_LANGUAGE,
        subject=_("Application %(reference)s was erased") % words,
        body=body % words,
        organisation=call.organisation,
    )
    erasure.erase(session, application)
    outbox.post(
        session,
        letter,
        sender=settings.mail_from or call.editorial_address,
        recipient=call.editorial_address,
        base_url=settings.base_url,
        thread=application.reference,
    )


def erase_wished(session: Session, application_id: UUID, *, settings: Settings) -> None:
    """A job of the worker: erase if it is still wished and its time has come."""
    wished = select(Application).where(Application.id == application_id, col(Application.erase_at) <= utcnow())
    application = session.exec(lock_rows(wished)).first()
    if application is not None:
        erase_now(session, application, settings=settings)
