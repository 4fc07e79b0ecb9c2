"""A document's text, read in the sandbox; and which letters the bytes of a plain text mean."""

import re
from dataclasses import dataclass
from typing import Any, BinaryIO, Literal

from app.documents import sandbox
from app.documents.kinds import Format
from app.documents.sandbox import Limits, SandboxFailed

MAX_CHARS = 400_000
MAX_PAGES_TOLD = 100_000
LIKELY = 0.9
# What a word looks like in text that was decoded by the right table: the wrong one puts capitals and signs inside.
CYRILLIC = re.compile(r"[А-ЯЁ]?[а-яё]+|[А-ЯЁ]")
WESTERN = re.compile(
    r"(?=.*[A-Za-z])(?:[A-Za-z\d]|[ÀÁÂÄÇÈÉÊËÍÎÏÑÓÔÖÚÛÜßàáâäçèéêëíîïñóôöùúûüœŒ]{1,2}(?![À-ÿ]))+|[àâáéíóúÀÉ]"
)
TURKIC = re.compile(r"(?=.*[A-Za-z])(?:[A-Za-z\d]|[ÂÇĞİÎÖŞÛÜâçğıîöşûüßä]{1,2}(?![À-ÿ]))+|[oöO]")
OLDER = {"cp1251": CYRILLIC, "koi8-r": CYRILLIC, "cp1252": WESTERN, "cp1254": TURKIC}
FOREIGN_WORD = re.compile(r"\w*[^\W\x00-\x7f]\w*|[^\w\s\x00-\x7f–—‘’“”„…«»№€§°·•]")
BINARY = re.compile(rb"[\x00-\x08\x0b\x0e-\x19\x1b-\x1f]")


@dataclass(frozen=True)
class Extraction:
    """What was read. `state` says how it went (no_text: perhaps a scan; unreadable: `detail` says why).

    `text` holds no NUL, no control characters but tab and newline, no halves of characters.
    """

    state: Literal["read", "no_text", "unreadable"]
    text: str = ""
    pages: int | None = None
    words: int | None = None
    cut: bool = False
    detail: str = ""


def extract(file: BinaryIO, form: Format, limits: Limits | None = None) -> Extraction:
    """The text of a document, at most MAX_CHARS of it; never raises for what is in it."""
    try:
        found = sandbox.run("read_text", file, form.value, limits=limits)
    except SandboxFailed as failed:
        return Extraction("unreadable", detail=failed.reason)
    return judged(found)


def judged(found: dict[str, Any]) -> Extraction:
    """The child's answer, believed in nothing but its words."""
    text, pages, detail = found.get("text"), found.get("pages"), found.get("unreadable")
    if not isinstance(text, str) or detail:
        return Extraction("unreadable", detail=detail if detail in ("damaged", "password") else "output")
    pages = min(pages, MAX_PAGES_TOLD) if isinstance(pages, int) and pages >= 0 else None
    cut = found.get("cut") is True or len(text) > MAX_CHARS
    text = storable(text[:MAX_CHARS])
    words = len(text.split())
    if words == 0:
        return Extraction("no_text", pages=pages)
    return Extraction("read", text, pages, words, cut)


def storable(text: str) -> str:
    """Without what a database or a terminal would stumble over, and without marks of broken lines."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    # pdfium marks a soft hyphen at a line's end with U+FFFE or U+0002.
    text = re.sub("[\x02\ufffe\u00ad]\n?", "", text)
    return re.sub("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]", "", text)


def older_encoding(sample: bytes) -> str | None:
    """The single-byte encoding that a text which is not UTF-8 is likely in; None when it is no such text."""
    as_utf8 = sample.decode("utf-8", "replace")
    broken = as_utf8.count("\ufffd")
    if BINARY.search(sample) or len(re.findall(r"[^\x00-\x7f\ufffd]", as_utf8)) >= broken:
        return None
    best = max(OLDER, key=lambda encoding: likeness(sample, encoding))
    return best if likeness(sample, best) >= LIKELY else None


def likeness(sample: bytes, encoding: str) -> float:
    """How many of the words beyond ASCII look as such words do, from 0 to 1."""
    words = FOREIGN_WORD.findall(sample.decode(encoding, "replace"))
    fitting = sum(1 for word in words if OLDER[encoding].fullmatch(word))
    return fitting / len(words) if words else 0.0
