"""What a draft's documents tell besides their text, said before they are sent; and sending them without it."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial
from time import monotonic
from uuid import UUID

import sqlalchemy as sa
from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from fastapi import Request
from sqlmodel import Session, col

from app.accounts import rates
from app.applications import drafts
from app.applications.arriving import REMOVING, TELLING, Busy, in_turn
from app.applications.models import Draft
from app.database import reading, transaction
from app.documents import keeping, metadata
from app.documents.kinds import Kind
from app.documents.models import Document
from app.documents.storage import Incoming, Storage
from app.web.errors import TooManyRequests

# Of one client's documents that took long or could not be opened, so many are opened within ten minutes.
COSTLY, COSTLY_SECONDS, WINDOW = 10, 3.0, 600


async def look(request: Request, token: str, call: UUID) -> None:
    """Look into those documents of a draft that nobody has looked into; when too many wait, it is left for later."""
    for document in await run_sync(unlooked, token, call):
        if document.format in metadata.SILENT:
            await run_sync(keep_told, document, [])
            continue
        with suppress(Busy):
            await opened(request, TELLING, partial(look_into, storage_of(request)), document)


def look_into(storage: Storage, document: Document) -> bool:
    """Keep with a document what it tells; whether it could be looked into."""
    try:
        with storage.open(document.storage_key) as file:
            tells = metadata.read(file, document.format)
    except FileNotFoundError:
        return True  # replaced meanwhile
    keep_told(document, tells)
    return not any(key == metadata.NOT_LOOKED for key, _ in tells)


def keep_told(document: Document, tells: metadata.Told) -> None:
    with transaction() as session:
        session.exec(sa.update(Document).where(col(Document.id) == document.id).values(tells=tells))


def unlooked(token: str, call: UUID) -> list[Document]:
    """The documents that nobody has looked into."""
    with reading() as session:
        return [each for each in of_draft(session, token, call) if each.tells is None]


def of_draft(session: Session, token: str, call: UUID) -> list[Document]:
    draft = drafts.find(session, token, call)
    return keeping.of_draft(session, draft.id) if draft else []


async def clean(request: Request, token: str, call: UUID, kind: Kind) -> bool:
    """Put the same document without what it tells in place of one; whether that went well. Raises StorageAway, Busy."""
    document = await run_sync(of_kind, token, call, kind)
    return document is None or await clean_one(request, document)


def of_kind(token: str, call: UUID, kind: Kind) -> Document | None:
    with reading() as session:
        return next((each for each in of_draft(session, token, call) if each.kind is kind), None)


async def clean_all(request: Request, documents: Iterable[Document]) -> list[Document]:
    """The same for several; those that stay as they were sent. Raises StorageAway, Busy."""
    return [document for document in documents if not await clean_one(request, document)]


async def clean_one(request: Request, document: Document) -> bool:
    """Whether it went well. When it does not, the document stays as it was sent, and that is not tried again."""
    tells = document.tells
    if document.format in metadata.SILENT or (tells is not None and metadata.remains(tells)):
        return True
    if stays(document):
        return False
    return await opened(request, REMOVING, partial(put_clean, storage_of(request)), document)


def stays(document: Document) -> bool:
    """Whether it was tried before, and could not be done."""
    return any(key == metadata.STAYS for key, _ in document.tells or [])


def put_clean(storage: Storage, document: Document) -> bool:
    with reading() as session:
        now = session.get(Document, document.id)
    if now is None or stays(now):
        return now is None  # while it waited, the same was asked for twice, and done
    made = storage.begin()
    try:
        with storage.open(document.storage_key) as file:
            tells = metadata.remove(file, document.format, size=document.size, into=made)
        return take(storage, document, made, tells)
    except metadata.NotRemoved:
        keep_told(document, [*(document.tells or []), [metadata.STAYS, ""]])
        return False
    except FileNotFoundError:
        return False
    finally:
        made.abandon()


async def opened(
    request: Request, limiter: CapacityLimiter, work: Callable[[Document], bool], document: Document
) -> bool:
    """Do it with a document, in turn, unless this client's have cost too much. Raises Busy."""
    try:
        await run_sync(partial(rates.check_costly, request, "opened", limit=COSTLY))
    except TooManyRequests as error:
        raise Busy(error.retry_after or WINDOW) from error
    return await in_turn(limiter, partial(measured, request, work), document)


def measured(request: Request, work: Callable[[Document], bool], document: Document) -> bool:
    began = monotonic()
    done = work(document)
    if not done or monotonic() - began > COSTLY_SECONDS:
        rates.count_costly(request, "opened", seconds=WINDOW)
    return done


def storage_of(request: Request) -> Storage:
    storage: Storage = request.app.state.storage
    return storage


def take(storage: Storage, document: Document, made: Incoming, tells: metadata.Told) -> bool:
    """Keep what was made in place of a document; False when that was replaced or sent meanwhile. Bytes first."""
    key = made.keep()
    kept = False
    try:
        with transaction() as session:
            draft = drafts.lock_id(session, document.draft_id)
            if still_there(session, draft, document):
                keeping.remove(session, session.get_one(Document, document.id))
                new = keeping.put(
                    session,
                    draft=document.draft_id,
                    kind=document.kind,
                    name=document.name,
                    form=document.format,
                    incoming=made,
                )
                new.tells = tells
                kept = True
    finally:
        if not kept:
            storage.delete(key)
    return kept


def still_there(session: Session, draft: Draft | None, document: Document) -> bool:
    unsent = draft is not None and drafts.application_of(session, draft.id) is None
    return unsent and session.get(Document, document.id) is not None
