"""The office's days: which day it is where the newsroom is, when a day of its begins and ends.

The one place for it. Near midnight the day in UTC is another: what is due today would be over, or the week begin late.
"""

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from app.database import utcnow

FIRST_YEAR = 2020  # nothing of ours is older

_timezone = ZoneInfo("Europe/Berlin")


def use_timezone(name: str) -> None:
    """Set the office's time zone (AUFRUF_TIMEZONE), for every page, mail and deadline of this process."""
    global _timezone
    _timezone = ZoneInfo(name)


def timezone() -> ZoneInfo:
    return _timezone


def has_place() -> bool:
    """Whether the zone is named after a place, not after its distance from Greenwich."""
    return "/" in _timezone.key and not _timezone.key.startswith("Etc/")


def local(moment: datetime) -> datetime:
    """A moment by the office's clock."""
    return moment.astimezone(_timezone)


def today() -> date:
    return day_of(utcnow())


def day_of(moment: datetime, zone: ZoneInfo | None = None) -> date:
    """The day on which a moment lies, at the office or in another zone."""
    return moment.astimezone(zone or _timezone).date()


def start_of(day: date) -> datetime:
    return datetime.combine(day, time.min, _timezone)


def end_of(day: date, zone: ZoneInfo | None = None) -> datetime:
    """The last second of a day: what is due on it is late when it is over, and pages still name that day."""
    return datetime.combine(day, time(23, 59, 59), zone or _timezone)


def monday_of(day: date) -> date:
    return day - timedelta(days=day.weekday())


def clock_changes() -> list[tuple[datetime, timedelta]]:
    """Since when the office's clock is how far ahead of UTC, the latest change first: SQLite knows no zones."""
    return changes_until(_timezone, utcnow().year + 1)


@cache
def changes_until(zone: ZoneInfo, year: int) -> list[tuple[datetime, timedelta]]:
    """The changes from FIRST_YEAR to the end of a year, to the hour."""
    moment = datetime(FIRST_YEAR, 1, 1, tzinfo=UTC)
    found = [(moment, ahead(zone, moment))]
    while moment.year <= year:
        moment += timedelta(days=1)
        if ahead(zone, moment) != found[-1][1]:
            hours = (moment - timedelta(hours=back) for back in range(23, -1, -1))
            first = next(hour for hour in hours if ahead(zone, hour) != found[-1][1])
            found.append((first, ahead(zone, first)))
    return found[::-1]


def ahead(zone: ZoneInfo, moment: datetime) -> timedelta:
    return moment.astimezone(zone).utcoffset() or timedelta()
