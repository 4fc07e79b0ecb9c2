"""Why a document is refused."""

from enum import StrEnum


class Reason(StrEnum):
    EMPTY = "empty"
    TOO_LARGE = "too_large"
    WRONG_KIND = "wrong_kind"  # a format that is not taken
    MISMATCH = "mismatch"  # the name says one thing, the content another
    DAMAGED = "damaged"
    PASSWORD = "password"  # noqa: S105 - a reason, not a secret
    MACROS = "macros"  # holds something that acts
    UNSAFE = "unsafe"  # built so that it can do harm
    NOT_UTF8 = "not_utf8"  # text that cannot be read


class Refused(Exception):
    """A document is not taken. `found` is a code for what it is instead; see applications/refusals.py."""

    def __init__(self, reason: Reason, found: str | None = None) -> None:
        super().__init__(reason.value)
        self.reason = reason
        self.found = found
