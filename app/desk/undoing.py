"""Undoing within the time that the settings give: the newest assignment or labels. Decisions: deciding.take_back."""

from datetime import timedelta
from uuid import UUID

from sqlmodel import Session, col, select

from app.accounts.models import Editor
from app.applications.models import Application
from app.audit import trail
from app.audit.models import Event
from app.database import utcnow
from app.desk import deciding
from app.desk.deciding import StaleVersion, TooLate

UNDOABLE = ("assigned", "labelled")


def last(session: Session, application: Application, *, within: timedelta) -> Event | None:
    """The change that may be undone: the newest one, nothing changed since, its time not over."""
    statement = select(Event).where(col(Event.application_id) == application.id, col(Event.kind).in_(UNDOABLE))
    event = session.exec(statement.order_by(col(Event.id).desc()).limit(1)).first()
    if event is None or event.at + within <= utcnow() or "before" not in event.detail:
        return None
    return event if event.detail.get("version") == str(application.version) else None


def undo(session: Session, application: Application, *, by: UUID, version: int, within: timedelta) -> None:
    """Put back what the newest assignment or labels replaced. Raises StaleVersion, TooLate."""
    event = last(session, application, within=within)
    if event is None:
        raise StaleVersion if version != application.version else TooLate
    before = event.detail["before"]
    if event.kind == "assigned":
        person = session.get(Editor, UUID(before)) if before else None
        to = person.id if person and person.disabled_at is None else None
        try:
            deciding.give(session, application, to=to, version=version)
        except LookupError:  # who had it keeps out of it since
            raise TooLate from None
    else:
        deciding.set_labels(session, application, before.split(","), version=version)
    trail.record(session, "undone", application=application.id, editor=by, what=event.kind)
