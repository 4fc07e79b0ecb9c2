"""Stored bytes that no row names: what a crash between the two leaves."""

import logging
from datetime import datetime

from sqlmodel import Session, select

from app.database import reading
from app.desk.models import Export
from app.documents.models import Document, DocumentPage, Upload
from app.documents.storage import KEY, Storage

log = logging.getLogger(__name__)


def named(session: Session) -> set[str]:
    """The keys of all objects that belong to something."""
    columns = Document.storage_key, DocumentPage.storage_key, Export.storage_key, Upload.storage_key
    return {key for column in columns for key in session.exec(select(column)) if key}


def sweep(storage: Storage, *, before: datetime) -> int:
    """Remove objects that were written before a time and belong to nothing; how many.

    Nothing is removed when they are more than those that belong: then the folder is another database's, and a person
    has to look (fsck).
    """
    # Objects first: one that is stored while we look has its row by the time rows are read.
    objects = {key: written for key, written in storage.objects() if KEY.match(key)}
    with reading() as session:
        ours = named(session)
    lost = [key for key, written in objects.items() if key not in ours and written < before]
    if len(lost) > len(objects.keys() & ours):
        log.warning("most stored objects belong to no row: nothing is removed; see fsck")
        return 0
    for key in lost:
        storage.delete(key)
    return len(lost)
