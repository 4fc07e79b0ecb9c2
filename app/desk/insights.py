"""The overview: what the figures say about one call, or all, over a period."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from math import ceil
from urllib.parse import urlencode
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col

from app.applications.workflow import Status
from app.desk import figures
from app.desk.figure_models import Figure
from app.web import days

# Weeks that a period goes back, this one included; none: from the beginning.
PERIODS: dict[str, int | None] = {"4w": 4, "13w": 13, "52w": 52, "all": None}
RANKED = ("region", "language", "topic", "country", "source", "reason")
MOST_WEEKS = 104


@dataclass(frozen=True)
class Choice:
    """What is looked at."""

    call: str = ""  # its slug; empty: all
    period: str = "52w"

    def address(self, **changes: str) -> str:
        pairs = {"call": self.call, "period": self.period} | changes
        return "?" + urlencode({name: value for name, value in pairs.items() if value})


@dataclass(frozen=True)
class Time:
    """How long something took, in whole days: over how many, the middle one, the one nine of ten stay within."""

    number: int = 0
    median: int = 0
    ninetieth: int = 0


@dataclass
class Insights:
    total: int = 0
    status: dict[str, int] = field(default_factory=dict)
    region: dict[str, int] = field(default_factory=dict)
    region_taken: dict[str, int] = field(default_factory=dict)
    language: dict[str, int] = field(default_factory=dict)
    topic: dict[str, int] = field(default_factory=dict)
    country: dict[str, int] = field(default_factory=dict)
    source: dict[str, int] = field(default_factory=dict)
    reason: dict[str, int] = field(default_factory=dict)
    place: dict[tuple[str, str], int] = field(default_factory=dict)
    place_taken: dict[tuple[str, str], int] = field(default_factory=dict)
    answer: Time = Time()
    decision: Time = Time()
    weeks: dict[date, int] = field(default_factory=dict)
    counted_at: datetime | None = None


def read(session: Session, *, call_ids: Iterable[UUID], period: str) -> Insights:
    """Everything that the overview shows; a few thousand small rows are summed, however many applications there are."""
    since = first_week(period)
    looked_at = [col(Figure.call_id).in_(list(call_ids)), *([col(Figure.week) >= since] if since else [])]
    number = sa.func.sum(Figure.number)
    by_key = sa.select(col(Figure.kind), col(Figure.value), col(Figure.other), number).where(*looked_at)
    sums: dict[str, dict[tuple[str, str], int]] = defaultdict(dict)
    for kind, value, other, total in session.connection().execute(
        by_key.group_by(col(Figure.kind), col(Figure.value), col(Figure.other))
    ):
        sums[kind][value, other] = int(total)
    by_week = sa.select(col(Figure.week), number).where(*looked_at, col(Figure.kind) == "status")
    weeks = {week: int(total) for week, total in session.connection().execute(by_week.group_by(col(Figure.week)))}
    last = figures.last_count(session)
    return Insights(
        total=sum(weeks.values()),
        status=in_order(singles(sums["status"])),
        **{name: ranked(singles(sums[name])) for name in RANKED},
        region_taken=singles(sums["region_taken"]),
        place=dict(sums["place"]),
        place_taken=dict(sums["place_taken"]),
        answer=time(singles(sums["answer_days"])),
        decision=time(singles(sums["decision_days"])),
        weeks=course(weeks, since),
        counted_at=last.counted_at if last else None,
    )


def first_week(period: str, today: date | None = None) -> date | None:
    """The Monday with which a period begins."""
    weeks = PERIODS[period]
    return days.monday_of(today or days.today()) - timedelta(weeks=weeks - 1) if weeks else None


def singles(sums: Mapping[tuple[str, str], int]) -> dict[str, int]:
    return {value: number for (value, _), number in sums.items()}


def in_order(sums: dict[str, int]) -> dict[str, int]:
    """All states in the order of the workflow, those without applications too."""
    return {status.value: sums.get(status.value, 0) for status in Status}


def ranked(sums: dict[str, int]) -> dict[str, int]:
    """The most frequent first."""
    return dict(sorted(sums.items(), key=lambda item: (-item[1], item[0])))


def time(days: dict[str, int]) -> Time:
    """Median and 90th percentile of a distribution, by nearest rank: values that did occur."""
    spread = sorted((int(day), number) for day, number in days.items())
    total = sum(number for _, number in spread)
    return Time(total, rank(spread, ceil(total * 0.5)), rank(spread, ceil(total * 0.9))) if total else Time()


def rank(spread: list[tuple[int, int]], wanted: int) -> int:
    """The value at one place of the sorted row."""
    passed = 0
    for value, number in spread:
        passed += number
        if passed >= wanted:
            return value
    return 0


def course(weeks: Mapping[date, int], since: date | None) -> dict[date, int]:
    """Every week from the first that brought something to this one; at most MOST_WEEKS, the newest."""
    last = max([days.monday_of(days.today()), *weeks])
    first = max(min(weeks, default=since or last), last - timedelta(weeks=MOST_WEEKS - 1))
    count = (last - first).days // 7 + 1
    return {week: weeks.get(week, 0) for week in (first + timedelta(weeks=n) for n in range(count))}
