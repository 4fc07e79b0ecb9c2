"""Finding the applications of a view in its order, at a cost that does not depend on how many there are.

Every value of every filter is a list in each order (queue_entry). A view is walked along one of its lists; on the
way each entry's signs tell for which applications the other filters are worth looking up. A walk is never longer than
DEPTH: where even that finds too few, the page is cut there, says so, and goes on from that place.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col

from app.applications.entries import ALL
from app.applications.models import QueueEntry
from app.database import Stretch
from app.desk import search
from app.desk.conditions import Condition, conditions, dated, is_list, lists_of, within_dates
from app.desk.views import Pair, View

SHORT = 500  # a list of no more entries is looked through as a whole
DEPTH = 20_000
MERGED_DEPTHS = (250, 4000)  # of several lists, which are sorted as far as they are looked at
SEARCH_DEPTHS = (100, 250, 4000)
NUMBERS_DEPTH = 2000  # for numbers, which may be of fewer
FETCHED = (60, 250, 1000, 4000)  # matches at once, so that a page and the numbers beside it share them
MATCHES = 1000  # newest matches of a search that are sorted by something else than their age
LARGEST_FIRST = {"received", "active", "score"}
CURSOR = re.compile(r"(-?\d{1,18})(?:\.([0-9a-f]{32}))?")


@dataclass(frozen=True)
class Cursor:
    """Where a page ended: the last row's place in the order."""

    key: int
    id: UUID | None = None  # none in the results of a search, whose places are their numbers

    def __str__(self) -> str:
        return f"{self.key}.{self.id.hex}" if self.id else str(self.key)


@dataclass(frozen=True)
class Walk:
    """What was found, in order, and where it goes on if there is more."""

    ids: list[UUID]
    after: Cursor | None = None
    cut_short: bool = False  # there may be more between the last row and `after`
    newest_only: bool = False  # a search with so many matches that only the newest were sorted


def cursor(text: str) -> Cursor | None:
    """The cursor of an address; None for anything else."""
    found = CURSOR.fullmatch(text)
    return Cursor(int(found[1]), UUID(found[2]) if found[2] else None) if found else None


def walk(session: Session, view: View, *, after: Cursor | None = None, limit: int, shallow: bool = False) -> Walk:
    """The first `limit` applications of a view after a place; `shallow` looks along one list only, and not far."""
    if view.q.strip():
        return matches(session, view, after=after, limit=limit, depths=SEARCH_DEPTHS[:2] if shallow else SEARCH_DEPTHS)
    lists = lists_of(view) or [[ALL]]
    if len(lists) == 1 and not view.excluded and not dated(view) and view.keep is None:
        return along_merged(session, view, lists[0], after=after, limit=limit, depth=limit + 1, narrowing=[])
    size, shortest = min((size, position) for position, size in enumerate(lengths(session, view, lists)))
    if size <= SHORT:
        return gathered(session, view, lists[shortest], after=after, limit=limit)
    for each in lists:
        if len(each) == 1:
            depth = NUMBERS_DEPTH if shallow else DEPTH
            return along(session, view, each[0], after=after, limit=limit, depth=depth)
    found = Walk([])
    for depth in MERGED_DEPTHS[:1] if shallow else MERGED_DEPTHS:
        narrowing = conditions(view)
        found = along_merged(session, view, lists[0], after=after, limit=limit, depth=depth, narrowing=narrowing)
        if not found.cut_short:
            break
    return found


def gathered(session: Session, view: View, values: Sequence[Pair], *, after: Cursor | None, limit: int) -> Walk:
    """The same along short lists: all of them are taken, and sorted."""
    by_age = replace(view, sort="received")
    entries = merged([one_list(by_age, each, after=None).limit(SHORT) for each in values]).subquery("entries")
    key, id_ = getattr(QueueEntry, view.order), col(QueueEntry.application_id)
    statement = sa.select(key, id_).join_from(entries, QueueEntry, entries.c.application_id == id_)
    statement = statement.where(*is_list(ALL), *(each(id_, entries.c.signs) for each in conditions(view)))
    statement = past(statement, view, after, key, id_).order_by(*in_order(view, key, id_))
    rows = session.connection().execute(statement.limit(limit + 1)).all()
    return Walk([row[1] for row in rows[:limit]], Cursor(*rows[limit - 1]) if len(rows) > limit else None)


def past(statement: Any, view: View, after: Cursor | None, key: Any, id_: Any) -> Any:
    """A statement restricted to what comes after a place."""
    return statement if after is None or after.id is None else statement.where(beyond(view, after, key, id_))


def beyond(view: View, place: Cursor, key: Any, id_: Any) -> sa.ColumnElement[bool]:
    """That something comes after a place."""
    here, there = sa.tuple_(key, id_), sa.tuple_(sa.literal(place.key), sa.literal(place.id, sa.Uuid()))
    return here < there if falling(view) else here > there


def place_of(session: Session, view: View, application: UUID) -> Cursor | None:
    """Where an application stands in the order of a view, whether it belongs to the view or not."""
    if view.q.strip() and view.order == "received":
        number = search.number_of(session, application)
        return Cursor(number) if number is not None else None
    key = getattr(QueueEntry, view.order)
    statement = sa.select(key).where(col(QueueEntry.application_id) == application, *is_list(ALL))
    row = session.connection().execute(statement).first()
    return Cursor(row[0], application) if row else None


def belonging(session: Session, view: View, applications: Collection[UUID]) -> list[UUID]:
    """Which of some applications belong to a view."""
    id_ = col(QueueEntry.application_id)
    statement = sa.select(id_).where(id_.in_(applications), *is_list(ALL), *within_dates(view))
    statement = statement.where(*(each(id_, col(QueueEntry.signs)) for each in conditions(view)))
    if view.q.strip():
        place = search.found_by(session, view.q)
        if place is None:
            return []
        found, condition, number = place
        entry = sa.table("search_entry", sa.column("id"), sa.column("application_id", sa.Uuid)).alias("entry")
        statement = statement.join(entry, entry.c.application_id == id_).join(found, number == entry.c.id)
        statement = statement.where(condition)
    return list(session.connection().execute(statement).scalars()) if applications else []


def lengths(session: Session, view: View, lists: Sequence[Sequence[Pair]]) -> list[int]:
    """How long each of some lists is within the days of a view, counted to SHORT + 1; of several, the longest."""
    counted = [
        sa.select(sa.literal(position), sa.func.count()).select_from(
            sa.select(sa.literal(1)).where(*is_list(pair), *within_dates(view)).limit(SHORT + 1).subquery()
        )
        for position, pairs in enumerate(lists)
        for pair in pairs
    ]
    longest = [0] * len(lists)
    for position, number in session.connection().execute(sa.union_all(*counted)):
        longest[position] = max(longest[position], number)
    return longest


def along(session: Session, view: View, pair: Pair, *, after: Cursor | None, limit: int, depth: int) -> Walk:
    """Walk along one list, no deeper than `depth` entries."""
    key, id_ = getattr(QueueEntry, view.order), col(QueueEntry.application_id)
    statement = one_list(view, pair, after=after)
    end = session.connection().execute(statement.offset(depth - 1).limit(1)).first()
    statement = statement.where(*(each(id_, col(QueueEntry.signs)) for each in conditions(view)))
    if end:
        statement = statement.where(~beyond(view, Cursor(*end[:2]), key, id_))
    rows = session.connection().execute(statement.limit(limit + 1)).all()
    ids = [row.application_id for row in rows[:limit]]
    if len(rows) > limit:
        return Walk(ids, Cursor(*rows[limit - 1][:2]))
    return Walk(ids, Cursor(*end[:2]), cut_short=True) if end else Walk(ids)


def along_merged(
    session: Session,
    view: View,
    values: Sequence[Pair],
    *,
    after: Cursor | None,
    limit: int,
    depth: int,
    narrowing: Sequence[Condition],
) -> Walk:
    """The same along several lists."""
    both = merged([one_list(view, each, after=after).limit(depth) for each in values]).subquery()
    order = in_order(view, both.c.key, both.c.application_id)
    entries = sa.select(both).order_by(*order).limit(depth).subquery("entries")
    order = in_order(view, entries.c.key, entries.c.application_id)
    statement = sa.select(entries.c.key, entries.c.application_id).order_by(*order)
    conditions = [each(entries.c.application_id, entries.c.signs) for each in narrowing]
    rows = session.connection().execute(statement.where(*conditions).limit(limit + 1)).all()
    ids = [row.application_id for row in rows[:limit]]
    if len(rows) > limit:
        return Walk(ids, Cursor(*rows[limit - 1]))
    end = session.connection().execute(statement.offset(depth - 1).limit(1)).first() if narrowing else None
    return Walk(ids, Cursor(*end), cut_short=True) if end else Walk(ids)


def one_list(view: View, pair: Pair, *, after: Cursor | None) -> Any:
    """The entries of one list, in the order of the view: one range of one index."""
    key, id_ = getattr(QueueEntry, view.order), col(QueueEntry.application_id)
    statement = sa.select(key.label("key"), id_, col(QueueEntry.signs)).where(*is_list(pair))
    if view.order == "received":
        statement = statement.where(*within_dates(view))
    return past(statement, view, after, key, id_).order_by(*in_order(view, key, id_))


def merged(statements: Sequence[Any]) -> Any:
    """Several lists as one, each application once."""
    if len(statements) == 1:
        return statements[0]
    return sa.union(*(sa.select(each.subquery()) for each in statements))


def falling(view: View) -> bool:
    return (view.order in LARGEST_FIRST) is not view.reversed


def in_order(view: View, *columns: Any) -> list[Any]:
    return [column.desc() if falling(view) else column.asc() for column in columns]


def matches(session: Session, view: View, *, after: Cursor | None, limit: int, depths: Sequence[int]) -> Walk:
    """The same for a search: along its matches by age, or the newest of them in another order."""
    if view.order != "received":
        return sorted_matches(session, view, after=after, limit=limit)
    found = Walk([])
    for depth in depths if conditions(view) else (limit + 1,):
        found = dated_matches(session, view, after=after, limit=limit, depth=depth)
        if not found.cut_short:
            break
    return found


def matched(session: Session, view: View, *, after: Cursor | None, depth: int) -> Any:
    """The next `depth` matches by age: their numbers and their applications; None if nothing is looked for."""
    start = after.key if after and after.id is None else None
    number = next((each for each in FETCHED if each >= depth), depth)
    place = search.found_by(session, view.q, Stretch(number, falling(view), start))
    if place is None:
        return None
    found, condition, key = place
    numbers = sa.select(key.label("key")).select_from(found).where(condition)
    if start is not None:
        numbers = numbers.where(key < start if falling(view) else key > start)
    taken = numbers.order_by(*in_order(view, key)).limit(depth).subquery("taken")
    entry = sa.table("search_entry", sa.column("id"), sa.column("application_id", sa.Uuid)).alias("entry")
    return sa.select(taken.c.key, entry.c.application_id).join_from(taken, entry, taken.c.key == entry.c.id)


def dated_matches(session: Session, view: View, *, after: Cursor | None, limit: int, depth: int) -> Walk:
    taken = matched(session, view, after=after, depth=depth)
    if taken is None:
        return Walk([])
    entries = taken.subquery("entries")
    statement = sa.select(entries.c.key, entries.c.application_id).order_by(*in_order(view, entries.c.key))
    narrowed = statement.where(*(each(entries.c.application_id, None) for each in conditions(view)))
    rows = session.connection().execute(narrowed.limit(limit + 1)).all()
    ids = [row.application_id for row in rows[:limit]]
    if len(rows) > limit:
        return Walk(ids, Cursor(rows[limit - 1].key))
    if depth == limit + 1:
        return Walk(ids)
    end = session.connection().execute(statement.offset(depth - 1).limit(1)).first()
    return Walk(ids, Cursor(end.key), cut_short=True) if end else Walk(ids)


def sorted_matches(session: Session, view: View, *, after: Cursor | None, limit: int) -> Walk:
    """The newest MATCHES matches, sorted by something else."""
    taken = matched(session, replace(view, sort="received"), after=None, depth=MATCHES)
    if taken is None:
        return Walk([])
    entries = taken.subquery("entries")
    key, id_ = getattr(QueueEntry, view.order), col(QueueEntry.application_id)
    statement = sa.select(key, id_).join_from(entries, QueueEntry, entries.c.application_id == id_)
    statement = statement.where(*is_list(ALL), *(each(id_, col(QueueEntry.signs)) for each in conditions(view)))
    statement = past(statement, view, after, key, id_).order_by(*in_order(view, key, id_))
    rows = session.connection().execute(statement.limit(limit + 1)).all()
    many = session.connection().execute(sa.select(entries.c.key).offset(MATCHES - 1).limit(1)).first() is not None
    more = Cursor(*rows[limit - 1]) if len(rows) > limit else None
    return Walk([row[1] for row in rows[:limit]], more, newest_only=many)
