"""Calls: from their file into the database, and from there to whoever shows them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from app.audit import trail
from app.calls import definition
from app.calls.definition import CallDefinition
from app.calls.models import Call
from app.database import utcnow
from app.jobs import queue
from app.web import days
from app.web.errors import NotFound

REINDEX = "index_call"
SHIPPED = Path(__file__).parent / "caucasus-experts.toml"


@dataclass(frozen=True)
class Found:
    """A call as pages need it: its row's id and what its file says."""

    id: UUID
    call: CallDefinition

    def is_open(self, now: datetime | None = None) -> bool:
        """Whether applications are taken: from its first day to the end of its last, in its own time zone."""
        today = self.today(now)
        return self.call.opens_on <= today and (self.call.closes_on is None or today <= self.call.closes_on)

    def is_to_open(self, now: datetime | None = None) -> bool:
        """Whether its first day is still to come."""
        return self.today(now) < self.call.opens_on

    def today(self, now: datetime | None = None) -> date:
        """The day that it is, or was then, in its own time zone."""
        return days.day_of(now or utcnow(), ZoneInfo(self.call.timezone))

    def closes_at(self) -> datetime | None:
        """The end of its last day, in its own time zone."""
        return days.end_of(self.call.closes_on, ZoneInfo(self.call.timezone)) if self.call.closes_on else None


class NoSuchCall(NotFound):
    """No call has this name; `ask` is the address where to ask, if there are others."""

    def __init__(self, ask: str | None) -> None:
        self.ask = ask

    def told(self, _: Callable[[str], str]) -> tuple[str, str]:
        return _("There is no such call"), _("The address may be mistyped, or the call is no longer here.")


def load_file(session: Session, path: Path) -> Found:
    """Take a call's file into the database, in place of an earlier version. Raises definition.CallInvalid."""
    read = definition.load(path)
    row = session.exec(select(Call).where(Call.slug == read.slug)).first() or Call(slug=read.slug, content={})
    content = read.model_dump(mode="json")
    if row.content != content:
        if row.content and row.content.get("blind_reviews", False) != read.blind_reviews:
            queue.enqueue(session, REINDEX, str(row.id), once=True)  # names go into the search text, or out of it
        row.content, row.loaded_at = content, utcnow()
        session.add(row)
        trail.record(session, "call_loaded", slug=read.slug)
    return Found(row.id, read)


def find(session: Session, slug: str) -> Found | None:
    row = session.exec(select(Call).where(Call.slug == slug)).first()
    return Found(row.id, CallDefinition.model_validate(row.content)) if row else None


def named(session: Session, slug: str) -> Found:
    """The call of this name. Raises NoSuchCall."""
    if found := find(session, slug):
        return found
    others = sorted(everything(session), key=Found.is_open, reverse=True)
    raise NoSuchCall(others[0].call.questions_address if others else None)


def by_id(session: Session, call_id: UUID) -> Found:
    row = session.get_one(Call, call_id)
    return Found(row.id, CallDefinition.model_validate(row.content))


def everything(session: Session) -> list[Found]:
    """Every call, the newest first."""
    rows = session.exec(select(Call).order_by(col(Call.id).desc())).all()
    return [Found(row.id, CallDefinition.model_validate(row.content)) for row in rows]
