"""Private links wait for their mail sealed: neither a page of the desk nor a copy of the database opens them."""

import base64
from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


def box(keys: Sequence[str]) -> MultiFernet:
    """The first key seals, all unseal. Raises ValueError without any key."""
    derived = [HKDF(SHA256(), 32, salt=None, info=b"aufruf mail link").derive(key.encode()) for key in keys]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in derived])


def seal(text: str, keys: Sequence[str]) -> str:
    """The text, readable only with one of `keys`."""
    return box(keys).encrypt(text.encode()).decode()


def unseal(sealed: str, keys: Sequence[str]) -> str | None:
    """The text, or None when no key of ours sealed it."""
    try:
        return box(keys).decrypt(sealed.encode()).decode()
    except InvalidToken:
        return None
