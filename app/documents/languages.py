"""Which language a text is in: a guess, shown as one."""

from functools import cache
from typing import Any

SAMPLE = 20_000
FEWEST_LETTERS = 40


def guess(text: str) -> str:
    """The likeliest language of a text, as a code; empty for too short a text.

    Small languages of the Caucasus are not known to it: Chechen is taken for Russian or the like.
    """
    sample = text[:SAMPLE]
    if sum(map(str.isalpha, sample)) < FEWEST_LETTERS:
        return ""
    return str(identifier().classify(sample)[0])


@cache
def identifier() -> Any:
    """The model, loaded when the first document is read: pages do not need it."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE)
