"""Do rows and stored bytes belong together? Finds what is missing, damaged, or belongs to nobody."""

import hashlib
from dataclasses import dataclass, field
from datetime import timedelta

from sqlmodel import select

from app.database import reading, utcnow
from app.desk import orphans
from app.documents.models import Document, DocumentPage
from app.documents.storage import Storage
from app.progress import Tell, nowhere

OLD = timedelta(days=1)


@dataclass(frozen=True)
class Problem:
    problem: str  # missing, damaged, orphan, removed
    key: str
    what: str


@dataclass
class Findings:
    problems: list[Problem] = field(default_factory=list)

    @property
    def damage(self) -> int:
        """How many documents are not what was received."""
        return sum(each.problem in ("missing", "damaged") for each in self.problems)


def look(storage: Storage, *, repair: bool, tell: Tell = nowhere) -> Findings:
    """Read every document and compare it with its row; with `repair`, remove orphans that are a day old.

    Younger orphans may belong to a request under way and are only named.
    """
    found = Findings()
    # Objects first: one that is stored while we look has its row by the time rows are read.
    objects = dict(storage.objects())
    with reading() as session:
        documents = session.exec(select(Document.storage_key, Document.sha256, Document.id)).all()
        named = orphans.named(session)
        pages = session.exec(select(DocumentPage.storage_key, DocumentPage.sha256, DocumentPage.document_id)).all()
    rows = [(*row, "document") for row in documents] + [(*row, "page of document") for row in pages]
    for number, (key, sha256, document_id, what) in enumerate(rows, 1):
        tell(number, len(rows))
        if problem := compare(storage, key, sha256):
            found.problems.append(Problem(problem, key, f"{what} {document_id}"))
    for key in sorted(set(objects) - named):
        old = objects[key] < utcnow() - OLD
        if repair and old:
            storage.delete(key)
        found.problems.append(
            Problem("removed" if repair and old else "orphan", key, f"written {objects[key]:%Y-%m-%d %H:%M}")
        )
    return found


def compare(storage: Storage, key: str, sha256: str) -> str | None:
    """`missing`, `damaged`, or None when the stored bytes are what was received."""
    try:
        with storage.open(key) as file:
            digest = hashlib.sha256()
            while piece := file.read(1_000_000):
                digest.update(piece)
    except FileNotFoundError:
        return "missing"
    return None if digest.hexdigest() == sha256 else "damaged"
