"""What the worker does: each kind of job with the function that does it, and the errands it runs."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import UUID

from anyio.to_thread import run_sync

from app.accounts import editors, invitations, rates, sessions
from app.applications import drafts, lost_links, submission, turns, uploads
from app.calls import loading
from app.database import empty_journal, reading, transaction, utcnow
from app.desk import asking_reviews, bulk_applying, doubles, exporting, figures, orphans, presence, search
from app.documents import keeping, pictures, reading_text
from app.documents.storage import Storage
from app.jobs import queue
from app.jobs.worker import Worker
from app.mail import delivery
from app.privacy import erasure, wishes
from app.settings import Settings

DAILY = "daily"
MAIL_SECONDS = 1.0
OVERDUE_SECONDS = 60.0
REMIND_SECONDS = 300.0
AWAY_SECONDS = (5.0, 600.0)
# What takes long, each beside the others; what strangers can ask for without sending anything comes last.
LANES = [
    (keeping.READ_TEXT, keeping.READ_DRAFT),
    (keeping.MAKE_PICTURES, keeping.DRAW_DRAFT),
    (exporting.EXPORT,),
]


def worker(settings: Settings, storage: Storage) -> Worker:
    """The worker of this process."""
    storage.sweep_scratch()
    with transaction() as session:
        queue.enqueue(session, DAILY, utcnow().date().isoformat(), once=True)
    handlers: dict[str, Callable[[str], None]] = {
        keeping.READ_TEXT: lambda subject: read_text(storage, subject, draw=settings.draw_pages == "received"),
        keeping.READ_DRAFT: lambda subject: read_text(storage, subject, draw=settings.draw_pages == "received"),
        keeping.MAKE_PICTURES: lambda subject: pictures.make(storage, UUID(subject)),
        keeping.DRAW_DRAFT: lambda subject: pictures.make(storage, UUID(subject)),
        keeping.DELETE_BYTES: storage.delete,
        keeping.DELETE_PARTIAL: storage.discard_partial,
        queue.EMPTY_JOURNAL: lambda _: empty_journal(),
        submission.INDEX: search.index,
        bulk_applying.APPLY: lambda subject: bulk_applying.apply(subject, settings),
        bulk_applying.UNDO: lambda subject: bulk_applying.undo(subject, settings),
        submission.DOUBLES: doubles.find,
        doubles.CATCH_UP: doubles.catch_up,
        figures.COUNT: lambda _subject: figures.count(),
        loading.REINDEX: index_call,
        editors.ROLE_CHANGED: discard_exports,
        wishes.ERASE: lambda subject: erase_wished(settings, UUID(subject)),
        lost_links.LOST_LINK: lambda subject: send_lost_link(settings, UUID(subject)),
        exporting.EXPORT: lambda subject: exporting.make(storage, UUID(subject)),
        DAILY: lambda _day: chores(storage),
    }
    errands = [mail_errand(settings), mark_overdue, review_errand(settings)]
    return Worker(handlers, errands, lanes=LANES)


def read_text(storage: Storage, subject: str, *, draw: bool) -> None:
    """Read a document, then have its pages drawn, if they are to be by now, and its application indexed."""
    draft = reading_text.read(storage, UUID(subject))
    if draft is not None:
        with transaction() as session:
            application = drafts.application_of(session, draft)
            if draw:
                kind = keeping.MAKE_PICTURES if application else keeping.DRAW_DRAFT
                queue.enqueue(session, kind, subject, once=True)
            if application is not None:
                for work in (submission.INDEX, submission.DOUBLES):
                    queue.enqueue(session, work, str(application.id), once=True)


def index_call(call: str) -> None:
    """Names are shown, or no longer: in the search, and in files that were made before."""
    with transaction() as session:
        exporting.discard_all(session)
    search.index_call(call)


def discard_exports(editor: str) -> None:
    with transaction() as session:
        exporting.discard_all(session, of=UUID(editor))


def erase_wished(settings: Settings, application: UUID) -> None:
    with transaction() as session:
        wishes.erase_wished(session, application, settings=settings)


def send_lost_link(settings: Settings, applicant: UUID) -> None:
    with transaction() as session:
        lost_links.send(session, applicant, settings=settings)


def chores(storage: Storage) -> None:
    """Once a day: what is to be forgotten by now; then ask for tomorrow."""
    for forget in (uploads.expire, drafts.expire, erasure.erase_due):
        while True:
            with transaction() as session:
                if forget(session) == 0:
                    break
    uploads.sweep(storage, before=utcnow() - timedelta(days=1))
    storage.sweep_scratch()
    orphans.sweep(storage, before=utcnow() - timedelta(days=1))
    figures.count()
    with transaction() as session:
        doubles.ask_for_catch_up(session)
        rates.forget_old(session)
        sessions.forget_old(session)
        invitations.forget_old(session)
        presence.forget_old(session)
        exporting.forget_old(session)
        tomorrow = utcnow() + timedelta(days=1)
        queue.enqueue(session, DAILY, tomorrow.date().isoformat(), due_at=tomorrow, once=True)


async def mark_overdue() -> float:
    """Let what is overdue by now be found as such in the queue."""
    return 0.0 if await run_sync(overdue_step) else OVERDUE_SECONDS


def overdue_step() -> bool:
    with reading() as session:
        if not turns.any_late(session):  # asked without taking SQLite's write lock
            return False
    with transaction() as session:
        return turns.mark_overdue(session) > 0


def review_errand(settings: Settings) -> Callable[[], Awaitable[float]]:
    """Remind editors of the reviews that they were asked for."""

    async def errand() -> float:
        return 0.0 if await run_sync(remind_step, settings) else REMIND_SECONDS

    return errand


def remind_step(settings: Settings) -> bool:
    """Some of the reminders that are due; whether there were any."""
    with reading() as session:
        if not asking_reviews.any_to_remind(session):  # asked without taking SQLite's write lock
            return False
    with transaction() as session:
        return asking_reviews.remind(session, settings) > 0


def mail_errand(settings: Settings) -> Callable[[], Awaitable[float]]:
    """Deliver what is due; while the mail server is away, ask less and less often."""
    pause = AWAY_SECONDS[0]

    async def errand() -> float:
        nonlocal pause
        try:
            await delivery.deliver_due(settings)
        except delivery.ServerAway:
            waited, pause = pause, min(pause * 2, AWAY_SECONDS[1])
            return waited
        pause = AWAY_SECONDS[0]
        return MAIL_SECONDS

    return errand
