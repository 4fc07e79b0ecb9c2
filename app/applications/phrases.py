"""Seven words to write down, by which a draft is found again on another device.

The words follow from the draft's token, so that they can be shown again to whoever holds it; they lead back to the
token only through a key that scrypt makes of them. 2048 words (BIP-39's English list: no two begin with the same four
letters), seven of them: 77 bits. That is less than the token's 256, and enough: a draft lives for 30 days, guesses are
counted per client, and a copy of the database would have to be searched with scrypt (docs/architecture.md).
"""

import base64
import hashlib
import re
from functools import cache
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken

WORDS = 7
BITS = 11


@cache
def word_list() -> list[str]:
    return (Path(__file__).parent / "words.txt").read_text().split()


@cache
def by_beginning() -> dict[str, str]:
    return {word[:4]: word for word in word_list()}


def phrase_of(token: str) -> str:
    """The words of a draft's token, between blanks."""
    number = int.from_bytes(hashlib.sha256(b"phrase\0" + token.encode()).digest())
    return " ".join(word_list()[number >> BITS * place & 2**BITS - 1] for place in range(WORDS))


def read(typed: str) -> str | None:
    """The phrase that somebody meant, whatever stands between its words and behind their fourth letter."""
    words = [by_beginning().get(word[:4]) for word in re.findall(r"[a-z]+", typed[:500].casefold())]
    known = [word for word in words if word]
    return " ".join(known) if len(words) == len(known) == WORDS else None


def keys(phrase: str) -> tuple[bytes, Fernet]:
    """What a phrase is found by, and what it opens. Takes about 50 ms and 16 MB, on purpose."""
    derived = hashlib.scrypt(phrase.encode(), salt=b"aufruf draft phrase", n=2**14, r=8, p=1, dklen=64)
    return derived[:32], Fernet(base64.urlsafe_b64encode(derived[32:]))


def unseal(box: Fernet, sealed: str) -> str | None:
    """The token inside, or None."""
    try:
        return box.decrypt(sealed.encode()).decode()
    except InvalidToken:
        return None
