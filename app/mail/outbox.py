"""The outbox: letters become rows in the transaction of what they tell of; delivery comes later."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from app.database import lock_rows, new_id, utcnow
from app.mail.headers import address, header_text, mailbox, right_of_at, token
from app.mail.letters import Letter
from app.mail.models import MailState, OutgoingMail
from app.mail.sealing import seal

SUBJECT_LENGTH = 250


def post(
    session: Session,
    letter: Letter,
    *,
    sender: str,
    recipient: str,
    base_url: str,
    reply_to: str | None = None,
    application_id: UUID | None = None,
    thread: str | None = None,
    due_at: datetime | None = None,
    link: str | None = None,
    keys: Sequence[str] = (),
) -> OutgoingMail:
    """Put one letter to one recipient into the outbox; `link` is sealed with `keys` and opened only at sending.

    `sender` may carry a name, `Name <address>`; without one the letter's organisation is shown. Raises ValueError
    for an address that is none and for a thread or a language that could not stand in a header.
    """
    key = new_id()
    from_whom = mailbox(sender, name=letter.organisation)
    host = right_of_at(base_url, from_whom)
    mail = OutgoingMail(
        id=key,
        message_id=f"<{key}@{host}>",
        kind=letter.kind,
        application_id=application_id,
        language=token(letter.language),
        sender=from_whom,
        recipient=address(recipient),
        reply_to=address(reply_to) if reply_to else None,
        thread=f"<{token(thread)}@{host}>" if thread else None,
        subject=header_text(letter.subject)[:SUBJECT_LENGTH].strip(),
        text=letter.text,
        html=letter.html,
        sealed_link=seal(link, keys) if link else None,
        due_at=due_at or utcnow(),
    )
    session.add(mail)
    return mail


def take_back(session: Session, mail_id: UUID) -> bool:
    """Hold a mail back; False when it has left, or is leaving now."""
    free = sa.or_(col(OutgoingMail.leased_until).is_(None), col(OutgoingMail.leased_until) < utcnow())
    held = session.connection().execute(
        sa.update(OutgoingMail)
        .where(col(OutgoingMail.id) == mail_id, col(OutgoingMail.state) == MailState.WAITING, free)
        .values(state=MailState.TAKEN_BACK, sealed_link=None)
    )
    return held.rowcount == 1


def resend(session: Session, mail_id: UUID, *, recipient: str | None = None) -> OutgoingMail | None:
    """Let a failed mail go again, to a corrected address if given; None when it is not a failed one.

    Its Message-ID stays, its date and its five days begin anew. Raises ValueError for an address that is none.
    """
    mail: OutgoingMail | None = session.exec(lock_rows(select(OutgoingMail).where(OutgoingMail.id == mail_id))).first()
    if mail is None or mail.state is not MailState.FAILED or mail.draft_id:
        return None
    mail.recipient = address(recipient) if recipient else mail.recipient
    mail.state, mail.attempts, mail.due_at, mail.created_at = MailState.WAITING, 0, utcnow(), utcnow()
    session.add(mail)
    return mail


def page(session: Session, state: MailState, *, after: UUID | None, size: int) -> list[OutgoingMail]:
    """Mails in one state, newest first; one more than `size` when there are more. Those about drafts are private."""
    seen = select(OutgoingMail).where(OutgoingMail.state == state, col(OutgoingMail.draft_id).is_(None))
    statement = seen.order_by(col(OutgoingMail.id).desc())
    return list(session.exec((statement.where(col(OutgoingMail.id) < after) if after else statement).limit(size + 1)))
