"""What becomes of a mail's row while it is being delivered: leased, held, sent, failed, waiting again.

Each is one short transaction. A row is changed only by whoever still holds its lease.
"""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from app.database import reading, transaction, utcnow
from app.jobs import queue
from app.mail.models import MailState, OutgoingMail

PAUSES = [timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 180, 360)]
TOO_OLD = timedelta(days=5)
WORDS = 1000


def any_due() -> bool:
    """Whether any mail is due: asked without taking SQLite's write lock."""
    with reading() as session:
        due = select(OutgoingMail.id).where(
            OutgoingMail.state == MailState.WAITING, col(OutgoingMail.due_at) <= utcnow()
        )
        return session.exec(due.limit(1)).first() is not None


def claim(limit: int) -> Sequence[OutgoingMail]:
    """Up to `limit` due mails, oldest first, leased."""
    with transaction() as session:
        return queue.claim(session, OutgoingMail, col(OutgoingMail.state) == MailState.WAITING, limit=limit)


def hold(mail: OutgoingMail, at_least: timedelta) -> bool:
    """Make sure that our lease lasts `at_least` from now; False when somebody else has the mail by now."""
    now = utcnow()
    if mail.leased_until is not None and mail.leased_until - now >= at_least:
        return True
    if not change(mail, leased_until=now + queue.LEASE):
        return False
    mail.leased_until = now + queue.LEASE
    return True


def sent(mail_id: UUID) -> None:
    """It has left, whoever holds the lease; the private link is gone from our side."""
    with transaction() as session:
        mail = session.get_one(OutgoingMail, mail_id)
        mail.state, mail.sent_at, mail.leased_until = MailState.SENT, utcnow(), None
        mail.sealed_link = mail.last_error = None


def fail(mail: OutgoingMail, said: str) -> None:
    """It cannot leave as it is: a person must look."""
    change(mail, state=MailState.FAILED, leased_until=None, last_error=said[:WORDS])


def postpone(mail: OutgoingMail, said: str, *, counts: bool = True) -> bool:
    """Wait for the next try, longer each time that `counts`; False when it has waited long enough and is failed."""
    if too_old(mail):
        fail(mail, given_up(said))
        return False
    attempts = mail.attempts + counts
    due_at = utcnow() + PAUSES[min(max(attempts, 1), len(PAUSES)) - 1]
    change(mail, attempts=attempts, due_at=due_at, leased_until=None, last_error=said[:WORDS])
    return True


def release(mails: Iterable[OutgoingMail], said: str) -> None:
    """Give leases back: the server is to blame, nothing counts against the messages."""
    for mail in mails:
        if too_old(mail):
            fail(mail, given_up(said))
        else:
            change(mail, leased_until=None, last_error=said[:WORDS])


def too_old(mail: OutgoingMail) -> bool:
    """Asked after a try that did not succeed, so that even the oldest mail is tried once."""
    return mail.created_at + TOO_OLD < utcnow()


def given_up(said: str) -> str:
    return f"could not be delivered within five days: {said}"


def change(mail: OutgoingMail, **values: object) -> bool:
    """Write to a waiting mail's row if the lease on it is ours."""
    ours = (
        col(OutgoingMail.id) == mail.id,
        col(OutgoingMail.state) == MailState.WAITING,
        col(OutgoingMail.leased_until) == mail.leased_until,
    )
    with transaction() as session:
        return session.connection().execute(sa.update(OutgoingMail).where(*ours).values(**values)).rowcount == 1
