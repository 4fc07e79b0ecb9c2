"""Writing and reading the trail."""

from uuid import UUID

from sqlmodel import Session, col, select

from app.audit.models import Event


def record(
    session: Session,
    kind: str,
    *,
    application: UUID | None = None,
    editor: UUID | None = None,
    by_applicant: bool = False,
    **detail: str,
) -> Event:
    """Add one event to the transaction under way.

    `detail` holds keys and labels, never a stranger's long text; a name that is a word of Python ends with _.
    """
    detail = {name.rstrip("_"): value for name, value in detail.items()}
    actor = "editor" if editor else "applicant" if by_applicant else "system"
    event = Event(kind=kind, actor=actor, editor_id=editor, application_id=application, detail=detail)
    session.add(event)
    return event


def of_application(session: Session, application: UUID) -> list[Event]:
    """Everything that happened to one application, newest first."""
    return list(
        session.exec(select(Event).where(col(Event.application_id) == application).order_by(col(Event.id).desc()))
    )


def page(session: Session, *, after: UUID | None, size: int = 100) -> list[Event]:
    """One page of the whole trail, newest first; one row more than `size` when there is another page."""
    statement = select(Event).order_by(col(Event.id).desc()).limit(size + 1)
    return list(session.exec(statement.where(col(Event.id) < after) if after else statement))
