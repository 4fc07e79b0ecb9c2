"""Why applications are declined: for the editors, so that it can be counted. The applicant reads the letter."""

import re
import secrets
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from app.audit import trail
from app.database import utcnow
from app.desk.letter_models import DeclineReason

LABEL_LENGTH = 100


def offered(session: Session, call_id: UUID | None = None) -> list[DeclineReason]:
    """The reasons that may be given, in their order; with `call_id` those for this call."""
    statement = select(DeclineReason).where(col(DeclineReason.retired_at).is_(None))
    if call_id:
        statement = statement.where(sa.or_(col(DeclineReason.call_id).is_(None), col(DeclineReason.call_id) == call_id))
    return list(session.exec(statement.order_by(col(DeclineReason.position), col(DeclineReason.id))))


def labels(session: Session) -> dict[str, str]:
    """The newsroom's own label of every reason ever offered, empty for those that words.html names."""
    return dict(list(session.exec(select(DeclineReason.key, DeclineReason.label))))


def known(session: Session, key: str, call_id: UUID) -> str | None:
    """The key when it may be given for an application of this call, else None."""
    return key if key in {reason.key for reason in offered(session, call_id)} else None


def add(session: Session, *, label: str, call_id: UUID | None, by: UUID) -> DeclineReason:
    """A new reason, at the end of the list. Raises ValueError without a label."""
    words = " ".join(label.split())[:LABEL_LENGTH]
    if not words:
        raise ValueError("a reason needs words")
    last = session.exec(select(sa.func.max(DeclineReason.position))).one() or 0
    reason = DeclineReason(key=new_key(words), label=words, call_id=call_id, position=last + 1)
    session.add(reason)
    trail.record(session, "reason_added", editor=by, label=words)
    return reason


def new_key(words: str) -> str:
    """What is counted by: readable where the words are Latin, never a second time the same."""
    slug = re.sub(r"[^a-z0-9]+", "_", words.lower()).strip("_")[:28]
    return f"{slug or 'reason'}_{secrets.token_hex(4)}"


def change(session: Session, key: str, *, label: str | None, offered_now: bool, by: UUID) -> None:
    """Call a reason otherwise (empty: as words.html does), or offer it no longer. Raises LookupError."""
    reason = session.exec(select(DeclineReason).where(DeclineReason.key == key)).first()
    if reason is None:
        raise LookupError("no such reason")
    if label is not None:
        reason.label = " ".join(label.split())[:LABEL_LENGTH]
    reason.retired_at = None if offered_now else reason.retired_at or utcnow()
    session.add(reason)
    trail.record(session, "reason_changed", editor=by, label=reason.label or reason.key)


def everything(session: Session) -> list[DeclineReason]:
    return list(session.exec(select(DeclineReason).order_by(col(DeclineReason.position), col(DeclineReason.id))))
