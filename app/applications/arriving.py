"""Documents looked at one after another: whoever waits for that holds none of the threads that answer everybody.

The quick look that everybody's documents pass has a turn of its own: what a file tells, and the file without that, may
take long, and must not stop anybody's applying.
"""

from collections.abc import Callable

from anyio import CapacityLimiter
from anyio.to_thread import run_sync

from app.documents.models import Document
from app.documents.receiving import Accept
from app.documents.storage import Incoming
from app.web.errors import PageError

# A document made to be slow takes a processor for seconds: the next one waits here.
LOOKING = CapacityLimiter(1)
TELLING, REMOVING = CapacityLimiter(1), CapacityLimiter(1)
MOST_WAITING = 4


class Busy(PageError):
    """Others' documents are before this one, or this client has had too many opened."""

    status = 503

    def __init__(self, retry_after: int = 30) -> None:
        super().__init__(retry_after)
        self.retry_after = retry_after

    def told(self, _: Callable[[str], str]) -> tuple[str, str]:
        return (
            _("For the moment this does not work"),
            _("Many files are being looked into at this moment. What has come is kept; please try again in a minute."),
        )


async def in_turn(limiter: CapacityLimiter, work: Callable[[Document], bool], document: Document) -> bool:
    """Do it when those before are done. Raises Busy when too many wait already."""
    if limiter.statistics().tasks_waiting >= MOST_WAITING:
        raise Busy
    return await run_sync(work, document, limiter=limiter)


class Arriving:
    """Documents of one body, from having come whole to having been looked at. Call `abandon` in any case at the end."""

    def __init__(self, look: Accept) -> None:
        self._look = look
        self._came: list[tuple[str, str, Incoming, bool]] = []

    def accept(self, name: str, filename: str, incoming: Incoming, too_large: bool) -> None:
        self._came.append((name, filename, incoming, too_large))

    async def after(self, step: Callable[[], None]) -> None:
        """Do a step of reading the body, then look at what it brought, also when the step failed."""
        try:
            await run_sync(step)
        finally:
            while self._came:
                await run_sync(self._look, *self._came[0], limiter=LOOKING)
                del self._came[0]

    def abandon(self) -> None:
        for _, _, incoming, _ in self._came:
            incoming.abandon()
