"""Who is reading what: signs of life that end by themselves. Nothing is locked by them, and no event is left."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from app.accounts.models import Editor
from app.database import insert_new, utcnow
from app.desk.models import Presence

STAYS = timedelta(seconds=60)
REMEMBERED = timedelta(days=1)


def stay(session: Session, application: UUID, editor: UUID, *, view: str | None = None) -> None:
    """An editor has an application open; `view`, when given, is the query of the view from which they came to it."""
    row = {"application_id": application, "editor_id": editor, "until": utcnow() + STAYS}
    came_from = {} if view is None else {"view": view}
    insert_new(session, Presence, row | came_from, unique=("application_id", "editor_id"))
    session.exec(of(application, editor).values(until=row["until"], **came_from))


def leave(session: Session, application: UUID, editor: UUID) -> None:
    """They have closed it. From where they came stays known, for when they come back to it."""
    session.exec(of(application, editor).values(until=utcnow()))


def of(application: UUID, editor: UUID) -> sa.Update:
    return sa.update(Presence).where(col(Presence.application_id) == application, col(Presence.editor_id) == editor)


def came_from(session: Session, application: UUID, editor: UUID) -> str | None:
    """The query of the view from which an editor opened an application last."""
    row = session.get(Presence, (application, editor))
    return row.view if row is not None else None


def readers(session: Session, application: UUID, *, but: UUID) -> list[str]:
    """The names of those who are reading an application now, without one's own."""
    return by_application(session, now_reading(but).where(col(Presence.application_id) == application)).get(
        application, []
    )


def everywhere(session: Session, *, but: UUID) -> dict[UUID, list[str]]:
    """The same for every application that somebody is reading."""
    return by_application(session, now_reading(but))


def now_reading(but: UUID) -> Any:
    """Applications with the names of those who are reading them, by name."""
    return (
        select(Presence.application_id, Editor.name)
        .join(Editor, col(Editor.id) == col(Presence.editor_id))
        .where(col(Presence.until) > utcnow(), col(Presence.editor_id) != but, col(Editor.disabled_at).is_(None))
        .order_by(col(Editor.name))
    )


def by_application(session: Session, statement: Any) -> dict[UUID, list[str]]:
    found: dict[UUID, list[str]] = {}
    for application, name in session.exec(statement):
        found.setdefault(application, []).append(name)
    return found


def forget_searches(session: Session) -> None:
    """Somebody is being erased: views with a search, which may be for them, are no longer gone back to."""
    searched = sa.update(Presence).where(col(Presence.view).contains("q="))
    session.exec(searched.values(view=None))


def forget_old(session: Session) -> None:
    """Remove what nobody will come back to; for the worker, daily."""
    session.exec(sa.delete(Presence).where(col(Presence.until) < utcnow() - REMEMBERED))
