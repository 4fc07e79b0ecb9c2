"""One spelling for the same word in different scripts, so that Giorgi, Гиорги and გიორგი find each other.

A word is indexed twice: folded in its own script, and as a Latin key in which sounds that transliterations render
differently are one. Both databases index the same text with their simplest tokeniser.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from anyascii import anyascii

# PostgreSQL's tsvector holds one megabyte, positions included; both runs of words must fit.
INDEX_BYTES = 340_000
QUERY_LENGTH = 300
MAX_WORDS = 12
PREFIX_LENGTH = 2
LONGEST_WORD = 60

PART_END = "zqzqzq"  # a word that nobody writes: phrases do not reach across it
PALOCHKA = "ӏ"
LOOK_ALIKES = re.compile(r"(?<=[а-яё])[ӏ1il|!](?=[а-яё])|(?<=[гкпхцчт])[ӏ1il|!](?![a-z0-9])")
DROPPED = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff’'ʼʻ`´՚]")
WORD = re.compile(r"[^\W_]+")
SAME = {"եւ": "և", "եվ": "և", "ё": "е", "ß": "ss", "ي": "ی", "ك": "ک"}

# Before transliteration: letters that anyascii renders in a way no reader of that language would.
LETTERS = {
    "ու": "u", "և": "ev", "ը": "e", "ժ": "zh", "լ": "l", "խ": "kh", "ծ": "ts", "կ": "k", "հ": "h", "ձ": "dz", "ղ": "gh",
    "ճ": "ch", "մ": "m", "յ": "y", "շ": "sh", "ո": "o", "չ": "ch", "ջ": "j", "ռ": "r", "ց": "ts", "ւ": "v", "փ": "p",
    "ք": "k", "թ": "t", "ə": "a", "ı": "i", "ş": "sh", "ç": "ch", "ğ": "gh", "c": "c", "ӏ": "", "ь": "", "ъ": "",
    "щ": "sh", "э": "e", "ы": "i", "й": "i", "х": "kh", "ä": "a", "ö": "o", "ü": "u",
}  # fmt: skip
# Armenian and Russian e at the beginning of a word is said, and written in Latin, ye.
INITIAL_YE = re.compile(r"\b[еե]")
# Azerbaijani c is the sound of English j; in other Latin texts it stays what it is.
AZERBAIJANI = re.compile("[əğışç]")
# After it: sounds that differ only by the habit of whoever transliterated.
SOUNDS = (
    ("sch", "sh"), ("shch", "sh"), ("tch", "ch"), ("dzh", "j"), ("dj", "j"), ("kh", "x"), ("zh", "j"), ("ts", "c"),
    ("tz", "c"),
    ("dz", "z"), ("gh", "g"), ("ph", "p"), ("th", "t"), ("ck", "k"), ("q", "k"), ("w", "v"), ("x", "h"),
    ("ae", "a"), ("oe", "o"), ("ue", "u"), ("yo", "e"), ("ye", "e"), ("iu", "u"), ("yu", "u"), ("ia", "a"), ("ya", "a"),
    ("y", "i"), ("ee", "e"), ("ii", "i"), ("ea", "a"), ("ou", "u"),
)  # fmt: skip
DOUBLED = re.compile(r"(.)\1+")


def fold(text: str) -> str:
    """The words of a text in one spelling of their own script: letters and digits, single spaces."""
    return " ".join(bare(word) for word in words_of(text))


def latin(text: str) -> str:
    """The Latin keys of the words of a text."""
    return " ".join(latin_key(word) for word in words_of(text))


def words_of(text: str) -> Iterator[str]:
    """The words of a text, small, composed, without invisible signs; accents that make a letter are still there."""
    text = DROPPED.sub("", unicodedata.normalize("NFKC", text).casefold())
    text = LOOK_ALIKES.sub(PALOCHKA, text)
    text = unicodedata.normalize("NFC", text)
    if not text.isascii():
        text = "".join(char for char in text if unicodedata.category(char) != "Mn")
    for old, new in SAME.items():
        text = text.replace(old, new)
    for found in WORD.finditer(text):
        yield found[0][:LONGEST_WORD]


@lru_cache(maxsize=200_000)
def bare(word: str) -> str:
    """A word without accents."""
    if word.isascii():
        return word
    return "".join(char for char in unicodedata.normalize("NFD", word) if not unicodedata.combining(char))


@lru_cache(maxsize=200_000)
def latin_key(word: str) -> str:
    """The Latin key of one word."""
    if AZERBAIJANI.search(word):
        word = word.replace("c", "j").replace("q", "g")
    word = INITIAL_YE.sub("ye", word)
    for old, new in LETTERS.items():
        word = word.replace(old, new)
    key = "".join(WORD.findall(anyascii(word).casefold()))
    for old, new in SOUNDS:
        key = key.replace(old, new)
    return DOUBLED.sub(r"\1", key) or word


def index_text(*parts: str) -> str:
    """What is stored to be searched: the folded words, then the Latin keys, so that phrases hold in either."""
    words = [word for part in parts for word in (*words_of(part), PART_END)]
    own = " ".join(bare(word) for word in words)
    keys = " ".join(latin_key(word) for word in words)
    return f"{shortened(own)} {PART_END} {shortened(keys)}"


def shortened(text: str) -> str:
    return text.encode()[:INDEX_BYTES].decode("utf-8", "ignore")


@dataclass(frozen=True)
class Query:
    """What is looked for: every phrase of `phrases` (each one word or more); the last may be a beginning."""

    phrases: tuple[tuple[str, ...], ...]
    prefix: bool


def parse_query(q: str) -> Query:
    """What an editor typed: words, "quoted phrases", the last word perhaps not yet finished. Nothing else is syntax."""
    q = q[:QUERY_LENGTH].replace("“", '"').replace("”", '"').replace("„", '"').replace("«", '"').replace("»", '"')
    phrases: list[tuple[str, ...]] = []
    for position, piece in enumerate(q.split('"')):
        words = tuple(words_of(piece))
        if position % 2 and words:
            phrases.append(words)
        else:
            phrases.extend((word,) for word in words)
    kept = phrases[:MAX_WORDS]
    unfinished = bool(q) and not q.rstrip().endswith('"') and q == q.rstrip()
    return Query(tuple(kept), bool(kept) and unfinished and len(kept[-1]) == 1 and len(kept[-1][0]) >= PREFIX_LENGTH)


def spellings(phrase: tuple[str, ...]) -> list[tuple[str, ...]]:
    """A phrase as it may stand in the index: in its own script, and as Latin keys."""
    return list(dict.fromkeys([tuple(map(bare, phrase)), tuple(map(latin_key, phrase))]))


def fts5(query: Query) -> str | None:
    """The query in the words of SQLite's FTS5; None when nothing is looked for."""
    terms = []
    for position, phrase in enumerate(query.phrases):
        star = "*" if query.prefix and position == len(query.phrases) - 1 else ""
        terms.append("(" + " OR ".join(f'"{" ".join(words)}"{star}' for words in spellings(phrase)) + ")")
    return " AND ".join(terms) or None


def tsquery(query: Query) -> str | None:
    """The query in the words of PostgreSQL's to_tsquery('simple', …); None when nothing is looked for."""
    terms = []
    for position, phrase in enumerate(query.phrases):
        star = ":*" if query.prefix and position == len(query.phrases) - 1 else ""
        spelled = [" <-> ".join(f"'{word}'{star}" for word in words) for words in spellings(phrase)]
        terms.append("(" + " | ".join(f"({each})" for each in spelled) + ")")
    return " & ".join(terms) or None
