"""The six languages: which one a page is in, and its catalogue."""

import io
import re
import unicodedata
from functools import cache
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations

LANGUAGES = {
    "de": "Deutsch",
    "en": "English",
    "ru": "Русский",
    "ka": "ქართული",
    "hy": "Հայերեն",
    "az": "Azərbaycanca",
}
DEFAULT = "de"
# Alphabets in another order than their characters have; elsewhere a letter with a mark stands with the one without.
ALPHABETS = {"az": "abcçdeəfgğhxıijkqlmnoöprsştuüvyz", "ru": "абвгдеёжзийклмнопрстуфхцчшщъыьэюя"}
CATALOGUES = Path(__file__).parent.parent / "locale"
ACCEPTED = re.compile(r"^\s*([A-Za-z]{1,8})(?:-[A-Za-z0-9-]{1,30})?\s*(?:;\s*q=([01](?:\.\d{0,3})?))?\s*$")


def negotiate(accept_language: str) -> str:
    """The language that fits an Accept-Language header best (RFC 9110, 12.5.4), German when none does."""
    wishes: list[tuple[float, int, str]] = []
    for position, item in enumerate(accept_language[:500].split(",")):
        found = ACCEPTED.match(item)
        if found and found[1].lower() in LANGUAGES and float(found[2] or 1) > 0:
            wishes.append((-float(found[2] or 1), position, found[1].lower()))
    return min(wishes)[2] if wishes else DEFAULT


@cache
def catalogue(language: str) -> Translations:
    """The compiled catalogue of one language; read once in a process."""
    with (CATALOGUES / f"{language}.po").open("rb") as file:
        messages = read_po(file, locale=language)
    compiled = io.BytesIO()
    write_mo(compiled, messages)
    compiled.seek(0)
    return Translations(compiled)


def place_in_alphabet(word: str, language: str) -> list[int]:
    """What to sort words by, so that a list is in the order that its readers look in."""
    alphabet = ALPHABETS.get(language)
    if alphabet is None:
        letters = (letter for letter in unicodedata.normalize("NFKD", word) if not unicodedata.combining(letter))
        return [ord(letter) for letter in "".join(letters).casefold()]
    if language == "az":
        word = word.translate({ord("I"): "ı", ord("İ"): "i"})
    # Blanks and hyphens before all letters, letters of other alphabets behind them.
    return [1000 + alphabet.index(each) if each in alphabet else ord(each) for each in word.lower()]
