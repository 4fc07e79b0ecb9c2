"""Everything that is held about an applicant, for the applicant (GDPR, Art. 15 and 20; promise P2)."""

import json
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, SQLModel, col, select
from zipstream import ZIP_STORED, ZipStream

from app.accounts.models import Editor
from app.applications import replying
from app.applications.models import Application
from app.database import utcnow
from app.desk import mentions
from app.documents import keeping
from app.documents.models import Document
from app.documents.storage import Storage
from app.privacy.register import BETWEEN_EDITORS, COLLEAGUES, PERSONAL, Kept

PIECE = 64_000
MENTIONING = {"note": "text", "review": "comment", "conflict_of_interest": "reason"}  # what colleagues write
NOBODY = mentions.pattern([])


def everything(session: Session, application: Application) -> dict[str, Any]:
    """All rows about an application, by table; columns as the register lists them."""
    keys = {
        "id": application.id,
        "application_id": application.id,
        "draft_id": application.draft_id,
        "applicant_id": application.applicant_id,
    }
    held = {name: rows(session, name, kept, keys) for name, kept in PERSONAL.items() if kept.personal}
    return {"exported_at": utcnow().isoformat(), "reference": application.reference, "held": held}


def rows(session: Session, name: str, kept: Kept, keys: dict[str, UUID]) -> dict[str, Any]:
    """The rows of one table that belong to the application, and why they are kept."""
    if not kept.personal:
        return {"purpose": kept.purpose, "rows": []}
    table = SQLModel.metadata.tables[name]
    by = table.columns[kept.by if kept.by in table.columns else "id"]
    documents = sa.select(col(Document.id)).where(col(Document.draft_id) == keys["draft_id"])
    belongs = by.in_(documents) if kept.by == "document_id" else by == keys[kept.by]
    statement = sa.select(*(table.c[column] for column in kept.personal)).where(belongs)
    found = session.connection().execute(statement).mappings()
    mentioned = mentions.pattern(list(session.exec(select(Editor.name)))) if name in MENTIONING else NOBODY
    told = [without_colleagues(name, dict(row), mentioned) for row in found]
    return {"purpose": kept.purpose, "rows": [{key: plain(each[key]) for key in each} for each in told if each]}


def without_colleagues(table: str, row: dict[str, Any], pattern: re.Pattern[str]) -> dict[str, Any] | None:
    """A row without the names of those who work at the desk; none when it is a mail from one of them to another."""
    if table == "outgoing_mail" and row["kind"] in BETWEEN_EDITORS:
        return None
    if table == "event" and row["kind"] in COLLEAGUES:
        hidden = COLLEAGUES[row["kind"]]
        return row | {"detail": {key: value for key, value in row["detail"].items() if key not in hidden}}
    if table in MENTIONING:
        return row | {MENTIONING[table]: pattern.sub("@…", row[MENTIONING[table]])}
    return row


def plain(value: Any) -> Any:
    """A value as JSON has it."""
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value


def archive(session: Session, application: Application, *, storage: Storage, readme: str) -> ZipStream:
    """A ZIP of it all, made while it is read: `data.json`, `readme.txt` and the documents as they were sent."""
    packed = ZipStream(compress_type=ZIP_STORED)
    packed.add(readme, "readme.txt")
    packed.add(json.dumps(everything(session, application), ensure_ascii=False, indent=2), "data.json")
    documents = keeping.all_of_draft(session, application.draft_id) + replying.unsent(session, application)
    for number, document in enumerate(documents, start=1):
        packed.add(content(storage, document), f"documents/{number:02}-{document.kind.value}-{document.name}")
    return packed


def content(storage: Storage, document: Document) -> Iterator[bytes]:
    """A document's bytes, opened only when their turn comes."""
    with storage.open(document.storage_key) as file:
        yield from iter(lambda: file.read(PIECE), b"")
