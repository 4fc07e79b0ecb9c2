"""Views of the queue: what an address says about which applications are looked at, and in which order.

?region=georgia&region=armenia      one of them (repeated keys widen)
&language=ru                        and this (different keys narrow)
&no_topic=energy                   but not this
&from=2026-01-01&to=2026-01-31      received on one of these days
&sort=waiting, &sort=-waiting       longest first, shortest first
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any
from urllib.parse import parse_qsl, urlencode
from uuid import UUID

FACETS = ("turn", "overdue", "status", "region", "language", "topic", "assignee", "label", "call")
SORTS = ("received", "active", "waiting", "score")
NOBODY = "nobody"
ME = "me"
VALUES = 20  # of one filter, at most
LENGTH = 80
QUERY_LENGTH = 500

Pair = tuple[str, str]


@dataclass(frozen=True)
class View:
    """What part of the queue is looked at: repeated values widen, different filters narrow."""

    q: str = ""
    turn: tuple[str, ...] = ()
    overdue: tuple[str, ...] = ()
    status: tuple[str, ...] = ()
    region: tuple[str, ...] = ()
    language: tuple[str, ...] = ()
    topic: tuple[str, ...] = ()
    label: tuple[str, ...] = ()
    assignee: tuple[str, ...] = ()
    call: tuple[str, ...] = ()
    excluded: tuple[Pair, ...] = ()  # filter and value
    since: date | None = None
    until: date | None = None
    sort: str = "received"
    keep: bool | None = None  # whether they may stay in the pool: asked for by the contributors' page alone
    me: UUID | None = field(default=None, compare=False)  # who looks: what assignee=me means

    def pairs(self) -> list[Pair]:
        """This view as the parameters of an address."""
        found = [("q", self.q)] if self.q else []
        found += [(facet, value) for facet in FACETS for value in getattr(self, facet)]
        found += [(f"no_{facet}", value) for facet, value in self.excluded]
        found += [("from", self.since.isoformat())] if self.since else []
        found += [("to", self.until.isoformat())] if self.until else []
        # The view of everything needs some parameter: without any, the desk opens at the start page.
        return found + ([("sort", self.sort)] if self.sort != SORTS[0] or not found else [])

    def query(self, **changes: Any) -> str:
        """What follows the question mark in the address of this view, or of one that differs by `changes`."""
        return urlencode((replace(self, **changes) if changes else self).pairs())

    def address(self, **changes: Any) -> str:
        return f"/desk/?{self.query(**changes)}"

    def after(self, cursor: str) -> str:
        """The address of the page of this view that goes on after a row."""
        return f"{self.address()}&{urlencode({'after': cursor})}"

    def toggled(self, facet: str, value: str) -> str:
        """The address with one value of a filter added, or taken away."""
        values = getattr(self, facet)
        changed = tuple(each for each in values if each != value) if value in values else (*values, value)
        others = tuple(pair for pair in self.excluded if pair != (facet, value))
        return self.address(**{facet: changed, "excluded": others})

    def without(self, facet: str, value: str) -> str:
        """The address with one value of a filter excluded, or no longer so."""
        pair, values = (facet, value), tuple(each for each in getattr(self, facet) if each != value)
        others = tuple(each for each in self.excluded if each != pair)
        return self.address(**{facet: values, "excluded": others if pair in self.excluded else (*others, pair)})

    def free_of(self, facet: str) -> "View":
        """This view with one filter not set."""
        cleared: dict[str, Any] = {facet: ()}
        return replace(self, **cleared, excluded=tuple(pair for pair in self.excluded if pair[0] != facet))

    def excludes(self, facet: str, value: str) -> bool:
        return (facet, value) in self.excluded

    def sorted_by(self, key: str) -> str:
        """The address of this view in another order; asked for again, the other way round."""
        return self.address(sort=f"-{key}" if self.sort == key else key)

    def turned(self) -> "View":
        """This view the other way round."""
        return replace(self, sort=self.order if self.reversed else f"-{self.sort}")

    @property
    def order(self) -> str:
        return self.sort.removeprefix("-")

    @property
    def reversed(self) -> bool:
        return self.sort.startswith("-")

    @property
    def narrowed(self) -> bool:
        return bool(self.q or self.excluded or self.since or self.until or self.facets())

    def facets(self) -> list[str]:
        """The filters that are set."""
        return [facet for facet in FACETS if getattr(self, facet)]

    def same_rows(self, other: "View") -> bool:
        """Whether two views show the same applications, in whatever order."""
        return replace(self, sort="received") == replace(other, sort="received")


ALL = View()
# The views that are always there, by their keys. Names: templates/desk/views.html.
BUILT_IN: dict[str, View] = {
    "action": View(turn=("us",)),
    "mine": View(status=("open",), assignee=(ME,)),
    "unassigned": View(status=("open",), assignee=(NOBODY,)),
    "waiting": View(turn=("applicant",)),
    "overdue": View(overdue=("yes",)),
    "open": View(status=("open",)),
    "all": ALL,
}


def parse(query: str, *, me: UUID | None = None) -> View:
    """The view that an address's query says."""
    return from_pairs(parse_qsl(query), me=me)


def from_pairs(pairs: Iterable[Pair], *, me: UUID | None = None) -> View:
    """The view that an address's parameters say; what is not known is left out."""
    values: dict[str, list[str]] = {}
    for key, value in pairs:
        cleaned = value.replace("\0", "").strip() if key != "q" else value.replace("\0", "")
        if cleaned and cleaned not in values.setdefault(key, []):
            values[key].append(cleaned)
    excluded = ((facet, value) for facet in FACETS for value in some(values, f"no_{facet}"))
    sort = last(values, "sort")
    facets: dict[str, Any] = {facet: some(values, facet) for facet in FACETS}
    return View(
        q=last(values, "q")[:QUERY_LENGTH],
        **facets,
        excluded=tuple(excluded),
        since=day(last(values, "from")),
        until=day(last(values, "to")),
        sort=sort if sort.removeprefix("-") in SORTS else SORTS[0],
        me=me,
    )


def some(values: dict[str, list[str]], key: str) -> tuple[str, ...]:
    return tuple(value[:LENGTH] for value in values.get(key, [])[:VALUES])


def last(values: dict[str, list[str]], key: str) -> str:
    return values.get(key, [""])[-1]


def day(value: str) -> date | None:
    try:
        return date.fromisoformat(value) if value else None
    except ValueError:
        return None
