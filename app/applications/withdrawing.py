"""The applicant takes the application back."""

from sqlmodel import Session

from app.applications import announcing, decisions, private, turns, workflow
from app.applications.models import Application
from app.applications.workflow import Move, Status
from app.audit import trail
from app.calls import loading
from app.database import utcnow
from app.mail.models import MailState
from app.settings import Settings


class DecidedMeanwhile(Exception):
    """A decision has been told, or its mail is leaving at this moment: there is nothing to withdraw any more."""


def withdraw(session: Session, secret: str, *, settings: Settings) -> bool:
    """Take the application back, once; False when the link opens nothing. Raises DecidedMeanwhile.

    What counts is what the applicant knows of: a decision that was not told is void, and its mail stays here.
    """
    application = private.find(session, secret, for_update=True)
    if application is None:
        return False
    heard = decisions.told(session, application, settings=settings)
    if heard.status is Status.WITHDRAWN:
        return True
    end(session, application, heard)
    call = loading.by_id(session, application.call_id).call
    announcing.withdrawn(session, application, call=call, settings=settings)
    return True


def end(session: Session, application: Application, heard: decisions.Told) -> None:
    """Put it into its last state, with its trace."""
    try:
        target = workflow.rule(heard.status, Move.WITHDRAW, by_applicant=True).target
    except workflow.MoveNotAllowed:
        raise DecidedMeanwhile from None
    detail = void(session, application, heard)
    application.status, application.reason_key = target, None
    application.version += 1
    application.changed_at = application.ended_at = application.status_since = utcnow()
    turns.settle(session, application)
    event = trail.record(session, "withdrawn", application=application.id, by_applicant=True, from_=heard.status.value)
    event.detail = event.detail | detail


def void(session: Session, application: Application, heard: decisions.Told) -> dict[str, str]:
    """Hold back what would still be told; which decision that was, and of which move a mail, for the history."""
    waiting = [each for each in (decisions.mail_of(session, event) for event in heard.untold) if each]
    held_back = decisions.hold_back(session, application)
    if held_back is None and any(mail.state is MailState.WAITING for mail in waiting):
        raise DecidedMeanwhile  # the worker has taken it between two looks
    found = {"untold": heard.untold[0].detail["move"]} if heard.untold else {}
    return found | ({"held_back": held_back} if held_back else {})
