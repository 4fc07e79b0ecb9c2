"""What must hold for an application of a view: the lists it must be in, as conditions for the database."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlmodel import col

from app.applications.entries import ALL, milliseconds, sign
from app.applications.models import Application, QueueEntry
from app.desk.views import ME, Pair, View
from app.web import days

SHORTEST_FIRST = ("overdue", "label", "topic", "language", "region", "assignee", "call", "status", "turn")
Condition = Callable[[Any, Any], sa.ColumnElement[bool]]  # of the columns with an application's id and its signs


def lists_of(view: View) -> list[list[Pair]]:
    """For each filter that is set, the lists that its values stand for; those likely to be short come first."""
    values = {facet: [(facet, meant(view, value)) for value in getattr(view, facet)] for facet in view.facets()}
    if view.status == ("open",) and "assignee" in values:
        values["assignee"] = [("open_assignee", value) for _, value in values.pop("assignee")]
        del values["status"]
    return [values[facet] for facet in SHORTEST_FIRST if facet in values]


def meant(view: View, value: str) -> str:
    return str(view.me) if value == ME and view.me else value


def conditions(view: View) -> list[Condition]:
    """What must hold for an application of a view, as functions of the columns with its id and signs."""
    found: list[Condition] = [partial(bearing, values=each) for each in lists_of(view)]
    if view.excluded:
        found.append(partial(lacking, values=[(facet, meant(view, value)) for facet, value in view.excluded]))
    if dated(view) and (view.order != "received" or view.q):
        found.append(lambda id_, _: received_within(view, id_))
    if view.keep is not None:
        found.append(lambda id_, _: sa.exists().where(col(Application.id) == id_, col(Application.keep).is_(view.keep)))
    return found


def bearing(id_: Any, signs: Any, values: Sequence[Pair]) -> sa.ColumnElement[bool]:
    """The condition that an application bears one of several values: its signs say so, and it is so."""
    return sa.and_(sa.or_(*(bears_sign(signs, each) for each in values)), written(id_, values).is_not(None))


def lacking(id_: Any, signs: Any, values: Sequence[Pair]) -> sa.ColumnElement[bool]:
    """The condition that an application bears none of several values."""
    return sa.or_(~sa.or_(*(bears_sign(signs, each) for each in values)), written(id_, values).is_(None))


def bears_sign(signs: Any, pair: Pair) -> sa.ColumnElement[bool]:
    """Whether an application may bear a value; where its signs are not at hand, any may."""
    return sa.true() if signs is None else signs.bitwise_and(sign(pair)) == sign(pair)


def written(id_: Any, values: Sequence[Pair]) -> Any:
    """Something, if an application has an entry for one of several values; looked up when all else is true.

    EXISTS would let PostgreSQL join whole lists with each other instead.
    """
    other = sa.inspect(QueueEntry).local_table.alias()
    one_of = sa.or_(*(sa.and_(other.c.facet == facet, other.c.value == value) for facet, value in values))
    return sa.select(sa.literal(1)).where(other.c.application_id == id_, one_of).limit(1).scalar_subquery()


def dated(view: View) -> bool:
    return view.since is not None or view.until is not None


def received_within(view: View, id_: Any) -> sa.ColumnElement[bool]:
    return sa.exists().where(col(QueueEntry.application_id) == id_, *is_list(ALL), *within_dates(view))


def within_dates(view: View) -> list[sa.ColumnElement[bool]]:
    """That an entry's application was received on one of the days of a view."""
    found = []
    if view.since:
        found.append(col(QueueEntry.received) >= midnight(view.since))
    if view.until:
        found.append(col(QueueEntry.received) < midnight(view.until + timedelta(days=1)))
    return found


def midnight(day: date) -> int:
    return milliseconds(days.start_of(day))


def is_list(pair: Pair) -> tuple[sa.ColumnElement[bool], sa.ColumnElement[bool]]:
    return col(QueueEntry.facet) == pair[0], col(QueueEntry.value) == pair[1]
