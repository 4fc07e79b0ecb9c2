"""File names as strangers send them: cleaned for showing, never used as a path."""

import re
import unicodedata
from urllib.parse import quote

MAX_BYTES = 200
RESERVED = re.compile(r'[<>:"/\\|?*]')
DEVICES = frozenset(
    {"con", "prn", "aux", "nul", *(f"{kind}{number}" for kind in ("com", "lpt") for number in range(1, 10))}
)
ZWNJ, ZWJ = "\u200c", "\u200d"
NAMELESS = "document"


def display_name(raw: str | bytes) -> str:
    """The name to show for a document: the last part of a path, without what deceives the eye or a file system.

    Letters of any script stay as they were sent, decomposed or not.
    """
    name = raw.decode("utf-8", "replace") if isinstance(raw, bytes) else raw
    name = re.split(r"[/\\]", name.replace("\0", " "))[-1]
    name = "".join(char for char in name if visible(char))
    name = RESERVED.sub("_", name).strip().strip(ZWJ + ZWNJ).lstrip(".").rstrip(". ").strip()
    if name.split(".")[0].lower() in DEVICES:
        name = f"_{name}"
    return shortened(name) or NAMELESS


def visible(char: str) -> bool:
    """Whether a sign shows: joiners may stay, since Persian and emoji need them."""
    return char in (ZWNJ, ZWJ) or unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")


def shortened(name: str) -> str:
    """At most MAX_BYTES of UTF-8, the extension kept."""
    if len(name.encode()) <= MAX_BYTES:
        return name
    stem, dot, extension = name.rpartition(".")
    if not dot or len(extension.encode()) > 10:
        stem, dot, extension = name, "", ""
    room = MAX_BYTES - len((dot + extension).encode()) - 3
    return stem.encode()[:room].decode("utf-8", "ignore").rstrip() + "…" + dot + extension


def content_disposition(name: str) -> str:
    """The header that makes a browser save a document under its name (RFC 6266, RFC 8187)."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    plain = re.sub(r'["\\%;\r\n]', "_", plain).strip() or NAMELESS
    if plain.startswith("."):
        plain = NAMELESS + plain
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
