"""How far long work has come: in one line on a terminal, nowhere in a pipe."""

import sys
from typing import Protocol


class Tell(Protocol):
    def __call__(self, done: int, whole: int | None = None) -> None:
        """So much is done, of so much if that is known."""


def nowhere(done: int, whole: int | None = None) -> None:
    """For whoever does not look."""


def shown(what: str) -> Tell:
    """On standard error, in a line that is written over and gone when everything is done; only on a terminal."""
    if not sys.stderr.isatty():
        return nowhere

    def tell(done: int, whole: int | None = None) -> None:
        words = "" if done == whole else f"{what}: {done:,} of {whole:,}" if whole else f"{what}: {done:,}"
        sys.stderr.write(f"\r\x1b[K{words}")
        sys.stderr.flush()

    return tell
