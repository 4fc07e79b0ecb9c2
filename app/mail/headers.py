"""What may stand in a mail's header: text that stays text, one address, names of messages."""

import ipaddress
import re
import unicodedata
from urllib.parse import urlsplit

from email_validator import EmailNotValidError, ValidatedEmail, validate_email

NAME_LENGTH = 60
TOKEN = re.compile(r"[A-Za-z0-9._-]{1,100}")
MAILBOX = re.compile(r"""\s*"?(?P<name>[^<>"]*?)"?\s*<(?P<address>[^<>]+)>\s*""")


def header_text(text: str) -> str:
    """Text that stays text in a header: one line, and no encoded word, which some Pythons decode into new headers.

    CVE-2024-6923: `=?utf-8?q?a=0D=0ABcc:…?=` in a value becomes a line of its own in CPython 3.11.7.
    """
    shown = "".join(" " if unicodedata.category(char)[0] in "CZ" else char for char in text)
    return re.sub(r"\s+", " ", shown).replace("=?", "= ?").replace("?=", "? =").strip()


def address(text: str) -> str:
    """One address, as it may stand in a header. Raises ValueError for none, several, or anything that hides one."""
    return checked(text).normalized


def checked(text: str) -> ValidatedEmail:
    # An encoded word would pass as a local part: `=?utf-8?q?a?=` is made of letters that RFC 5322 allows.
    if "=?" in text:
        raise ValueError("not an e-mail address")
    try:
        return validate_email(text, check_deliverability=False, allow_quoted_local=False, test_environment=True)
    except EmailNotValidError as error:
        raise ValueError(f"not an e-mail address: {error}") from error


def on_the_wire(text: str) -> str:
    """An address as a mail server reads it: its domain in ASCII (RFC 5891), its local part as it is."""
    found = checked(text)
    return f"{found.local_part}@{found.ascii_domain}"


def mailbox(text: str, *, name: str = "") -> str:
    """A sender, `Name <address>` or an address alone, which then gets `name`. Raises ValueError."""
    found = MAILBOX.fullmatch(text)
    name, bare = (found["name"] or name, found["address"].strip()) if found else (name, text.strip())
    # Signs that mean something between addresses: the email package loses their quotes when it folds long names.
    shown = header_text(re.sub(r'[<>"@,;:()\[\]\\]', " ", name))[:NAME_LENGTH].strip()
    return f"{shown} <{address(bare)}>" if shown else address(bare)


def split(stored: str) -> tuple[str, str]:
    """The name (may be empty) and the address of what `mailbox` made."""
    name, _, bare = stored.rpartition(" <")
    return name, bare.removesuffix(">")


def token(text: str) -> str:
    """A word of ours in a header: a language, a reference. Raises ValueError for anything that is no such word."""
    if not TOKEN.fullmatch(text):
        raise ValueError("not a word for a header")
    return text


def right_of_at(base_url: str, sender: str) -> str:
    """The domain in our Message-IDs: the public address's host, the sender's domain where that is no name."""
    host = urlsplit(base_url).hostname or ""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        if "." in host and host.isascii():
            return token(host)
    return on_the_wire(split(sender)[1]).rpartition("@")[2]
