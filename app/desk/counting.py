"""The numbers beside views and behind filters: counted to a limit, so that none costs more when the queue grows."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col

from app.applications.models import QueueEntry
from app.desk.conditions import is_list, lists_of
from app.desk.views import BUILT_IN, FACETS, View
from app.desk.walking import walk

VIEW_LIMIT = 1000  # numbers beside views
FILTER_LIMIT = 100  # numbers behind the values of filters: of the newest so many applications of the view
SEARCH_LIMIT = 50
OPEN_ENDED = ("region", "language", "topic", "label")  # filters whose values are found out by looking


@dataclass(frozen=True)
class Count:
    """A number; `capped` says that there may be more."""

    value: str
    number: int
    capped: bool


def beside_views(session: Session, me: UUID) -> dict[str, Count]:
    """How many applications each of the views has that are always there, up to VIEW_LIMIT: one query."""
    lists = {key: (lists_of(replace(view, me=me)) or [[("all", "")]])[0][0] for key, view in BUILT_IN.items()}
    counted = [
        sa.select(sa.literal(key).label("key"), sa.func.count().label("number")).select_from(
            sa.select(sa.literal(1)).where(*is_list(pair)).limit(VIEW_LIMIT + 1).subquery()
        )
        for key, pair in lists.items()
    ]
    found = session.connection().execute(sa.union_all(*counted)).all()
    return {key: Count(key, min(number, VIEW_LIMIT), number > VIEW_LIMIT) for key, number in found}


def behind_filters(session: Session, view: View) -> dict[str, list[Count]]:
    """The numbers behind the values of each filter, as if that filter alone were not set; largest first."""
    values = {facet: values_of(session, facet) for facet in OPEN_ENDED}
    numbers, capped = among_newest(session, view)
    found = {}
    for facet in FACETS:
        own, limited = numbers, capped
        if getattr(view, facet) or any(name == facet for name, _ in view.excluded):
            own, limited = among_newest(session, view.free_of(facet))
        counted = {value: number for (name, value), number in own.items() if name == facet}
        found[facet] = listed(counted, [*values.get(facet, ()), *getattr(view, facet)], limited)
    return found


def listed(numbers: dict[str, int], values: Iterable[str], capped: bool) -> list[Count]:
    """Counts of every value, largest first."""
    whole = dict.fromkeys(values, 0) | numbers
    counts = [Count(value, number, capped) for value, number in whole.items()]
    return sorted(counts, key=lambda each: (-each.number, each.value))


def among_newest(session: Session, view: View) -> tuple[dict[tuple[str, str], int], bool]:
    """How many of the newest applications of a view bear each value; whether there are older ones."""
    found = walk(session, replace(view, sort="received"), limit=SEARCH_LIMIT if view.q else FILTER_LIMIT, shallow=True)
    statement = sa.select(col(QueueEntry.facet), col(QueueEntry.value), sa.func.count())
    statement = statement.where(col(QueueEntry.application_id).in_(found.ids))
    rows = session.connection().execute(statement.group_by(col(QueueEntry.facet), col(QueueEntry.value))).all()
    return {(facet, value): number for facet, value, number in rows}, found.after is not None


def values_of(session: Session, facet: str, *, limit: int = 100) -> list[str]:
    """The values that any application bears, by leaping from one to the next in the index: a step for each."""
    entry = sa.inspect(QueueEntry).local_table.alias()
    first: Any = sa.select(sa.func.min(entry.c.value).label("value")).where(entry.c.facet == facet)
    values = first.cte("found_values", recursive=True)
    following = sa.select(sa.func.min(col(QueueEntry.value))).where(
        col(QueueEntry.facet) == facet, col(QueueEntry.value) > values.c.value
    )
    values = values.union_all(sa.select(following.scalar_subquery()).where(values.c.value.is_not(None)))
    found = session.connection().execute(sa.select(values.c.value).where(values.c.value.is_not(None)).limit(limit))
    return [value for (value,) in found]
