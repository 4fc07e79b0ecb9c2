"""The order by score tells scores. Whoever must not see one of them yet gets the order of arrival instead."""

from dataclasses import replace
from uuid import UUID

from sqlmodel import Session, col, select

from app.accounts.models import Editor, Role
from app.applications.models import Application
from app.applications.reviews import ConflictOfInterest
from app.calls import loading
from app.desk import reviewing
from app.desk.views import SORTS, View
from app.desk.walking import belonging


def fair(session: Session, view: View) -> View:
    """A view as whoever looks may have it ordered: not by scores of which some are kept from them."""
    if view.order != "score" or view.me is None:
        return view
    editor = session.get(Editor, view.me)
    if editor is None or editor.role is Role.READER:  # who only reads has no opinion to be swayed
        return view
    hidden = reviewing.hides_any(session, view.me, independent(session)) or keeps_out(session, view, view.me)
    return replace(view, sort=SORTS[0]) if hidden else view


def independent(session: Session) -> list[UUID]:
    """The calls with independent reviews."""
    return [found.id for found in loading.everything(session) if found.call.independent_reviews]


def keeps_out(session: Session, view: View, editor: UUID) -> bool:
    """Whether an application with a score is in the view from which this editor keeps out."""
    theirs = select(ConflictOfInterest.application_id).where(ConflictOfInterest.editor_id == editor)
    scored = theirs.join(Application, col(Application.id) == col(ConflictOfInterest.application_id))
    ids = session.exec(scored.where(col(Application.score).is_not(None))).all()
    return bool(ids) and bool(belonging(session, view, ids))
