"""How often: fixed windows in a table, under a hash that says nothing of who it was and changes daily (S13, S21).

A window ends at midnight UTC at the latest, because the hash changes then: at worst a client has its limit twice.
"""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network
from math import ceil

import sqlalchemy as sa
from fastapi import Request
from sqlmodel import Session, col, select

from app.accounts.models import Rate
from app.database import reading, transaction, utcnow
from app.settings import Settings
from app.web.errors import TooManyRequests

# Beside the limits of minutes: what makes rows and bytes that stay.
DAY, DAY_LIMIT = 86_400, 300

MOMENT = Rate.__table__.c.window_ends.type  # type: ignore[attr-defined]

# One statement, so that attempts made at the same moment are all counted; the words are the same in both databases.
COUNT = (
    sa.text(
        "INSERT INTO rate (key, window_ends, count) VALUES (:key, :ends, 1)"
        " ON CONFLICT (key) DO UPDATE SET"
        " count = CASE WHEN rate.window_ends <= :now THEN 1 ELSE rate.count + 1 END,"
        " window_ends = CASE WHEN rate.window_ends <= :now THEN excluded.window_ends ELSE rate.window_ends END"
        " RETURNING count, window_ends"
    )
    .bindparams(sa.bindparam("now", type_=MOMENT), sa.bindparam("ends", type_=MOMENT))
    .columns(count=sa.Integer, window_ends=MOMENT)
)


@dataclass(frozen=True)
class Window:
    """How often something happened in the window under way."""

    count: int
    ends: datetime

    @property
    def seconds_left(self) -> int:
        return max(1, ceil((self.ends - utcnow()).total_seconds()))


def check(request: Request, name: str, *, limit: int, seconds: int) -> None:
    """Count one request of this client under `name`. Raises TooManyRequests after `limit` in a window of `seconds`."""
    settings: Settings = request.app.state.settings
    if settings.rate_limits == "off":
        return
    key = key_for(settings, name, client_key(request))
    refuse_beyond(key, limit=limit)
    with transaction() as session:
        window = count(session, key, seconds=seconds)
    if window.count > limit:
        raise TooManyRequests(window.seconds_left)


def check_costly(request: Request, name: str, *, limit: int) -> None:
    """Raise TooManyRequests when so much of this client has been costly; counts nothing."""
    settings: Settings = request.app.state.settings
    if settings.rate_limits == "on":
        refuse_beyond(key_for(settings, name, client_key(request)), limit=limit)


def count_costly(request: Request, name: str, *, seconds: int) -> None:
    """Count something of this client that was costly."""
    settings: Settings = request.app.state.settings
    if settings.rate_limits == "on":
        with transaction() as session:
            count(session, key_for(settings, name, client_key(request)), seconds=seconds)


def refuse_beyond(key: str, *, limit: int) -> None:
    """Raise TooManyRequests when the limit is reached. Only reads: a flood must not keep the database's writer busy."""
    with reading() as session:
        window = look(session, key)
    if window and window.count >= limit:
        raise TooManyRequests(window.seconds_left)


def count(session: Session, key: str, *, seconds: int) -> Window:
    """Count one more; returns the window with it."""
    now = utcnow()
    values = {"key": key, "now": now, "ends": now + timedelta(seconds=seconds)}
    row = session.connection().execute(COUNT, values).one()
    return Window(*row)


def look(session: Session, key: str) -> Window | None:
    """The window under way, if there is one."""
    statement = select(Rate.count, Rate.window_ends).where(col(Rate.key) == key, col(Rate.window_ends) > utcnow())
    row = session.exec(statement).first()
    return Window(*row) if row else None


def give_back(session: Session, key: str) -> None:
    """Take back one that was counted and need not have been."""
    statement = sa.update(Rate).where(col(Rate.key) == key, col(Rate.count) > 0)
    session.exec(statement.values(count=col(Rate.count) - 1))


def clear(session: Session, *keys: str) -> None:
    """Forget what was counted under these keys."""
    session.exec(sa.delete(Rate).where(col(Rate.key).in_(keys)))


def forget_old(session: Session) -> None:
    """Remove windows that have ended; for the worker, daily."""
    session.exec(sa.delete(Rate).where(col(Rate.window_ends) <= utcnow()))


def key_for(settings: Settings, name: str, *subjects: str) -> str:
    """The key of a window: a hash of what is counted and whose, with a key of today's alone."""
    today = utcnow().date().isoformat()
    daily = hmac.new(settings.keys[0].encode(), f"rates\0{today}".encode(), hashlib.sha256).digest()
    return hmac.new(daily, "\0".join((name, *subjects)).encode(), hashlib.sha256).hexdigest()


def client_key(request: Request) -> str:
    """Who asks, as far as the network tells: an IPv4 address, or the network of 64 bits that one IPv6 customer has.

    uvicorn has already put the client in place of a trusted proxy; no header is looked at here.
    """
    host = request.client.host if request.client else ""
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return host
    if address.version == 6 and address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(ip_network((address, 64), strict=False)) if address.version == 6 else str(address)
