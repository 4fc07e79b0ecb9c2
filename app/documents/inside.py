"""The deep look, after the form: what only a parser sees decides whether an original may be handed out."""

from dataclasses import dataclass
from typing import BinaryIO

from app.documents import inspection, sandbox
from app.documents.findings import Refused
from app.documents.kinds import Format
from app.documents.sandbox import Limits, SandboxFailed

# What is kept from everybody until an editor releases it, and what is only told.
DANGEROUS = frozenset(("acts", "plays", "carries_program", "built_to_break", "too_much", "damaged", "not_looked"))
TOLD = frozenset(("carries_file", "password"))
LIMITS = Limits(seconds=20, memory=768_000_000, output=20_000)


@dataclass(frozen=True)
class Seen:
    """What was found, as keys; words for them: templates/words.html."""

    found: tuple[str, ...] = ()

    @property
    def dangerous(self) -> bool:
        return any(each in DANGEROUS for each in self.found)


def look(file: BinaryIO, form: Format, *, size: int) -> Seen:
    """Look into a document in the sandbox; never raises for what is in it.

    All but PDF are held to what the form asks of them, once more: rules may have become stricter since.
    """
    if form is not Format.PDF:
        return Seen(("acts",) if refused(file, form, size) else ())
    try:
        answer = sandbox.run("look_inside", file, limits=LIMITS)
    except SandboxFailed as failed:
        return Seen(("too_much",) if failed.reason in ("memory", "timeout") else ("built_to_break",))
    found = answer.get("found")
    if not isinstance(found, list):
        return Seen(("not_looked",))
    return Seen(tuple(each for each in found if each in DANGEROUS | TOLD))


def refused(file: BinaryIO, form: Format, size: int) -> bool:
    try:
        inspection.quick_check(file, name=f"document.{form.value}", size=size, max_size=size)
    except Refused:
        return True
    return False
