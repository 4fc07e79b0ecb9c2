"""What a file tells besides its text, in words for people: the names that programs give to it, and moments."""

from collections.abc import Callable, Iterable
from datetime import datetime

from app.web import days

Show = Callable[[datetime], str]

# As Pandoc and others name them among a file's own properties.
NAMES = {"title-meta": "title", "subtitle": "title", "author-meta": "author", "date-meta": "time", "date": "time"}


def readable(pairs: Iterable[Iterable[str]], *, as_it_stands: Show, zoned: Show) -> list[tuple[str, str]]:
    """Pairs of documents/metadata.py as they are shown, each once; a moment without a zone as it stands there."""
    return list(dict.fromkeys(one(key, value, as_it_stands, zoned) for key, value in pairs))


def one(key: str, value: str, as_it_stands: Show, zoned: Show) -> tuple[str, str]:
    name, _, rest = value.partition(": ")
    if key == "other" and name.casefold() in NAMES and rest:
        key, value = NAMES[name.casefold()], rest
    return key, when(value, as_it_stands, zoned) if key == "time" else value


def when(value: str, as_it_stands: Show, zoned: Show) -> str:
    """A moment as our pages write it; what is none stays as it is."""
    try:
        moment = datetime.fromisoformat(value.replace(":", "-", 2) if value[4:5] == ":" else value)
        return zoned(moment) if moment.tzinfo else as_it_stands(moment.replace(tzinfo=days.timezone()))
    except (ValueError, OverflowError):
        return value
