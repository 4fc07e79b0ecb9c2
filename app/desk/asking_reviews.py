"""Asking colleagues for a review: who, by when; reminding them by mail; no longer needing it."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from app.accounts.models import Editor, Role
from app.applications import announcing, turns
from app.applications.models import Application
from app.applications.reviews import AskState, ReviewRequest
from app.applications.workflow import OPEN
from app.audit import trail
from app.calls import loading
from app.database import lock_rows, utcnow
from app.desk import interests, reviewing
from app.mail import letters, outbox
from app.settings import Settings
from app.web import days

USUAL = timedelta(days=7)
LONGEST = timedelta(days=365)
BEFORE = timedelta(days=1)
COUNTED = 100


class DayRefused(ValueError):
    """The day by which a review should be there is today or later, within a year."""


class NobodyToAsk(ValueError):
    """Nobody was named, or somebody who cannot be asked: no editor, in a conflict of interest, or done already."""


def ask(
    session: Session,
    application: Application,
    *,
    whom: Sequence[UUID],
    due_on: date,
    by: UUID,
    settings: Settings,
) -> None:
    """Ask editors for a review, by the end of a day, and tell them by mail. Raises DayRefused, NobodyToAsk."""
    if application.status not in OPEN:
        raise reviewing.ReviewsOver
    if not timedelta() <= due_on - days.today() <= LONGEST:
        raise DayRefused
    due_at = days.end_of(due_on)
    can = {editor.id: editor for editor in can_be_asked(session, application)}
    if not whom or any(editor not in can for editor in whom):
        raise NobodyToAsk
    for editor in dict.fromkeys(whom):
        ask_one(session, application, can[editor], due_at=due_at, by=by)
        post(session, application, can[editor], "asked", due_at, settings=settings)
    turns.settle(session, application)


def ask_one(session: Session, application: Application, editor: Editor, *, due_at: datetime, by: UUID) -> None:
    """One request: an earlier one that was cancelled begins anew."""
    row = reviewing.asked(session, application.id, editor.id)
    row = row or ReviewRequest(application_id=application.id, editor_id=editor.id, asked_by=by)
    row.asked_by, row.asked_at, row.due_at, row.state = by, utcnow(), due_at, AskState.OPEN
    row.reminded_at = row.overdue_told_at = None
    session.add(row)
    trail.record(session, "review_asked", application=application.id, editor=by, name=editor.name)


def can_be_asked(session: Session, application: Application) -> list[Editor]:
    """Active editors who may review, are in no conflict of interest, and neither asked nor done already."""
    out = {row.editor_id for row, _ in interests.of_application(session, application.id)}
    out |= {row.editor_id for row, _ in requests(session, application.id) if row.state is not AskState.CANCELLED}
    out |= {row.editor_id for row, _ in reviewing.of_application(session, application.id)}
    editors = select(Editor).where(col(Editor.disabled_at).is_(None), col(Editor.role) != Role.READER)
    return [each for each in session.exec(editors.order_by(col(Editor.name))) if each.id not in out]


def requests(session: Session, application: UUID) -> list[tuple[ReviewRequest, str]]:
    """Who was asked for a review of an application, with names, the one due first ahead."""
    statement = select(ReviewRequest, Editor.name).join(Editor, col(Editor.id) == col(ReviewRequest.editor_id))
    of_this = statement.where(ReviewRequest.application_id == application)
    return list(session.exec(of_this.order_by(col(ReviewRequest.due_at), col(ReviewRequest.id))))


def cancel(session: Session, application: Application, *, of: Editor, by: UUID) -> None:
    """No longer need a review that was asked for; one that is there stays."""
    request = reviewing.asked(session, application.id, of.id)
    if request is None or request.state is not AskState.OPEN:
        return
    request.state = AskState.CANCELLED
    session.add(request)
    trail.record(session, "review_cancelled", application=application.id, editor=by, name=of.name)
    turns.settle(session, application)


def missing(editor: UUID) -> Any:
    """Reviews that an editor was asked for and that are missing, on applications that are open; due first ahead."""
    columns: tuple[Any, ...] = (
        Application.id,
        Application.reference,
        Application.name,
        Application.latin_name,
        Application.pen_name,
        col(Editor.name).label("asked_by"),
        ReviewRequest.due_at,
    )
    statement = sa.select(*columns).select_from(ReviewRequest)
    statement = statement.join(Application, col(Application.id) == col(ReviewRequest.application_id))
    theirs = statement.join(Editor, col(Editor.id) == col(ReviewRequest.asked_by)).where(
        col(ReviewRequest.editor_id) == editor,
        col(ReviewRequest.state) == AskState.OPEN,
        col(Application.status).in_(OPEN),
    )
    return theirs.order_by(col(ReviewRequest.due_at), col(ReviewRequest.id))


def number_missing(session: Session, editor: UUID) -> int:
    """How many reviews an editor owes, counted up to COUNTED."""
    rows = missing(editor).limit(COUNTED).subquery()
    return int(session.connection().execute(sa.select(sa.func.count()).select_from(rows)).scalar_one())


def to_remind(now: datetime) -> Any:
    """Requests whose editor is to be reminded by now: due within a day or overdue, and not told so yet."""
    due_at = col(ReviewRequest.due_at)
    soon = sa.and_(due_at > now, col(ReviewRequest.reminded_at).is_(None))
    overdue = sa.and_(due_at <= now, col(ReviewRequest.overdue_told_at).is_(None))
    waiting = select(ReviewRequest).where(ReviewRequest.state == AskState.OPEN, due_at <= now + BEFORE)
    return waiting.where(sa.or_(soon, overdue)).order_by(due_at)


def any_to_remind(session: Session) -> bool:
    return session.exec(to_remind(utcnow()).limit(1)).first() is not None


def remind(session: Session, settings: Settings, *, limit: int = 50) -> int:
    """Mail editors whose review is due within a day, and those who let the day pass, once each; how many looked at."""
    now = utcnow()
    rows: Sequence[ReviewRequest] = session.exec(lock_rows(to_remind(now).limit(limit))).all()
    for request in rows:
        remind_one(session, request, now, settings=settings)
    return len(rows)


def remind_one(session: Session, request: ReviewRequest, now: datetime, *, settings: Settings) -> None:
    """One reminder; none when the application has ended, the editor has gone, or was asked only within the day."""
    late = request.due_at <= now
    if late:
        request.overdue_told_at = now
    else:
        request.reminded_at = now
    session.add(request)
    application, editor = (
        session.get_one(Application, request.application_id),
        session.get_one(Editor, request.editor_id),
    )
    wanted = application.status in OPEN and editor.disabled_at is None
    if wanted and (late or request.asked_at < request.due_at - BEFORE):
        post(session, application, editor, "overdue" if late else "soon", request.due_at, settings=settings)


def post(
    session: Session, application: Application, editor: Editor, occasion: str, due_at: datetime, *, settings: Settings
) -> None:
    """A mail to an editor in their language. It names the reference and nothing else of the applicant."""
    call = loading.by_id(session, application.call_id).call
    facts = letters.ReviewFacts(
        language=editor.language,
        organisation=call.organisation,
        call_title=call.text(editor.language).title,
        reference=application.reference,
        due_at=due_at,
        occasion=occasion,
        desk_link=announcing.desk_link(application, settings),
    )
    outbox.post(
        session,
        letters.review(facts),
        sender=settings.mail_from or call.editorial_address,
        recipient=editor.email,
        base_url=settings.base_url,
        application_id=application.id,
    )
