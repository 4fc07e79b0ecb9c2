"""What a file tells besides what can be read in it: who wrote it, where, for which firm; and the file without that.

Both are done in the sandbox. What is made of a file is taken only when it passes the form's checks, says the same words
on as many pages, and tells nothing of anybody any more; the file that was sent stays where it is until then.
"""

import re
from typing import BinaryIO

from app.documents import inspection, sandbox, text
from app.documents.findings import Refused
from app.documents.kinds import Format
from app.documents.sandbox import Limits, SandboxFailed
from app.documents.storage import Incoming

# What leads to a person or a place, and what is only told beside that. Words: templates/metadata.html.
NAMING = (
    *("author", "editor", "company", "title", "about", "marks", "signature", "place", "camera", "printer", "other"),
    *("versions", "deleted"),
)
REMAINING = frozenset(("deleted",))  # words of its writer, if only in the changes: said, never taken out
UNVALUED = REMAINING | {"place", "signature"}
BESIDES = ("program", "time")
NOT_LOOKED = "not_looked"
STAYS = "not_removed"  # it was tried: not to be tried again
SILENT = frozenset((Format.TXT, Format.MD))
MOST, LONGEST = 30, 120
NOTHING = frozenset(("anonymous", "unspecified", "(unspecified)", "unknown", "untitled"))  # what programs put in
PDF_TIME = re.compile(r"^D:(\d{4})(\d\d)(\d\d)(\d\d)?(\d\d)?.*")
READING = Limits(seconds=10, memory=768_000_000, output=100_000, processor=10)
REMOVING_SECONDS = 15
READING_TEXT = Limits(seconds=10, processor=10)

Told = list[list[str]]  # pairs of a key and a value


class NotRemoved(Exception):
    """The file could not be made anew; it is as it was sent."""


def read(file: BinaryIO, form: Format) -> Told:
    """What a file tells, at most MOST pairs; nothing when it names nobody. Never raises for what is in it."""
    if form in SILENT:
        return []
    try:
        answer = sandbox.run("read_metadata", file, form.value, limits=READING)
    except SandboxFailed:
        return [[NOT_LOOKED, ""]]
    return judged(answer.get("found"))


def judged(found: object) -> Told:
    """The child's answer, believed in nothing but its words."""
    pairs = found if isinstance(found, list) else []
    told = [
        [pair[0], shown(pair[1])]
        for pair in pairs
        if isinstance(pair, list) and len(pair) == 2 and pair[0] in NAMING + BESIDES and isinstance(pair[1], str)
    ]
    told = [pair for pair in told if pair[1].casefold() not in NOTHING]
    told = [list(pair) for pair in dict.fromkeys(map(tuple, told)) if pair[1] or pair[0] in UNVALUED]
    told.sort(key=lambda pair: (NAMING + BESIDES).index(pair[0]))
    return told[:MOST] if any(key in NAMING for key, _ in told) else []


def shown(value: str) -> str:
    """A value as people read it."""
    value = PDF_TIME.sub(lambda time: f"{time[1]}-{time[2]}-{time[3]} {time[4] or '00'}:{time[5] or '00'}", value)
    return " ".join(text.storable(value).split())[:LONGEST]


def remove(file: BinaryIO, form: Format, *, size: int, into: Incoming) -> Told:
    """Write the file without what it tells into a new object; what remains. Raises NotRemoved, StorageAway."""
    limits = Limits(
        seconds=REMOVING_SECONDS, memory=1_000_000_000, output=size * 2 + 1_000_000, processor=REMOVING_SECONDS
    )
    try:
        for _, piece in sandbox.pieces("remove_metadata", file, form.value, limits=limits):
            into.write(piece)
    except SandboxFailed as failed:
        raise NotRemoved(failed.reason) from failed
    if not into.size or not as_good(file, into, form, size):
        raise NotRemoved("not the same")
    told = read(into.read(), form)
    if not remains(told):
        raise NotRemoved("not all of it")
    return told


def remains(told: Told) -> bool:
    """Whether this is no more than what is never taken out."""
    return all(key in REMAINING for key, _ in told)


def as_good(file: BinaryIO, made: Incoming, form: Format, size: int) -> bool:
    """Whether what was made is such a document and says what the file says."""
    try:
        limit = size * 2 + 1_000_000
        again = inspection.quick_check(made.read(), name=f"made.{form.value}", size=made.size, max_size=limit)
    except Refused:
        return False
    if again is not form:
        return False
    before = text.extract(file, form, READING_TEXT)
    if before.state == "unreadable":
        return False
    after = text.extract(made.read(), form, READING_TEXT)
    return (before.state, before.text, before.pages) == (after.state, after.text, after.pages)
