"""Mails about a draft, on request only: the link back to it, and a reminder before it is forgotten."""

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlmodel import Session, col, select

from app.applications import announcing
from app.applications.form_page import Page
from app.applications.models import Draft
from app.database import lock_rows, utcnow
from app.mail import letters, outbox
from app.mail.letters import DraftFacts, Letter
from app.mail.models import MailState, OutgoingMail
from app.web.errors import NotFound

BEFORE = timedelta(days=5)
MAILS = 5  # about one draft: we are nobody's means to fill a stranger's mailbox


def remind_at(draft: Draft) -> datetime:
    return draft.expires_at - BEFORE


def can_remind(draft: Draft) -> bool:
    """Whether a reminder would come later than a mail of today."""
    return remind_at(draft) > utcnow() + timedelta(days=1)


def send(session: Session, draft: Draft, page: Page, *, token: str, recipient: str, remind: bool) -> bool:
    """The link by mail, now, and once more before the draft is forgotten if wished; False after too many.

    Raises NotFound when the draft is not there any more.
    """
    if session.exec(lock_rows(select(Draft.id).where(Draft.id == draft.id))).first() is None:
        raise NotFound  # forgotten meanwhile
    count = select(sa.func.count()).select_from(OutgoingMail).where(OutgoingMail.draft_id == draft.id)
    if session.exec(count).one() >= MAILS or not announcing.room_for("draft", session, recipient, page.settings):
        return False
    call = page.found.call
    facts = DraftFacts(page.lang, call.organisation, call.text(page.lang).title, draft.expires_at)
    post(session, letters.draft_link(facts), draft, page, token=token, recipient=recipient, at=utcnow())
    if remind and can_remind(draft):
        forget_reminder(session, draft)
        letter = letters.draft_reminder(facts)
        post(session, letter, draft, page, token=token, recipient=recipient, at=remind_at(draft))
    return True


def post(
    session: Session, letter: Letter, draft: Draft, page: Page, *, token: str, recipient: str, at: datetime
) -> None:
    mail = outbox.post(
        session,
        letter,
        sender=page.settings.mail_from or page.found.call.editorial_address,
        recipient=recipient,
        reply_to=page.found.call.questions_address,
        base_url=page.settings.base_url,
        due_at=at,
        link=f"{page.settings.base_url}/{page.lang}/drafts/{token}",
        keys=page.settings.keys,
    )
    mail.draft_id = draft.id
    mail.created_at = at  # its five days of trying begin when it is due


def forget_reminder(session: Session, draft: Draft) -> None:
    """One reminder is enough: the last that was wished for."""
    waiting = col(OutgoingMail.kind) == "draft_reminder", col(OutgoingMail.state) == MailState.WAITING
    session.exec(sa.delete(OutgoingMail).where(col(OutgoingMail.draft_id) == draft.id, *waiting))
