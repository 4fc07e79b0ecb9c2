"""Names in any script, and how near two of them are."""

import re
from itertools import permutations

from rapidfuzz import fuzz

from app.desk import folding

NEAR = 90  # percent, from where two names count as nearly the same
MOST_WORDS = 4
SHORTEST = 6
VOWELS = re.compile("[aeiou]")


def keys(*names: str) -> set[str]:
    """Each spelling of a person's name as one key: Latin, words in the order of the alphabet.

    A single word names nobody, and gives none.
    """
    spelled = [sorted(folding.latin(name).split()) for name in names]
    return {" ".join(words) for words in spelled if len(words) > 1 and len("".join(words)) >= SHORTEST}


def parts(key: str) -> set[str]:
    """What names that differ a little still have in common: one word with another's beginning, or the consonants."""
    words = key.split()[:MOST_WORDS]
    found = {f"{word} {other[0]}" for word, other in permutations(words, 2) if len(word) > 2}
    consonants = "".join(VOWELS.sub("", word) for word in words)
    return found | ({consonants} if len(consonants) > 3 else set())


def nearness(first: set[str], second: set[str]) -> int:
    """How near the nearest spellings are, in percent; a name with a patronymic is as near as one without."""
    return max((round(near(one, other)) for one in first for other in second), default=0)


def near(one: str, other: str) -> float:
    """Two keys, word by word in whatever order fits best."""
    words, others = one.split()[:MOST_WORDS], other.split()[:MOST_WORDS]
    shorter, longer = sorted((set(words), set(others)), key=len)
    if len(shorter) > 1 and shorter < longer:
        return 100.0
    return max(fuzz.ratio(" ".join(words), " ".join(order)) for order in permutations(others))
