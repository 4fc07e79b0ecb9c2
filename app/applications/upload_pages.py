"""`/uploads/`: documents of a draft by tus 1.0, into the same storage and past the same checks as the form's."""

import time
from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any
from uuid import UUID

from anyio.to_thread import run_sync
from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from starlette.requests import ClientDisconnect

from app.accounts import rates
from app.applications import arriving, refusals, tus, uploads
from app.applications.form_page import max_bytes, open_call
from app.applications.tus import NotTus
from app.applications.uploads import Announced, Checksum, UploadGone, WrongPlace, WrongSum
from app.database import reading, transaction, utcnow
from app.documents import keeping
from app.documents.inspection import Reason, Refused
from app.documents.models import Upload, UploadState
from app.documents.storage import Busy, Storage
from app.web.access import PRIVATE_LINK, PUBLIC
from app.web.errors import Gone, NotFound
from app.web.pacing import SlowBody
from app.web.templating import language_of

router = APIRouter()

PIECE_BYTES = 1_000_000
PIECE_SECONDS = 2.0
Answer = Callable[..., Coroutine[Any, Any, Response]]


def speaking_tus(answer: Answer) -> Answer:
    """What goes wrong between client and server, in the protocol's numbers, with words for people as JSON."""

    @wraps(answer)
    async def answered(*arguments: Any, **named: Any) -> Response:
        try:
            return await answer(*arguments, **named)
        except NotTus as error:
            headers = {"Tus-Version": tus.VERSION} if error.status == 412 else {}
            return problem(error.status, error.said, **headers)
        except WrongPlace as error:
            return problem(409, "The upload stands elsewhere.", **{"Upload-Offset": str(error.received)})
        except NotFound:
            return problem(404, "Nothing is here.")
        except (UploadGone, Gone):
            return problem(410, "This upload is not here any more.")
        except Busy:
            return problem(423, "Another piece of this upload is on its way.")
        except WrongSum:
            return problem(460, "The checksum does not fit; nothing of this piece was taken.")
        except ClientDisconnect:
            return Response(status_code=400)  # nobody is there to read it

    return answered


def problem(status: int, said: str, **headers: str) -> Response:
    """RFC 9457; 460 is the protocol's own."""
    body = {"status": status, "detail": said}
    return JSONResponse(body, status, {**tus.always(), **headers}, media_type="application/problem+json")


def refused(request: Request, reason: Refused, limit: int) -> Response:
    """Why a document is not taken, in the language that was asked for."""
    said = refusals.message(reason, limit, language_of(request))
    return problem(413 if reason.reason is Reason.TOO_LARGE else 422, said)


@router.options("/uploads/", dependencies=[PUBLIC])
def abilities(request: Request) -> Response:
    return Response(status_code=204, headers=tus.always(request.app.state.settings.max_document_bytes))


@router.options("/uploads/{secret}", dependencies=[PRIVATE_LINK])
def abilities_of_one(request: Request, secret: str) -> Response:
    open_upload(secret)
    return abilities(request)


@router.post("/uploads/", dependencies=[PUBLIC])
@speaking_tus
async def create(request: Request) -> Response:
    await run_sync(lambda: rates.check(request, "upload", limit=120, seconds=600))
    await run_sync(lambda: rates.check(request, "upload_day", limit=rates.DAY_LIMIT, seconds=rates.DAY))
    tus.check_version(request.headers)
    token, slug, announced = tus.announced(request.headers)
    found = await run_sync(open_call, slug)
    limit = max_bytes(request, found.call)
    if announced.kind not in {wanted.kind for wanted in found.call.documents}:
        raise NotTus(422, "This call asks for no such document.")
    try:
        uploads.check(announced, limit)
    except Refused as reason:
        await run_sync(note_refusal, token, found.id, announced, reason)
        return refused(request, reason, limit)
    with_piece = request.headers.get("content-length", "0") != "0" or "transfer-encoding" in request.headers
    if with_piece:
        tus.check_piece(request.headers)
    checksum = tus.checksum(request.headers)
    upload, secret = await run_sync(begin, token, found.id, announced)
    made = {"Location": f"/uploads/{secret}"}
    if not with_piece:
        return Response(status_code=201, headers=tus.always() | tus.standing(upload) | made)
    return await go_on(request, upload, 0, checksum, status=201, headers=made)


def begin(token: str, call: Any, announced: Announced) -> tuple[Upload, str]:
    """Raises UploadGone."""
    with transaction() as session:
        upload = uploads.begin(session, token, call, announced)
    return upload, uploads.secret_of(token, upload.id)


def note_refusal(token: str, call: UUID, announced: Announced, reason: Refused) -> None:
    """Raises UploadGone."""
    with transaction() as session:
        uploads.note_refusal(session, token, call, announced, reason)


@router.get("/uploads/{secret}", dependencies=[PRIVATE_LINK])  # HEAD comes as GET: web/head.py
@speaking_tus
async def where(request: Request, secret: str) -> Response:
    """Where the upload stands. What was whole already when a crash came becomes a document now."""
    upload = await opened(request, secret)
    upload = await settled(request, upload)
    return Response(status_code=200, headers=tus.always() | tus.standing(upload))


@router.patch("/uploads/{secret}", dependencies=[PRIVATE_LINK])
@speaking_tus
async def piece(request: Request, secret: str) -> Response:
    """The next piece. Of what comes until the line breaks all counts, unless a checksum is to be compared."""
    upload = await opened(request, secret)
    tus.check_piece(request.headers)
    offset, checksum = tus.number(request.headers, "upload-offset"), tus.checksum(request.headers)
    if upload.state is not UploadState.OPEN:
        raise UploadGone
    if offset != upload.received:
        raise WrongPlace(upload.received)
    return await go_on(request, upload, offset, checksum, status=204, headers={})


@router.delete("/uploads/{secret}", dependencies=[PRIVATE_LINK])
@speaking_tus
async def end(request: Request, secret: str) -> Response:
    """Forget the upload; a document that was made of it stays."""
    upload = await opened(request, secret)
    await run_sync(forget, upload)
    return Response(status_code=204, headers=tus.always())


@router.post("/uploads/{secret}", dependencies=[PRIVATE_LINK])
@speaking_tus
async def by_another_name(request: Request, secret: str) -> Response:
    """For clients whose network lets neither PATCH nor DELETE through."""
    ways: dict[str, Answer] = {"PATCH": piece, "DELETE": end}
    upload = await run_sync(open_upload, secret)
    way = ways.get(request.headers.get("x-http-method-override", ""))
    if way is None:
        return problem(405, "An upload takes PATCH, HEAD and DELETE.", Allow="OPTIONS, HEAD, PATCH, DELETE")
    del upload
    return await way(request, secret)


def forget(upload: Upload) -> None:
    with transaction() as session:
        if (still := session.get(Upload, upload.id)) is not None:
            keeping.remove_upload(session, still)


async def opened(request: Request, secret: str) -> Upload:
    """The upload of an address, asked for in our version of the protocol. Raises NotFound, NotTus, UploadGone."""
    await run_sync(lambda: rates.check(request, "upload_piece", limit=2000, seconds=600))
    upload = await run_sync(open_upload, secret)
    tus.check_version(request.headers)
    if upload.expires_at <= utcnow():
        raise UploadGone
    return upload


def open_upload(secret: str) -> Upload:
    """Raises NotFound."""
    with reading() as session:
        upload = uploads.find(session, secret)
    if upload is None:
        raise NotFound
    return upload


async def go_on(
    request: Request, upload: Upload, offset: int, checksum: Checksum | None, *, status: int, headers: dict[str, str]
) -> Response:
    """Take a piece from the body and say where the upload stands then, or why its document is refused."""
    if int(request.headers.get("content-length") or 0) > upload.size - offset:
        return problem(413, "That is more than was announced.", **headers)
    receive = receive_checked if checksum else receive_plain
    upload.received = await receive(request, upload, offset, checksum)
    done = await settled(request, upload)
    if done.state is UploadState.REFUSED:
        assert done.reason is not None
        limit = request.app.state.settings.max_document_bytes
        return refused(request, Refused(Reason(done.reason), done.found), limit)
    return Response(status_code=status, headers=tus.always() | tus.standing(done) | headers)


async def settled(request: Request, upload: Upload) -> Upload:
    """The upload as it is now; when all of it is here, its document is looked at. Raises UploadGone."""
    if uploads.unfinished(upload):
        now = await run_sync(finish, request, upload, limiter=arriving.LOOKING)
    else:
        now = await run_sync(uploads.look, upload.id)
    if now is None:
        raise UploadGone
    return now


def finish(request: Request, upload: Upload) -> Upload | None:
    limit = request.app.state.settings.max_document_bytes
    return uploads.finish(request.app.state.storage, upload.id, max_bytes=limit)


async def receive_plain(request: Request, upload: Upload, offset: int, _checksum: Checksum | None) -> int:
    """Add the body as it comes; where the upload stands then. What came before the line broke counts."""
    storage: Storage = request.app.state.storage
    waiting, kept_at = bytearray(), time.monotonic()

    async def keep() -> None:
        nonlocal offset, kept_at
        if waiting:
            offset = await run_sync(uploads.append, storage, upload, offset, bytes(waiting))
            waiting.clear()
        kept_at = time.monotonic()

    try:
        async for data in request.stream():
            if offset + len(waiting) + len(data) > upload.size:
                raise NotTus(413, "That is more than was announced.")
            waiting += data
            if len(waiting) >= PIECE_BYTES or time.monotonic() - kept_at > PIECE_SECONDS:
                await keep()
    except (ClientDisconnect, SlowBody):
        await keep()
        raise
    await keep()
    return offset


async def receive_checked(request: Request, upload: Upload, offset: int, checksum: Checksum | None) -> int:
    """Add the body when all of it fits its checksum, and nothing of it otherwise. Raises WrongSum."""
    storage: Storage = request.app.state.storage
    assert checksum is not None
    waiting, ahead = bytearray(), 0
    async for data in request.stream():
        if offset + ahead + len(waiting) + len(data) > upload.size:
            raise NotTus(413, "That is more than was announced.")
        waiting += data
        if len(waiting) >= PIECE_BYTES:
            await run_sync(uploads.stage, storage, upload, offset, ahead, bytes(waiting))
            ahead += len(waiting)
            waiting.clear()
    await run_sync(uploads.stage, storage, upload, offset, ahead, bytes(waiting))
    return await run_sync(uploads.confirm, storage, upload, offset, ahead + len(waiting), checksum)
