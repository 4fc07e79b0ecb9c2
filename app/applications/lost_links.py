"""A lost private link is sent again to the address, and nobody is told whether there is one (promise S4)."""

from datetime import timedelta
from uuid import UUID

from sqlmodel import Session, col, select

from app.applications import announcing, private
from app.applications.form import email_key
from app.applications.models import Applicant, Application
from app.audit import trail
from app.calls import loading
from app.database import new_id, utcnow
from app.jobs import queue
from app.mail import letters
from app.mail.models import OutgoingMail
from app.settings import Settings
from app.web.templating import translator

LOST_LINK = "lost_link"
PAUSE = timedelta(hours=1)  # so that nobody's mailbox can be filled by asking again and again
MOST = 5


def ask(session: Session, address: str) -> None:
    """Have the links of an address sent. Known or not, it is the same work and one job; the worker does the rest."""
    key = email_key(address)
    applicant = session.exec(select(Applicant.id).where(Applicant.email_key == (key or ""))).first()
    queue.enqueue(session, LOST_LINK, str(applicant or new_id()), once=True)


def send(session: Session, applicant: UUID, *, settings: Settings) -> None:
    """One mail for each of the newest applications of a person, each with a new private link."""
    newest = select(Application).where(Application.applicant_id == applicant).order_by(col(Application.id).desc())
    for application in session.exec(newest.limit(MOST)).all():
        if sent_lately(session, application):
            continue
        call = loading.by_id(session, application.call_id).call
        _ = translator(application.language)
        words = {
            "reference": application.reference,
            "link": letters.LINK,
            "title": call.text(application.language).title,
        }
        body = _(
            "Somebody, probably you, has asked for the link to the private page of your application %(reference)s for "
            "“%(title)s”. Here it is:\n\n%(link)s\n\nThe earlier link works, too. If it was not you, nothing has "
            "happened: only this address gets the link."
        )
        letter = letters.from_text(
            "lost_link",
            application.language,
            subject=_("The link to your application %(reference)s") % words,
            body=f"{letters.greeting(application.language, application.name)}\n\n{body % words}",
            organisation=call.organisation,
        )
        link = private.further_link(session, application, language=application.language, settings=settings)
        announcing.to_applicant(session, letter, application, call=call, settings=settings, link=link)
        trail.record(session, "link_sent", application=application.id)


def sent_lately(session: Session, application: Application) -> bool:
    lately = select(OutgoingMail.id).where(
        OutgoingMail.application_id == application.id,
        OutgoingMail.kind == LOST_LINK,
        col(OutgoingMail.created_at) > utcnow() - PAUSE,
    )
    return session.exec(lately.limit(1)).first() is not None
