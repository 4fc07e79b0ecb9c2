"""Conflicts of interest: an editor who has one says so and keeps out of reviewing and deciding that application."""

from collections.abc import Callable
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from app.accounts.models import Editor
from app.applications.models import Application
from app.applications.reviews import AskState, ConflictOfInterest, Review, ReviewRequest
from app.audit import trail
from app.desk import scoring
from app.web.errors import NotAllowed

REASON_LENGTH = 200


class KeepsOut(NotAllowed):
    """This editor has declared a conflict of interest: nothing was done. Answered 403, in words."""

    def told(self, _: Callable[[str], str]) -> tuple[str, str]:
        return (
            _("You keep out of this application"),
            _("You have declared a conflict of interest, so you neither review it nor decide on it. Nothing was done."),
        )


def declared(session: Session, application: UUID, editor: UUID) -> ConflictOfInterest | None:
    """The conflict of interest that an editor has declared, if any."""
    statement = select(ConflictOfInterest).where(ConflictOfInterest.application_id == application)
    return session.exec(statement.where(ConflictOfInterest.editor_id == editor)).first()


def of_application(session: Session, application: UUID) -> list[tuple[ConflictOfInterest, str]]:
    """Every conflict declared on an application, with the editors' names, oldest first."""
    statement = select(ConflictOfInterest, Editor.name).join(
        Editor, col(Editor.id) == col(ConflictOfInterest.editor_id)
    )
    return list(
        session.exec(
            statement.where(ConflictOfInterest.application_id == application).order_by(col(ConflictOfInterest.id))
        )
    )


def keep_out(session: Session, application: Application, editor: UUID) -> None:
    """Raise KeepsOut when the editor has declared a conflict of interest on this application."""
    if declared(session, application.id, editor):
        raise KeepsOut


def declare(session: Session, application: Application, *, by: UUID, reason: str) -> None:
    """Declare a conflict. A review of theirs goes, a request for one is over, and it is no longer theirs.

    Raises ValueError without a reason.
    """
    words = " ".join(reason.split())[:REASON_LENGTH]
    if not words:
        raise ValueError("a conflict of interest needs a word why")
    if declared(session, application.id, by):
        return
    session.add(ConflictOfInterest(application_id=application.id, editor_id=by, reason=words))
    session.exec(sa.delete(Review).where(*theirs(Review, application, by)))
    asked = sa.update(ReviewRequest).where(*theirs(ReviewRequest, application, by))
    session.exec(asked.values(state=AskState.CANCELLED))
    trail.record(session, "conflict_declared", application=application.id, editor=by)
    if application.assignee_id == by:
        application.assignee_id, application.version = None, application.version + 1
        trail.record(session, "assigned", application=application.id, editor=by, to="")
    scoring.settle(session, application)


def theirs(
    table: type[Review] | type[ReviewRequest] | type[ConflictOfInterest], application: Application, editor: UUID
) -> tuple[sa.ColumnElement[bool], ...]:
    """The condition for an editor's row about an application."""
    return col(table.application_id) == application.id, col(table.editor_id) == editor


def take_back(session: Session, application: Application, *, of: Editor, by: UUID) -> None:
    """Let an editor take part again: an administrator's decision, told by the trail."""
    session.exec(sa.delete(ConflictOfInterest).where(*theirs(ConflictOfInterest, application, of.id)))
    trail.record(session, "conflict_taken_back", application=application.id, editor=by, name=of.name)
    scoring.settle(session, application)
