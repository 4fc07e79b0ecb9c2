"""The worker's reading of one document: what is inside, its text, its language."""

from uuid import UUID

from app.database import reading, transaction
from app.documents import inside, languages, text
from app.documents.models import Document, Look, TextState
from app.documents.storage import Storage


def read(storage: Storage, document_id: UUID) -> UUID | None:
    """Look into a document, extract its text, keep both; the draft it belongs to, or None when it is gone.

    Asked once more it does nothing.
    """
    with reading() as session:
        document = session.get(Document, document_id)
    if document is None:
        return None
    if document.text_state is not TextState.WAITING and document.look is not Look.WAITING:
        return document.draft_id  # as a draft's, before it was sent
    with storage.open(document.storage_key) as file:
        seen = inside.look(file, document.format, size=document.size)
        found = text.extract(file, document.format)
    language = languages.guess(found.text)
    with transaction() as session:
        row = session.get(Document, document_id)
        if row is None:
            return None
        row.text, row.text_state = found.text, TextState(found.state)
        row.pages, row.words, row.language = found.pages, found.words, language
        row.look_found = ",".join(seen.found)
        if row.look is not Look.RELEASED:
            row.look = Look.QUARANTINED if seen.dangerous else Look.CLEAN
        session.add(row)
        return row.draft_id
