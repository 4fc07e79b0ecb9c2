"""What a file tells besides its text, in words for people: the names that programs give to it, and moments."""

from collections.abc import Callable, Iterable
from datetime import datetime, tzinfo

# As Pandoc and others name them among a file's own properties.
NAMES = {"title-meta": "title", "subtitle": "title", "author-meta": "author", "date-meta": "time", "date": "time"}


def readable(pairs: Iterable[Iterable[str]], *, zone: tzinfo, show: Callable[[datetime], str]) -> list[tuple[str, str]]:
    """Pairs of documents/metadata.py as they are shown, each once."""
    return list(dict.fromkeys(one(key, value, zone, show) for key, value in pairs))


def one(key: str, value: str, zone: tzinfo, show: Callable[[datetime], str]) -> tuple[str, str]:
    name, _, rest = value.partition(": ")
    if key == "other" and name.casefold() in NAMES and rest:
        key, value = NAMES[name.casefold()], rest
    return key, when(value, zone, show) if key == "time" else value


def when(value: str, zone: tzinfo, show: Callable[[datetime], str]) -> str:
    """A moment as our pages write it; what is none stays as it is. One without a zone is taken as it stands."""
    try:
        moment = datetime.fromisoformat(value.replace(":", "-", 2) if value[4:5] == ":" else value)
        return show(moment if moment.tzinfo else moment.replace(tzinfo=zone))
    except (ValueError, OverflowError):
        return value
