"""The tables behind the pictures of the overview: the same rows for the page and for CSV."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.desk.cells import Cell
from app.desk.insights import Insights, Time
from app.web.templating import environment, filters, translator


@dataclass(frozen=True)
class Table:
    head: list[str]
    rows: list[list[Cell]]


@dataclass(frozen=True)
class Words:
    """What keys are called in the reader's language."""

    language: str
    regions: Mapping[str, str]
    topics: Mapping[str, str]
    reasons: Mapping[str, str]  # the newsroom's own labels

    @property
    def macros(self) -> Any:
        """The words that templates have for states and reasons."""
        return environment(self.language).get_template("words.html").module

    def name(self, kind: str, key: str) -> str:
        """One key of one kind in words; a key that nothing is known of stays what it is."""
        _ = translator(self.language)
        shown = filters(self.language)
        return {
            "status": lambda: str(self.macros.status_label(key)).strip(),
            "reason": lambda: str(self.macros.reason_label(key, self.reasons)).strip(),
            "region": lambda: self.regions.get(key, key),
            "topic": lambda: self.topics.get(key, key),
            "language": lambda: shown["language_name"](key),
            "country": lambda: shown["country_name"](key) if key else _("no answer"),
            "source": lambda: key or _("not known"),
        }[kind]()


LISTS = ("status", "region", "language", "topic", "country", "source", "reason")
NAMES = (*LISTS, "places", "weeks", "times")


def tables(found: Insights, words: Words) -> dict[str, Table]:
    """Every table by its name."""
    made = {kind: listed(kind, getattr(found, kind), words) for kind in LISTS}
    return made | {"places": places(found, words), "weeks": weeks(found, words), "times": times(found, words)}


def listed(kind: str, numbers: Mapping[str, int], words: Words) -> Table:
    _ = translator(words.language)
    heads = {
        "status": _("State"),
        "region": _("Region"),
        "language": _("Language"),
        "topic": _("Topic"),
        "country": _("Country"),
        "source": _("Source"),
        "reason": _("Reason for declining"),
    }
    return Table([heads[kind], _("Applications")], [[words.name(kind, key), number] for key, number in numbers.items()])


def places(found: Insights, words: Words) -> Table:
    """Regions and topics, those without anybody too: they are the gaps."""
    _ = translator(words.language)
    rows: list[list[Cell]] = [
        [name, words.topics[topic], found.place.get((region, topic), 0), found.place_taken.get((region, topic), 0)]
        for region, name in words.regions.items()
        for topic in words.topics
    ]
    return Table([_("Region"), _("Topic"), _("Applications"), _("Accepted")], rows)


def weeks(found: Insights, words: Words) -> Table:
    _ = translator(words.language)
    return Table(
        [_("Week from"), _("Applications")], [[week.isoformat(), number] for week, number in found.weeks.items()]
    )


def times(found: Insights, words: Words) -> Table:
    _ = translator(words.language)

    def row(label: str, time: Time) -> list[Cell]:
        return [label, time.number, time.median, time.ninetieth]

    head = ["", _("Applications"), _("Half within, days"), _("Nine of ten within, days")]
    return Table(head, [row(_("First answer"), found.answer), row(_("Decision"), found.decision)])
