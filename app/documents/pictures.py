"""Pictures of a document's pages, made by the worker and kept in the storage beside the document."""

from uuid import UUID

from sqlmodel import Session, col, select

from app.database import reading, transaction
from app.documents import keeping, sandbox
from app.documents.models import Document, DocumentPage, PicturesState
from app.documents.sandbox import Limits, SandboxFailed
from app.documents.storage import Storage
from app.documents.text import storable

MAX_PAGES = 60  # of one document; drawing.py stops there, too
MAX_SIDE = 20_000
MAX_PAGE_TEXT = 20_000
# Well within a job's lease, so that no second worker begins the same.
LIMITS = Limits(seconds=75, memory=1_000_000_000, output=60_000_000, processor=60)
WEBP = b"RIFF"


def make(storage: Storage, document_id: UUID) -> None:
    """Draw a document's pages and keep them: a job of the worker. Pages drawn before a failure are kept, too.

    Asked once more when they are there, it does nothing: somebody may be looking at them.
    """
    with reading() as session:
        document = session.get(Document, document_id)
    if document is None or document.pictures_state is not PicturesState.WAITING:
        return
    with transaction() as session:
        keeping.remove_pictures(session, document_id)
    pages, failed = None, ""
    drawn = 0
    with storage.open(document.storage_key) as file:
        try:
            for told, content in sandbox.pieces("draw_pages", file, document.format.value, limits=LIMITS):
                pages = pages or number(told.get("pages"))
                failed = failed or (str(told["failed"])[:40] if "failed" in told and "number" not in told else "")
                if content and drawn < MAX_PAGES:
                    drawn += keep(storage, document_id, told, content)
        except SandboxFailed as ended:
            failed = ended.reason
    with transaction() as session:
        row = session.get(Document, document_id)
        if row is not None:
            row.pictures_state = PicturesState.MADE if drawn else PicturesState.FAILED
            row.pictures_failed = failed or ("" if drawn else "damaged")
            row.pages = row.pages or pages
            session.add(row)


def number(told: object, *, most: int = 100_000) -> int | None:
    """A number above zero that the child told, if it is one."""
    return min(told, most) if isinstance(told, int) and told > 0 else None


def keep(storage: Storage, document_id: UUID, told: dict[str, object], content: bytes) -> bool:
    """Store one picture and its row, when the child said of it what can be; whether it was kept."""
    place, width, height = (number(told.get(name), most=MAX_SIDE) for name in ("number", "width", "height"))
    text = told.get("text")
    if not (place and width and height and isinstance(text, str) and content.startswith(WEBP)):
        return False
    incoming = storage.begin()
    incoming.write(content)
    key = incoming.keep()
    page = DocumentPage(
        document_id=document_id,
        number=place,
        storage_key=key,
        width=width,
        height=height,
        size=incoming.size,
        sha256=incoming.sha256,
        text=storable(text)[:MAX_PAGE_TEXT],
    )
    kept = False
    try:
        with transaction() as session:
            # Not while it is being removed: then what is drawn of it is wanted no longer.
            if (
                wanted := session.get(Document, document_id, with_for_update={"key_share": True, "read": True})
                is not None
            ):
                session.add(page)
        kept = wanted
    finally:
        if not kept:
            storage.delete(key)
    return kept


def of_document(session: Session, document_id: UUID) -> list[DocumentPage]:
    """The pages that have been drawn, in order."""
    statement = select(DocumentPage).where(DocumentPage.document_id == document_id)
    return list(session.exec(statement.order_by(col(DocumentPage.number))))
