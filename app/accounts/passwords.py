"""Passwords: Argon2id, and what is asked of a new one (NIST SP 800-63B-4, 3.1.1.2: length, no rules of composition)."""

import unicodedata
from collections.abc import Callable
from functools import cache
from itertools import pairwise

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

SHORTEST = 12
LONGEST = 200
DIFFERENT_SIGNS = 5

# What is tried first among long passwords, without the figures and signs at their ends, and this place's own words.
TRIED_FIRST = """
adminadminadmin administrator aufrufaufruf changemechangeme changemeplease correcthorsebatterystaple geheimgeheim
iloveyouforever iloveyousomuch iloveyoubaby letmeinletmein letmeinplease motdepasse passwordpassword
passwortpasswort princessprincess qazwsxedcrfv qwertyqwerty qwertyuiopasdfghjkl qwertyuiopasdf qwertzuiopasdf
welcomewelcome trustnotrustno unbelievable yourpassword meinpasswort mypassword mypasswordis password passwort
secretpassword superpassword thisismypassword adminpassword rootpassword testpassword paroleparole пароль
парольпароль йцукенгшщзхъ йцукенйцукен qwertyuiop qwertzuiop asdfghjkl asdfghjklasdfghjkl newsroom redaktion
"""
COMMON = frozenset(TRIED_FIRST.split())

Translate = Callable[[str], str]

hasher = PasswordHash((Argon2Hasher(),))


class PasswordRefused(ValueError):
    """The password is not fit; the message says why."""


def hash_password(password: str) -> str:
    """What is kept of a password. The same letters typed on another system give the same (NFKC)."""
    return hasher.hash(normal(password))


def verify(password: str, kept: str | None) -> tuple[bool, str | None]:
    """Whether the password is the one kept, and a newer hash to keep instead when the way of hashing has changed.

    Takes as long when nothing is kept, so that nobody learns who has an account (S4).
    """
    if kept is None:
        hasher.verify(normal(password), nobodys_hash())
        return False, None
    return hasher.verify_and_update(normal(password), kept)


@cache
def nobodys_hash() -> str:
    return hash_password("the password of nobody")


def check_policy(password: str, *, name: str, email: str, _: Translate = str) -> str | None:
    """What is wrong with a new password, in the words of `_`; None when it is fit."""
    folded = normal(password).casefold()
    if len(password) < SHORTEST:
        return _("Too short: use at least 12 characters, for example four words that do not belong together")
    if len(password) > LONGEST:
        return _("Too long: use at most 200 characters")
    if is_personal(folded, name=name, email=email):
        return _("Do not use your name or e-mail address as the password")
    if folded in COMMON or folded.strip("0123456789 .,!?*#-_") in COMMON or is_monotonous(folded):
        return _("Too easy to guess: others try passwords like this one first")
    return None


def is_personal(folded: str, *, name: str, email: str) -> bool:
    """Whether a password is a name or an address, as it is or with little round it."""
    known = (name, name.replace(" ", ""), email, email.partition("@")[0], email.partition("@")[2])
    bare = folded.strip("0123456789 .,!?*#-_").replace(" ", "")
    return any(bare == normal(word).casefold().replace(" ", "") for word in known if word)


def is_monotonous(folded: str) -> bool:
    """Whether a password is a few signs again and again, or a row of figures or letters."""
    steps = {ord(second) - ord(first) for first, second in pairwise(folded)}
    return len(set(folded)) < DIFFERENT_SIGNS or len(steps) == 1 or folded.startswith("1234567890")


def normal(password: str) -> str:
    return unicodedata.normalize("NFKC", password)
