"""Drafts: known by the token that travels in the form, of which only a hash is kept.

What was typed is kept beside it from the first field on, until it is sent or its 30 days are over.
"""

import base64
import hashlib
import re
import secrets
from collections.abc import Mapping, Sequence
from datetime import timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from app.applications import guarding, phrases
from app.applications.models import Application, Draft
from app.database import insert_new, lock_rows, new_id, utcnow
from app.documents import keeping
from app.jobs import queue
from app.mail.models import OutgoingMail

KEPT = timedelta(days=30)
FIELDS_LENGTH = 100_000
UNKEPT = ("draft", "step", *guarding.FIELDS)
TOKEN = re.compile(r"^[A-Za-z0-9_-]{22,64}$")


def new_token() -> str:
    """A draft's token: 256 bits, drawn when the form is shown."""
    return secrets.token_urlsafe(32)


def key_hash(token: str) -> bytes:
    return hashlib.sha256(b"draft\0" + token.encode()).digest()


def secret_of(token: str) -> str:
    """The private link's secret for the application made of a draft.

    It follows from the token, so that the same draft sent twenty times at once is answered with the same link
    although neither is kept; the other way round leads nowhere.
    """
    return base64.urlsafe_b64encode(hashlib.sha256(b"private link\0" + token.encode()).digest()).decode().rstrip("=")


def secret_hash(secret: str) -> bytes:
    return hashlib.sha256(b"secret\0" + secret.encode()).digest()


class TooMuch(Exception):
    """More was typed than any form of ours has room for."""


def find(session: Session, token: str, call: UUID) -> Draft | None:
    """The draft of a token, for this call, unless it has expired."""
    draft = open_link(session, token)
    return draft if draft and draft.call_id == call else None


def open_link(session: Session, token: str) -> Draft | None:
    """The draft of a token, for whichever call, unless it has expired."""
    return session.exec(select(Draft).where(Draft.key_hash == key_hash(token), Draft.expires_at > utcnow())).first()


def lock(session: Session, token: str, call: UUID) -> Draft:
    """The draft of a token, made if it is new, locked until the transaction ends."""
    now = utcnow()
    values = {"id": new_id(), "key_hash": key_hash(token), "call_id": call, "created_at": now, "source": ""}
    insert_new(session, Draft, values | {"expires_at": now + KEPT}, unique="key_hash")
    draft: Draft = session.exec(lock_rows(select(Draft).where(Draft.key_hash == key_hash(token)))).one()
    return draft


def keep(
    session: Session, token: str, call: UUID, fields: Mapping[str, Sequence[str]], *, source: str = ""
) -> Draft | None:
    """Keep what was typed, in place of what was kept before; None when the draft has been sent. Raises TooMuch."""
    kept = worth_keeping(fields)
    if sum(len(value) for values in kept.values() for value in values) > FIELDS_LENGTH:
        raise TooMuch
    draft = lock(session, token, call)
    if draft.call_id != call or application_of(session, draft.id) is not None:
        return None
    draft.fields, draft.saved_at, draft.source = kept, utcnow(), source or draft.source
    session.add(draft)
    return draft


def worth_keeping(fields: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """What of a form's fields somebody typed or chose."""
    return {name: list(values) for name, values in fields.items() if name not in UNKEPT and any(values)}


def open_by_phrase(session: Session, phrase: str) -> str | None:
    """The token of the draft that these words open; None when they open none."""
    found_by, box = phrases.keys(phrase)
    statement = select(Draft.sealed_token).where(Draft.phrase_hash == found_by, Draft.expires_at > utcnow())
    sealed = session.exec(statement).first()
    return phrases.unseal(box, sealed) if sealed else None


def let_phrase_open(session: Session, draft: UUID, token: str) -> None:
    """From now on the words of this token open the draft."""
    found_by, box = phrases.keys(phrases.phrase_of(token))
    opens = {"phrase_hash": found_by, "sealed_token": box.encrypt(token.encode()).decode()}
    session.exec(sa.update(Draft).where(col(Draft.id) == draft).values(**opens))


def forget(session: Session, draft: UUID) -> None:
    """Erase a draft at once, unless it has been sent meanwhile."""
    still = lock_id(session, draft)
    if still is not None and application_of(session, still.id) is None:
        remove(session, still)


def lock_id(session: Session, draft: UUID) -> Draft | None:
    """A draft by its id, locked until the transaction ends; None when it is gone."""
    found: Draft | None = session.exec(lock_rows(select(Draft).where(Draft.id == draft))).first()
    return found


def forget_fields(session: Session, draft: Draft) -> None:
    """The draft has been sent: what was typed lives on in the application, and nothing leads back here."""
    draft.fields = draft.phrase_hash = draft.sealed_token = None
    session.add(draft)
    keeping.remove_uploads(session, draft.id)
    free = sa.or_(col(OutgoingMail.leased_until).is_(None), col(OutgoingMail.leased_until) < utcnow())
    session.exec(sa.delete(OutgoingMail).where(col(OutgoingMail.draft_id) == draft.id, free))


def application_of(session: Session, draft: UUID) -> Application | None:
    return session.exec(select(Application).where(Application.draft_id == draft)).first()


def expire(session: Session, *, limit: int = 100) -> int:
    """Remove drafts that were never sent and whose time is over, with all that belongs to them; how many."""
    sent = select(Application.id).where(col(Application.draft_id) == col(Draft.id)).exists()
    old = session.exec(select(Draft).where(col(Draft.expires_at) < utcnow(), ~sent).limit(limit)).all()
    for draft in old:
        remove(session, draft)
    return len(old)


def remove(session: Session, draft: Draft) -> None:
    """Take a draft away that was never sent: what was typed, documents, uploads under way, mails about it."""
    for document in keeping.all_of_draft(session, draft.id):
        keeping.remove(session, document)
    keeping.remove_uploads(session, draft.id)
    session.flush()
    session.exec(sa.delete(OutgoingMail).where(col(OutgoingMail.draft_id) == draft.id))
    session.delete(draft)
    queue.enqueue(session, queue.EMPTY_JOURNAL, "", once=True)
