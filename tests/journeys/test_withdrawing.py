"""Withdrawing in the minutes in which a decision can still be taken back: it was not made yet; on both databases."""

import re
from typing import Any

import pytest
from sqlmodel import Session, select

from app.database import engine_for, utcnow
from app.jobs.queue import LEASE
from app.mail.models import MailState, OutgoingMail
from tests.journeys.test_conversation import Applicant, Desk
from tests.newsroom import Newsroom, wait_for
from tests.smtp_server import SmtpServer

SETTINGS = {"undo_minutes": "10"}
LETTER = {"send": "yes", "subject": "Leider", "body": "Diesmal nicht."}


@pytest.fixture
def applicant(newsroom: Newsroom, request: pytest.FixtureRequest) -> Applicant:
    return Applicant(newsroom, re.sub(r"[^a-z0-9]", "", request.node.name.lower())[-50:] + "@example.org")


@pytest.fixture
def desk(newsroom: Newsroom, applicant: Applicant) -> Desk:
    return Desk(newsroom.editor(), applicant.reference)


def decide(desk: Desk, move: str, **fields: str) -> None:
    assert desk.post("decide", move=move, **fields).status_code == 303


def withdraw(applicant: Applicant) -> str:
    """The page after the button was pressed."""
    assert f'action="{applicant.link}/withdraw"' in applicant.page()
    answer = applicant.client.post(f"{applicant.link}/withdraw")
    assert answer.status_code == 303
    return applicant.client.get(answer.headers["location"]).text


def decision_mail(newsroom: Newsroom, applicant: Applicant, subject: str = "Leider") -> Any:
    """A session and the mail of a decision, to look at and to change."""
    url = newsroom.environment["AUFRUF_DATABASE_URL"].replace("postgresql://", "postgresql+psycopg://")
    session = Session(engine_for(url))
    wanted = select(OutgoingMail).where(OutgoingMail.recipient == applicant.address, OutgoingMail.subject == subject)
    return session, session.exec(wanted).one()


def test_withdrawing_cancels_a_decline_that_was_not_told_and_its_mail(
    newsroom: Newsroom, smtp: SmtpServer, applicant: Applicant, desk: Desk
) -> None:
    decide(desk, "decline", **LETTER)
    assert "Your application has arrived" in applicant.page()
    assert "You have withdrawn your application" in withdraw(applicant)
    session, mail = decision_mail(newsroom, applicant)
    with session:
        assert mail.state is MailState.TAKEN_BACK
    mails = smtp.wait_for(applicant.address, 2)
    assert [got.message["Subject"] for got in mails][1].startswith("You have withdrawn your application")
    page = desk.page()
    assert "Withdrawn by the applicant, who had not heard of “Decline”, mail of “Decline” held back" in page
    assert "status-withdrawn" in page
    assert "Take back</button>" not in page  # there is no decision to take back any more
    assert desk.post("take-back").status_code == 409


@pytest.mark.parametrize("move", ["shortlist", "decline"])
def test_no_mail_of_a_decision_follows_a_withdrawal(
    newsroom: Newsroom, applicant: Applicant, desk: Desk, move: str
) -> None:
    """Also of one that leaves the application open; and two in a row."""
    decide(desk, "shortlist", send="yes", subject="Engere Wahl", body="Ja.")
    if move == "decline":
        decide(desk, "decline", **LETTER)
    withdraw(applicant)
    for subject in ["Engere Wahl", "Leider"][: 1 + (move == "decline")]:
        session, mail = decision_mail(newsroom, applicant, subject)
        with session:
            assert mail.state is MailState.TAKEN_BACK


def test_a_decision_without_mail_is_void_as_well(applicant: Applicant, desk: Desk) -> None:
    decide(desk, "decline")
    assert "You have withdrawn your application" in withdraw(applicant)
    page = desk.page()
    assert "Withdrawn by the applicant, who had not heard of “Decline” <" in page
    assert "held back" not in page


def test_a_trial_piece_that_was_not_told_is_asked_for_no_more(applicant: Applicant, desk: Desk) -> None:
    decide(desk, "shortlist")
    decide(desk, "ask_trial_piece", topic="A market town")
    withdraw(applicant)
    assert "A market town" not in applicant.page()
    assert "Trial piece asked for" not in desk.page().split('id="history"')[0]


def test_whoever_decides_while_the_applicant_withdraws_is_told(applicant: Applicant, desk: Desk) -> None:
    before = desk.page()
    withdraw(applicant)
    version = re.search(r'name="version" value="(\d+)"', before)[1]  # type: ignore[index]
    answer = desk.client.post(f"{desk.path}/decide", data={"version": version, "move": "decline"} | LETTER)
    assert answer.status_code == 409
    assert "Withdrawn" in answer.text


def test_what_is_leaving_at_this_moment_is_told_and_nothing_is_withdrawn(
    newsroom: Newsroom, applicant: Applicant, desk: Desk
) -> None:
    """The worker has the mail in its hands: page and mail say the same."""
    decide(desk, "decline", **LETTER)
    assert f'action="{applicant.link}/withdraw"' in applicant.page()
    session, mail = decision_mail(newsroom, applicant)
    with session:
        mail.leased_until = utcnow() + LEASE
        session.add(mail)
        session.commit()
    answer = applicant.client.post(f"{applicant.link}/withdraw")
    assert answer.status_code == 303
    page = applicant.client.get(answer.headers["location"]).text
    assert "Your application was not withdrawn: the editors have just decided" in page
    assert "It did not work out this time" in page
    assert f'action="{applicant.link}/withdraw"' not in page
    assert "Withdrawn by the applicant" not in desk.page()


def test_what_the_state_that_was_told_allows_stays_allowed(applicant: Applicant, desk: Desk) -> None:
    """A page that offered less than before would tell of the decision."""
    decide(desk, "decline", **LETTER)
    assert f'action="{applicant.link}/documents"' in applicant.page()
    assert applicant.replace("cv", ("new.txt", b"A newer CV, Zchenis Zqali")).status_code == 303
    assert "new.txt" in applicant.page()


def test_a_decline_that_was_told_cannot_be_withdrawn_from(applicant: Applicant, desk: Desk, newsroom: Newsroom) -> None:
    newsroom.stop()
    newsroom.environment["AUFRUF_UNDO_MINUTES"] = "0"
    newsroom.start()
    try:
        again = Desk(newsroom.editor(), applicant.reference)
        decide(again, "decline")
        assert "/withdraw" not in applicant.page()
        answer = applicant.client.post(f"{applicant.link}/withdraw")
        assert "not withdrawn" in applicant.client.get(answer.headers["location"]).text
        assert "Withdrawn by the applicant" not in again.page()
    finally:
        newsroom.stop()
        newsroom.environment["AUFRUF_UNDO_MINUTES"] = "10"
        newsroom.start()
    wait_for(newsroom.alive)
