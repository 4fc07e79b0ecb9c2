"""Sending: what becomes of a draft at the moment it is sent."""

from datetime import UTC, datetime

import pytest
import time_machine
from sqlmodel import Session, select

from app.applications import drafts, submission
from app.applications.form import ApplicationForm
from app.audit.models import Event
from app.calls.loading import Found
from app.database import new_id, transaction
from app.documents.kinds import Format
from app.documents.models import Document
from app.mail.models import OutgoingMail
from app.settings import Settings
from tests.desk import inventing

sqlite = pytest.mark.parametrize("connected", ["sqlite"], indirect=True)


@sqlite
def test_what_changed_between_the_look_and_the_sending_is_not_sent(connected: str) -> None:
    token, typed = drafts.new_token(), ApplicationForm(name="Nino", email="nino@example.org")
    with transaction() as session:
        found = inventing.call(session)
        draft = drafts.keep(session, token, found.id, {"name": ["Nino"]})
        assert draft
        seen = submission.fingerprint(draft, [])
    with transaction() as session:
        drafts.keep(session, token, found.id, {"name": ["Somebody else"]})
    with transaction() as session, pytest.raises(submission.ChangedMeanwhile):
        submission.submit(
            session,
            token=token,
            form=typed,
            call_id=found.id,
            call=found.call,
            language="de",
            settings=Settings(secret_key="k" * 40),  # type: ignore[arg-type]
            as_shown=seen,
        )


@sqlite
@time_machine.travel(datetime(2026, 11, 24, 12, tzinfo=UTC))  # far from midnight, when the day's count begins anew
def test_nobodys_mailbox_is_filled_with_receipts(connected: str) -> None:
    settings = Settings(secret_key="k" * 40)  # type: ignore[arg-type]
    with transaction() as session:
        found = inventing.call(session)
    for number in range(7):
        address = f"Victim+{number}@example.org"
        with transaction() as session:
            send(session, found, address, settings)
    with transaction() as session:
        send(session, found, "other@example.org", settings)
        mails = [mail.recipient for mail in session.exec(select(OutgoingMail)) if mail.kind == "receipt"]
        assert len([each for each in mails if "ictim" in each]) == 5
        assert "other@example.org" in mails
        kinds = [event.kind for event in session.exec(select(Event))]
        assert (kinds.count("received"), kinds.count("mail_left_out")) == (8, 2)


def send(session: Session, found: Found, address: str, settings: Settings) -> None:
    """An application with all its documents."""
    token = drafts.new_token()
    draft = drafts.lock(session, token, found.id)
    for wanted in found.call.documents:
        facts = {"kind": wanted.kind, "name": "a.txt", "format": Format.TXT, "size": 1, "sha256": "0" * 64}
        session.add(Document(**facts, draft_id=draft.id, storage_key=new_id().hex))
    session.flush()
    typed = ApplicationForm(name="Nino", email=address, regions=["georgia"], languages=["ka"])
    submission.submit(
        session, token=token, form=typed, call_id=found.id, call=found.call, language="de", settings=settings
    )
