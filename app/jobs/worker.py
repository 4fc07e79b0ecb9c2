"""The worker: takes jobs and mails again and again until it is told to stop."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial

import structlog
from anyio.to_thread import run_sync
from sqlalchemy import ColumnElement, or_
from sqlmodel import col, select

from app.database import DatabaseAway, reading, transaction, utcnow
from app.jobs import queue
from app.jobs.models import Job, JobState
from app.web.logs import fault

IDLE_SECONDS = 0.5
AWAY_SECONDS = 5.0

Handler = Callable[[str], None]
log = structlog.get_logger()


@dataclass
class Worker:
    """Runs jobs by the handler of their kind, and `errands`: coroutines such as delivering mail.

    An errand returns the seconds until it wants to be called again. Jobs go one by one in lanes that do not wait for
    each other: those that `lanes` names, and one for all other kinds. In a lane the kinds named first go first.
    """

    handlers: Mapping[str, Handler]
    errands: list[Callable[[], Awaitable[float]]] = field(default_factory=list)
    lanes: Sequence[Sequence[str]] = ()
    _stop: asyncio.Event = field(default_factory=asyncio.Event)
    _bells: list[asyncio.Event] = field(default_factory=list)

    async def run(self) -> None:
        """Work until `stop()`; what is under way is finished first."""
        lanes = self.all_lanes()
        self._bells = [asyncio.Event() for _ in lanes]
        async with asyncio.TaskGroup() as group:
            for lane, bell in zip(lanes, self._bells, strict=True):
                group.create_task(self._repeat(partial(self._next_job, lane, bell)))
            group.create_task(self._repeat(partial(self._ring, lanes)))
            for errand in self.errands:
                group.create_task(self._repeat(errand))

    def all_lanes(self) -> list[list[frozenset[str]]]:
        """Which kinds go one by one, in which order."""
        others = frozenset(self.handlers).difference(*self.lanes)
        return [[others], *([frozenset({kind}) for kind in lane] for lane in self.lanes)]

    def stop(self) -> None:
        self._stop.set()
        for bell in self._bells:
            bell.set()

    async def _repeat(self, work: Callable[[], Awaitable[float]]) -> None:
        while not self._stop.is_set():
            try:
                pause = await work()
            except DatabaseAway:
                log.warning("database away")
                pause = AWAY_SECONDS
            except Exception as error:
                # One unforeseen fault must not end all work: it is told, and tried again.
                log.error("worker fault", **fault(error))
                pause = AWAY_SECONDS
            await self._sleep(pause)

    async def _sleep(self, seconds: float) -> None:
        if seconds > 0:
            try:
                await asyncio.wait_for(self._stop.wait(), seconds)
            except TimeoutError:
                return

    async def _ring(self, lanes: list[list[frozenset[str]]]) -> float:
        """Look once for all lanes, so that many idle ones cost no more than one."""
        kinds = await run_sync(due_kinds)
        for lane, bell in zip(lanes, self._bells, strict=True):
            if not kinds.isdisjoint(frozenset().union(*lane)):
                bell.set()
        return IDLE_SECONDS

    async def _next_job(self, lane: list[frozenset[str]], bell: asyncio.Event) -> float:
        await bell.wait()
        bell.clear()
        if not self._stop.is_set() and await run_sync(self.run_first, lane):
            bell.set()
        return 0.0

    def run_first(self, lane: list[frozenset[str]]) -> bool:
        """Do one due job of the first of these groups of kinds that has any; whether there was one."""
        return any(self.run_one(kinds) for kinds in lane)

    def run_one(self, kinds: frozenset[str] | None = None) -> bool:
        """Take one due job, of these kinds, and do it; whether there was one."""
        kinds = kinds or frozenset(self.handlers)
        if not due(kinds):
            return False
        with transaction() as session:
            job = queue.claim_job(session, kinds)
        if job is None:
            return False
        try:
            with kept_leased(job):
                self.handlers[job.kind](job.subject)
        except DatabaseAway:
            raise
        except Exception as error:
            log.warning("job failed", kind=job.kind, job=str(job.id), **fault(error))
            with transaction() as session:
                queue.postpone(session, job.id, words_of(error))
        else:
            with transaction() as session:
                queue.finish(session, job.id)
        return True


def words_of(error: Exception) -> str:
    """What is kept of a fault: of a database's words the first line alone, since the next show values of rows."""
    said = str(getattr(error, "orig", None) or error).partition("\n")[0]
    return f"{type(error).__name__}: {said}"


def due(kinds: frozenset[str]) -> bool:
    """Whether any job of these kinds may be due: asked without taking SQLite's write lock."""
    with reading() as session:
        statement = select(Job.id).where(*waiting(), col(Job.kind).in_(kinds)).limit(1)
        return session.exec(statement).first() is not None


def due_kinds() -> frozenset[str]:
    """The kinds of which a job may be due."""
    with reading() as session:
        return frozenset(session.exec(select(Job.kind).where(*waiting()).distinct()))


def waiting() -> tuple[ColumnElement[bool], ...]:
    """What tells a job that somebody should take now."""
    now = utcnow()
    free = or_(col(Job.leased_until).is_(None), col(Job.leased_until) < now)
    return col(Job.state) == JobState.WAITING, col(Job.due_at) <= now, free


@contextmanager
def kept_leased(job: Job) -> Iterator[None]:
    """While the block runs, nobody else may think that this worker has died."""
    done = threading.Event()

    def renew() -> None:
        while not done.wait(queue.LEASE.total_seconds() / 3):
            with suppress(DatabaseAway), transaction() as session:
                queue.hold(session, job.id)

    keeper = threading.Thread(target=renew, daemon=True)
    keeper.start()
    try:
        yield
    finally:
        done.set()
        keeper.join()
