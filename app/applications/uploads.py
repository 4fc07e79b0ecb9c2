"""Documents that come in pieces and go on after a broken line: from the first byte to a document of the draft.

The row's `received` says how much is durable; a piece counts when its bytes are synced and the row says so. The file
is held while a piece is added, so that of two connections at once the second finds that it is not at its place.
"""

import hashlib
import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import PurePath
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from app.applications import drafts
from app.applications.models import Draft
from app.database import lock_rows, new_id, reading, transaction, utcnow
from app.documents import inspection, keeping
from app.documents.inspection import OTHER_NAMES, Reason, Refused
from app.documents.kinds import Kind
from app.documents.models import Upload, UploadState
from app.documents.storage import Busy, Partial, Storage

KEPT = timedelta(days=7)
# What a name that is refused in any case says of its file, by the codes of documents/inspection.py.
SAID_BY_NAMES = {
    "image": (".png", ".jpg", ".jpeg", ".gif"),
    "html": (".htm", ".html", ".xhtml", ".shtml", ".mht", ".mhtml"),
    "svg": (".svg",),
    "archive": (".zip", ".rar", ".7z", ".iso", ".img"),
    "spreadsheet": (".xlsx", ".xls"),
    "presentation": (".pptx",),
    "executable": (
        ".exe",
        ".com",
        ".scr",
        ".bat",
        ".cmd",
        ".ps1",
        ".vbs",
        ".js",
        ".jar",
        ".msi",
        ".sh",
        ".apk",
        ".app",
        ".dmg",
    ),
}


class UploadGone(Exception):
    """The upload is not there any more: its draft was sent, its time is over, or another took its place."""


class WrongPlace(Exception):
    """A piece does not go on where the upload stands; `received` is where that is."""

    def __init__(self, received: int) -> None:
        super().__init__(received)
        self.received = received


class WrongSum(Exception):
    """A piece is not what its checksum says."""


@dataclass(frozen=True)
class Announced:
    """What is going to come: for which document, its name, its bytes, and the time on the sender's device."""

    kind: Kind
    name: str
    size: int
    modified: int | None


@dataclass(frozen=True)
class Checksum:
    algorithm: str
    digest: bytes


def secret_of(token: str, upload: UUID) -> str:
    """The secret in an upload's address: whoever holds the draft finds it again, and nobody else."""
    digest = hashlib.sha256(b"upload\0" + upload.bytes + token.encode()).digest()
    return urlsafe_b64encode(digest).decode().rstrip("=")


def secret_hash(secret: str) -> bytes:
    return hashlib.sha256(b"upload secret\0" + secret.encode()).digest()


def check(announced: Announced, max_bytes: int) -> None:
    """What can be told before the first byte. Raises Refused."""
    if announced.size > max_bytes:
        raise Refused(Reason.TOO_LARGE)
    if announced.size == 0:
        raise Refused(Reason.EMPTY)
    suffix = PurePath(announced.name).suffix.lower()
    if suffix in OTHER_NAMES:  # refused whatever is in it: nobody should send it first
        said = (code for code, suffixes in SAID_BY_NAMES.items() if suffix in suffixes)
        raise Refused(Reason.WRONG_KIND, next(said, None))


def begin(session: Session, token: str, call: UUID, announced: Announced) -> Upload:
    """A new upload in place of any other for the same document. Raises UploadGone when the draft has been sent."""
    draft = drafts.lock(session, token, call)
    if draft.call_id != call or drafts.application_of(session, draft.id) is not None:
        raise UploadGone
    keeping.remove_uploads(session, draft.id, announced.kind)
    key = new_id()
    upload = Upload(
        id=key,
        draft_id=draft.id,
        secret_hash=secret_hash(secret_of(token, key)),
        kind=announced.kind,
        name=announced.name,
        size=announced.size,
        modified=announced.modified,
        storage_key=secrets.token_hex(16),
        expires_at=min(utcnow() + KEPT, draft.expires_at),
    )
    session.add(upload)
    return upload


def note_refusal(session: Session, token: str, call: UUID, announced: Announced, refused: Refused) -> None:
    """What was refused before its first byte is told again with the form, until another comes. Raises UploadGone."""
    upload = begin(session, token, call, announced)
    upload.state, upload.reason, upload.found = UploadState.REFUSED, refused.reason, refused.found


def find(session: Session, secret: str) -> Upload | None:
    """The upload of an address, expired or not."""
    return session.exec(select(Upload).where(Upload.secret_hash == secret_hash(secret))).first()


def of_draft(session: Session, draft: UUID) -> list[Upload]:
    """The uploads of a draft whose time is not over, the oldest first."""
    mine = select(Upload).where(Upload.draft_id == draft, Upload.expires_at > utcnow())
    return list(session.exec(mine.order_by(col(Upload.id))))


def append(storage: Storage, upload: Upload, offset: int, data: bytes) -> int:
    """Add a piece; how much is durable then. Raises WrongPlace, UploadGone, Busy, StorageAway."""
    with storage.partial(upload.storage_key) as partial:
        stands_at(upload, offset)
        partial.write(offset, data)
        return advance(upload, offset, offset + len(data))


def stage(storage: Storage, upload: Upload, offset: int, ahead: int, data: bytes) -> None:
    """Put a part of a piece in its place `ahead` of where the upload stands, without letting it count yet."""
    with storage.partial(upload.storage_key) as partial:
        stands_at(upload, offset)
        partial.write(offset + ahead, data, durable=False)


def confirm(storage: Storage, upload: Upload, offset: int, length: int, checksum: Checksum) -> int:
    """Let what was staged count when its checksum is right; how much is durable then. Raises WrongSum."""
    with storage.partial(upload.storage_key) as partial:
        stands_at(upload, offset)
        if partial.digest(checksum.algorithm, offset, offset + length) != checksum.digest:
            raise WrongSum
        partial.sync()
        return advance(upload, offset, offset + length)


def stands_at(upload: Upload, offset: int) -> None:
    """Raises UploadGone or WrongPlace unless the upload waits for its next piece just there."""
    now = look(upload.id)
    if now is None or now.state is not UploadState.OPEN or now.expires_at <= utcnow():
        raise UploadGone
    if now.received != offset:
        raise WrongPlace(now.received)


def advance(upload: Upload, before: int, after: int) -> int:
    """Let a piece count. Raises UploadGone when the upload was removed while it came."""
    here = col(Upload.id) == upload.id, col(Upload.received) == before
    until = min(utcnow() + KEPT, upload.created_at + drafts.KEPT)
    with transaction() as session:
        moved = session.connection().execute(sa.update(Upload).where(*here).values(received=after, expires_at=until))
        if moved.rowcount != 1:
            raise UploadGone
    return after


def finish(storage: Storage, upload_id: UUID, *, max_bytes: int) -> Upload | None:
    """When an upload is whole, look at it and make it a document of its draft; the upload as it is then.

    Done again, whatever was interrupted goes on: the object is linked first, then the row is written.
    While another does it, the upload as it stands.
    """
    upload = look(upload_id)
    if upload is None or not unfinished(upload):
        return upload
    try:
        with storage.partial(upload.storage_key) as partial:
            return settle(storage, partial, upload_id, max_bytes=max_bytes)
    except Busy:
        return look(upload_id)


def settle(storage: Storage, partial: Partial, upload_id: UUID, *, max_bytes: int) -> Upload | None:
    """A document or a refusal of a whole upload, whose file is ours."""
    upload = look(upload_id)  # another request may have finished it before the file was ours
    if upload is None or not unfinished(upload):
        return upload
    try:
        return become_document(storage, partial, upload, max_bytes=max_bytes)
    except Refused as refused:
        return refuse(upload, refused)


def look(upload_id: UUID) -> Upload | None:
    with reading() as session:
        return session.get(Upload, upload_id)


def unfinished(upload: Upload) -> bool:
    """Whether all bytes are here and nothing has been made of them yet."""
    return upload.state is UploadState.OPEN and upload.received == upload.size


def become_document(storage: Storage, partial: Partial, upload: Upload, *, max_bytes: int) -> Upload | None:
    """Raises Refused."""
    form = inspection.quick_check(partial.file, name=upload.name, size=upload.size, max_size=max_bytes)
    kept = partial.keep(upload.size)
    with transaction() as session:
        # The draft first, as everybody who removes its uploads does.
        session.exec(lock_rows(select(Draft.id).where(Draft.id == upload.draft_id))).first()
        now: Upload | None = session.exec(lock_rows(select(Upload).where(Upload.id == upload.id))).first()
        sent = drafts.application_of(session, upload.draft_id) is not None
        if now is not None and now.state is UploadState.OPEN and not sent:
            keeping.put(session, draft=now.draft_id, kind=now.kind, name=now.name, form=form, incoming=kept)
            keeping.forget_pieces(session, now)
            now.state = UploadState.DONE
            session.add(now)
    if now is None or sent:
        storage.delete(upload.storage_key)
    return now


def refuse(upload: Upload, refused: Refused) -> Upload | None:
    """Note why a document is not taken; nothing of it is kept."""
    with transaction() as session:
        now: Upload | None = session.exec(lock_rows(select(Upload).where(Upload.id == upload.id))).first()
        if now is not None and now.state is UploadState.OPEN:
            now.state, now.reason, now.found = UploadState.REFUSED, refused.reason, refused.found
            keeping.forget_pieces(session, now)
            session.add(now)
    return now


def expire(session: Session, *, limit: int = 100) -> int:
    """Forget uploads whose time is over; how many."""
    old = session.exec(select(Upload).where(Upload.expires_at < utcnow()).limit(limit)).all()
    for upload in old:
        keeping.remove_upload(session, upload)
    return len(old)


def sweep(storage: Storage, *, before: datetime) -> None:
    """Remove pieces that belong to no upload and were last touched before a time: a crash may leave some."""
    lying = {key for key, touched in storage.partials() if touched < before}
    with reading() as session:
        known = set(session.exec(select(Upload.storage_key).where(col(Upload.state) == UploadState.OPEN)))
    for key in lying - known:
        storage.discard_partial(key)
