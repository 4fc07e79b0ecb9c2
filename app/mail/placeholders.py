"""Placeholders of letters: a fixed list, put in once, and nothing else (promise S16)."""

import re
from collections.abc import Iterable, Mapping

PLACEHOLDERS = (
    *("name", "reference", "call", "organisation", "questions_address", "keeping", "editor"),
    *("topic", "length", "fee", "deadline"),
)
PLACE = re.compile(r"\{([a-z_]{1,40})\}")
BRACES = re.compile(r"\{[^{}\n]{0,80}\}")


def fill(text: str, values: Mapping[str, str]) -> str:
    """The text with its placeholders put in, in one pass: what is put in is never looked at again.

    Placeholders without a value and everything else in braces stay as they are.
    """
    return PLACE.sub(lambda found: values.get(found[1]) or found[0], text)


def standing(*texts: str) -> list[str]:
    """The placeholders of our list that a text holds, in our order."""
    found = {name for text in texts for name in PLACE.findall(text)}
    return [name for name in PLACEHOLDERS if name in found]


def to_fill(*texts: str) -> list[str]:
    """The placeholders that somebody still has to fill in: a name is put in when the letter is posted."""
    return [name for name in standing(*texts) if name != "name"]


def unknown(*texts: str) -> list[str]:
    """What looks like a placeholder and is none of ours, as it was written, each once."""
    ours = {f"{{{name}}}" for name in PLACEHOLDERS}
    return list(dict.fromkeys(each for text in texts for each in BRACES.findall(text) if each not in ours))


def shown(names: Iterable[str]) -> str:
    """Placeholders as they are written."""
    return ", ".join(f"{{{name}}}" for name in names)


def harmless(value: str) -> str:
    """A stranger's words without braces, so that they are no placeholder for whoever edits the letter."""
    return value.replace("{", "(").replace("}", ")")
