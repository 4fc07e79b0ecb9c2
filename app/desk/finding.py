"""Finding words within one document: in any script, as the queue's search finds them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from app.desk import folding

MAX_FOUND = 200
AROUND = 60  # letters shown on either side
TOKEN = re.compile(r"[^\W_](?:[^\W_]|[\u0300-\u036f\u00ad\u200b-\u200d’'ʼ՚|!](?=[^\W_]))*")

Span = tuple[int, int]


@dataclass(frozen=True)
class Piece:
    """Some of a text, and whether it was looked for; `number` counts what was found from 1."""

    text: str
    number: int = 0


@dataclass(frozen=True)
class Hit:
    """One place where something was found, with the words round it."""

    page: int
    before: str
    found: str
    after: str


def spans(text: str, q: str) -> list[Span]:
    """Where a text says one of the words or "phrases" of `q`; the last word may be a beginning, in its own script.

    As Latin keys only whole words are found: cut off, they would fit too much, "the" what begins with "te".
    """
    query = folding.parse_query(q)
    phrases = [spelled for phrase in query.phrases for spelled in folding.spellings(phrase)]
    if not phrases:
        return []
    unfinished = tuple(map(folding.bare, query.phrases[-1])) if query.prefix else None
    words = [(found.start(), found.end(), *keys(found[0])) for found in TOKEN.finditer(text)]
    found: list[Span] = []
    position = 0
    while position < len(words) and len(found) < MAX_FOUND:
        length = next((len(each) for each in phrases if says(words, position, each, each == unfinished)), 0)
        if length:
            found.append((words[position][0], words[position + length - 1][1]))
        position += max(length, 1)
    return found


@lru_cache(maxsize=100_000)
def keys(word: str) -> tuple[str, str]:
    """A word as it may be looked for: in its own script, and as a Latin key."""
    plain = "".join(folding.words_of(word))
    return folding.bare(plain), folding.latin_key(plain)


def says(words: list[tuple[int, int, str, str]], position: int, phrase: tuple[str, ...], unfinished: bool) -> bool:
    """Whether the words from here on are these; with `unfinished` the only one need but begin so."""
    if position + len(phrase) > len(words):
        return False
    if unfinished:
        _, _, own, key = words[position]
        return own.startswith(phrase[0]) or key == phrase[0]
    return all(word in words[position + step][2:] for step, word in enumerate(phrase))


def marked(text: str, q: str) -> list[Piece]:
    """A text in pieces, those that were looked for numbered."""
    made: list[Piece] = []
    end = 0
    for number, (start, stop) in enumerate(spans(text, q), 1):
        made += [Piece(text[end:start]), Piece(text[start:stop], number)]
        end = stop
    return [*made, Piece(text[end:])]


def hits(pages: list[tuple[int, str]], q: str) -> Iterator[Hit]:
    """Every place on these pages, given by number and words."""
    for page, text in pages:
        for start, stop in spans(text, q):
            before, after = text[max(0, start - AROUND) : start], text[stop : stop + AROUND]
            yield Hit(page, one_line(before), text[start:stop], one_line(after))


def one_line(text: str) -> str:
    return re.sub(r"\s+", " ", text)
