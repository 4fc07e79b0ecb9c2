"""Documents of a draft: of those that the call asks for one of each kind, the newest; what is replaced goes."""

from collections.abc import Iterable
from typing import Protocol
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from app.database import lock_rows
from app.documents.kinds import ASKED_FOR, Format, Kind
from app.documents.models import Document, DocumentPage, ReadingPosition, TextState, Upload, UploadState
from app.jobs import queue

DELETE_BYTES = "delete_bytes"
DELETE_PARTIAL = "delete_partial"
READ_TEXT = "read_text"
MAKE_PICTURES = "make_pictures"
# The same for drafts, which anybody may make: after all that was sent.
READ_DRAFT = "read_draft"
DRAW_DRAFT = "draw_draft"


class Stored(Protocol):
    """An object that the storage keeps, however it came."""

    @property
    def key(self) -> str: ...
    @property
    def size(self) -> int: ...
    @property
    def sha256(self) -> str: ...


def put(
    session: Session,
    *,
    draft: UUID,
    kind: Kind,
    name: str,
    form: Format,
    incoming: Stored,
    message: UUID | None = None,
) -> Document:
    """Add a document that the storage keeps already; an earlier one that the call asks for is replaced."""
    if kind in ASKED_FOR:
        for earlier in session.exec(select(Document).where(Document.draft_id == draft, Document.kind == kind)):
            remove(session, earlier)
    session.flush()
    document = Document(
        draft_id=draft,
        kind=kind,
        name=name,
        format=form,
        size=incoming.size,
        sha256=incoming.sha256,
        storage_key=incoming.key,
        message_id=message,
    )
    session.add(document)
    return document


def have_read(session: Session, documents: Iterable[Document], *, sent: bool = True) -> None:
    """Have those read that were not yet, those that were `sent` first; asked twice is asked once."""
    for document in documents:
        if document.text_state is TextState.WAITING:
            queue.enqueue(session, READ_TEXT if sent else READ_DRAFT, str(document.id), once=True)


def have_drawn(session: Session, documents: Iterable[Document], *, sent: bool = True) -> None:
    """Have their pages drawn, those of what was `sent` first; asked twice is asked once."""
    for document in documents:
        queue.enqueue(session, MAKE_PICTURES if sent else DRAW_DRAFT, str(document.id), once=True)


def remove(session: Session, document: Document) -> None:
    """Take a document and the pictures of its pages away; their bytes follow when this transaction is durable.

    It is locked first: else a page drawn meanwhile would come to stand in the way of its going.
    """
    session.exec(lock_rows(select(Document.id).where(Document.id == document.id)))
    remove_pictures(session, document.id)
    session.exec(sa.delete(ReadingPosition).where(col(ReadingPosition.document_id) == document.id))
    queue.enqueue(session, DELETE_BYTES, document.storage_key)
    session.delete(document)


def remove_pictures(session: Session, document_id: UUID) -> None:
    """Take the pictures of a document's pages away."""
    for key in session.exec(select(DocumentPage.storage_key).where(DocumentPage.document_id == document_id)):
        queue.enqueue(session, DELETE_BYTES, key)
    session.exec(sa.delete(DocumentPage).where(col(DocumentPage.document_id) == document_id))


def of_draft(session: Session, draft: UUID) -> list[Document]:
    """What the call asked for, cv first."""
    return [document for document in all_of_draft(session, draft) if document.kind in ASKED_FOR]


def all_of_draft(session: Session, draft: UUID) -> list[Document]:
    """Every document, those that came with messages too, in the order of their kinds."""
    return ordered(session.exec(select(Document).where(Document.draft_id == draft).order_by(col(Document.id))).all())


def ordered(documents: Iterable[Document]) -> list[Document]:
    """Documents as they are read: cv first, what came with messages last."""
    return sorted(documents, key=lambda document: list(Kind).index(document.kind))


def remove_uploads(session: Session, draft: UUID, kind: Kind | None = None) -> None:
    """Forget the uploads of a draft, or those of one kind: what has not become a document goes."""
    statement = select(Upload).where(Upload.draft_id == draft)
    for upload in session.exec(statement.where(Upload.kind == kind) if kind else statement):
        remove_upload(session, upload)


def remove_upload(session: Session, upload: Upload) -> None:
    """Forget an upload with its pieces, and with the whole that a crash may have left without its document."""
    forget_pieces(session, upload)
    state = session.exec(lock_rows(select(Upload.state).where(Upload.id == upload.id))).first()
    if state is not UploadState.DONE:
        queue.enqueue(session, DELETE_BYTES, upload.storage_key)
    session.delete(upload)


def forget_pieces(session: Session, upload: Upload) -> None:
    """Nothing more comes: the pieces go when this transaction is durable."""
    queue.enqueue(session, DELETE_PARTIAL, upload.storage_key)
