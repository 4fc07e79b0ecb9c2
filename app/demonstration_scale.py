"""Many more invented applications than could be lived through: those that are there, again under other names.

Rows are copied as their tables have them, so that a new column comes along by itself; what must be one's own is given
anew, and every time is moved back as far as the copy is older than its original. What is many and needs nothing of
Python is copied within the database.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, SQLModel

from app.applications.entries import NEVER
from app.applications.models import Applicant, Application, ApplicationTag, Draft, QueueEntry
from app.applications.submission import SIGNS
from app.audit.models import Event
from app.database import id_at, refresh_statistics, transaction, write_quickly
from app.desk import figures, folding
from app.desk.models import SearchEntry
from app.documents.models import Document
from app.documents.storage import Storage
from app.mail.models import MailState, OutgoingMail
from app.progress import Tell, nowhere

ORIGINALS = 400
PORTION = 2000
OVER = timedelta(days=150)  # not longer: what has ended is forgotten after six months
UNMOVED = ("due_at",)  # by when we should have acted is told from today

Row = dict[str, Any]
ROWS: tuple[type[SQLModel], ...] = (Applicant, Draft, Application, Document, Event, OutgoingMail)  # parents first

OWN_WORDS = ("reference", "reference_key", "person", "person_key")  # what each is found by alone, in either spelling

# One portion: which application is copied as which.
COPY = sa.Table(
    "copy",
    sa.MetaData(),
    sa.Column("id", sa.Uuid(), primary_key=True),
    sa.Column("original", sa.Uuid(), nullable=False),
    sa.Column("back", sa.BigInteger(), nullable=False),  # milliseconds
    sa.Column("score", sa.BigInteger(), nullable=False),  # as in queue_entry
    *(sa.Column(name, sa.String(), nullable=False) for word in OWN_WORDS for name in (word, f"old_{word}")),
    prefixes=["TEMPORARY"],
)


@dataclass(frozen=True)
class Original:
    """One application with the rows that are copied one by one."""

    application: Row
    draft: Row
    applicant: Row
    documents: list[Row]
    events: list[Row]
    mails: list[Row]
    words: list[str]


def multiply(storage: Storage, number: int, *, tell: Tell = nowhere) -> None:
    """Add `number` copies of the newest ORIGINALS applications, each older than all before it."""
    with transaction() as session:
        originals = list(read(session))
        for index in indexes():
            index.drop(session.connection())
    oldest = min(original.application["received_at"] for original in originals)
    scores = [score for original in originals if (score := original.application["score"]) is not None]
    chance, step = random.Random(number), OVER / max(number, 1)
    for start in range(0, number, PORTION):
        # Oldest first, so that ids and search numbers rise with time.
        places = range(number - start, max(number - start - PORTION, 0), -1)
        with transaction() as session:
            write_quickly(session)
            write(session, storage, originals, [(place, oldest - step * place) for place in places], scores, chance)
        tell(min(start + PORTION, number), number)
    with transaction() as session:
        write_quickly(session)
        for index in indexes():  # sorted once: a fraction of what it costs to keep them in order
            index.create(session.connection())
    refresh_statistics()
    figures.count()


def indexes() -> list[sa.Index]:
    """Those of the tables that are filled."""
    tables = (sa.inspect(model).local_table for model in (*ROWS, ApplicationTag, QueueEntry))
    return [index for table in tables for index in sorted(table.indexes, key=lambda each: str(each.name))]


def read(session: Session) -> Iterator[Original]:
    """The applications to copy, the newest first."""
    table = sa.inspect(Application).local_table
    for application in rows(session, sa.select(table).order_by(table.c.id.desc()).limit(ORIGINALS)):
        key = application["id"]
        yield Original(
            application=application,
            draft=of(session, Draft, "id", application["draft_id"])[0],
            applicant=of(session, Applicant, "id", application["applicant_id"])[0],
            documents=of(session, Document, "draft_id", application["draft_id"]),
            events=of(session, Event, "application_id", key)[-2:],
            mails=of(session, OutgoingMail, "application_id", key),
            words=own_words(application),
        )


def rows(session: Session, statement: Any) -> list[Row]:
    return [dict(row) for row in session.connection().execute(statement).mappings()]


def of(session: Session, model: type[SQLModel], column: str, value: UUID) -> list[Row]:
    table = sa.inspect(model).local_table
    return rows(session, sa.select(table).where(table.c[column] == value).order_by(*table.primary_key.columns))


def write(
    session: Session,
    storage: Storage,
    originals: Sequence[Original],
    places: Sequence[tuple[int, datetime]],
    scores: Sequence[float],
    chance: random.Random,
) -> None:
    """Write one portion of copies: one statement for each table."""
    made: dict[type[SQLModel], list[Row]] = {table: [] for table in ROWS}
    plans = []
    for place, received in places:
        original = originals[place % len(originals)]
        application = anew(original, place, received, scores, chance)
        plans.append(plan(original, application))
        for table, row in copies(storage, original, application, chance):
            made[table].append(row)
    connection = session.connection()
    for table, copied in made.items():
        if copied:
            connection.execute(sa.insert(table), copied)
    COPY.create(connection)
    connection.execute(sa.insert(COPY), plans)
    for fill in (fill_tags, fill_entries, fill_search):
        connection.execute(fill())
    COPY.drop(connection)


def anew(original: Original, place: int, received: datetime, scores: Sequence[float], chance: random.Random) -> Row:
    """The row of one copy, with what must be its own."""
    reference = f"{original.application['reference'].split('-')[0]}-{''.join(chance.choices(SIGNS, k=8))}"
    own: Row = {name: id_at(received) for name in ("id", "draft_id", "applicant_id")}
    own |= {"reference": reference, "email": f"copy{place}@example.org", "secret_hash": chance.randbytes(32)}
    if original.application["score"] is not None:  # anybody's, so that what has one filter in common has not also that
        own["score"] = min(5.0, max(1.0, chance.choice(scores) + chance.uniform(-1, 1)))
    return moved(original.application, original.application["received_at"] - received) | own


def plan(original: Original, application: Row) -> Row:
    """What the database needs to know to copy the rest."""
    score, old = application["score"], original.application
    return {
        "id": application["id"],
        "original": old["id"],
        "back": round((old["received_at"] - application["received_at"]).total_seconds() * 1000),
        "score": -1 if score is None else round(score * 1000),
        **dict(zip(OWN_WORDS, own_words(application), strict=True)),
        **{f"old_{name}": word for name, word in zip(OWN_WORDS, original.words, strict=True)},
    }


def own_words(application: Row) -> list[str]:
    """OWN_WORDS of an application as they stand in the searchable text."""
    found = (application["reference"], application["email"].split("@")[0])
    return [spelled(each) for each in found for spelled in (folding.fold, folding.latin)]


def copies(
    storage: Storage, original: Original, application: Row, chance: random.Random
) -> Iterator[tuple[type[SQLModel], Row]]:
    """The rows of one copy, each with its table."""
    old, key, draft = original.application, application["id"], application["draft_id"]
    received, email = application["received_at"], application["email"]
    back = old["received_at"] - received
    applicant = {"id": application["applicant_id"], "email_key": email, "same_as": None}
    yield Applicant, moved(original.applicant, back) | applicant
    once = {"key_hash": chance.randbytes(32), "phrase_hash": None, "sealed_token": None}
    yield Draft, moved(original.draft, back) | {"id": draft} | once
    yield Application, application
    for document in original.documents:
        fresh = {"id": id_at(received), "draft_id": draft, "message_id": None}
        yield Document, moved(document, back) | fresh | {"storage_key": storage.twin(document["storage_key"])}
    for event in original.events:
        at = event["at"] - back
        yield Event, event | {"id": id_at(at), "at": at, "application_id": key, "detail": without_ids(event["detail"])}
    for mail in original.mails:
        fresh = {"id": id_at(mail["created_at"] - back), "application_id": key, "sealed_link": None}
        fresh |= {"message_id": f"<{chance.randbytes(16).hex()}@example.org>", "state": MailState.SENT}
        fresh |= {"recipient": email if mail["recipient"] == old["email"] else mail["recipient"]}
        yield OutgoingMail, moved(mail, back) | fresh | {"sent_at": mail["created_at"] - back}


def moved(row: Row, back: timedelta) -> Row:
    """A row with all its times as much earlier."""
    return {
        name: value - back if isinstance(value, datetime) and name not in UNMOVED else value
        for name, value in row.items()
    }


def without_ids(detail: dict[str, str]) -> dict[str, str]:
    """The detail of an event without the mail of the original."""
    return {name: value for name, value in detail.items() if name != "mail"}


def fill_tags() -> Any:
    return copied(ApplicationTag)


def fill_entries() -> Any:
    entry = sa.inspect(QueueEntry).local_table.c
    waiting = sa.case((entry.waiting == NEVER, entry.waiting), else_=entry.waiting - COPY.c.back)
    earlier = {"received": entry.received - COPY.c.back, "active": entry.active - COPY.c.back, "waiting": waiting}
    return copied(QueueEntry, **earlier, score=COPY.c.score)


def fill_search() -> Any:
    entry = sa.inspect(SearchEntry).local_table.c
    text: Any = entry.text
    for word in OWN_WORDS:
        text = sa.func.replace(text, COPY.c[f"old_{word}"], COPY.c[word])
    return copied(SearchEntry, text=text)


def copied(model: type[SQLModel], **changes: Any) -> Any:
    """The statement that copies a table's rows for every application of COPY, in the order of its ids."""
    table = sa.inspect(model).local_table
    numbered = table.primary_key.columns.keys() == ["id"]
    names = [name for name in table.c.keys() if not (numbered and name == "id")]  # noqa: SIM118
    values = [changes.get(name, COPY.c.id if name == "application_id" else table.c[name]) for name in names]
    statement = sa.select(*values).join_from(COPY, table, table.c.application_id == COPY.c.original)
    order = [] if numbered else [table.c[key] for key in table.primary_key.columns.keys() if key != "application_id"]  # noqa: SIM118
    return sa.insert(table).from_select(names, statement.order_by(COPY.c.id, *order))
