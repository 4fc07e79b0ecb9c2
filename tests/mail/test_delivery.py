"""N5, N6, N14: each mail leaves at least once, in the order it was written, or a person is told why not."""

from contextlib import suppress
from datetime import timedelta

import aiosmtplib
import pytest
import structlog
import time_machine
from pydantic import SecretStr
from sqlalchemy import update

from app.database import DatabaseAway, transaction, utcnow
from app.jobs.queue import LEASE
from app.mail import delivery, letters, marking, outbox
from app.mail.delivery import Delivered, ServerAway
from app.mail.models import MailState, OutgoingMail
from app.settings import Settings
from tests.mail.conftest import SECRET_LINK, PostOffice
from tests.smtp_server import SmtpServer


def later(span: timedelta) -> time_machine.travel:
    return time_machine.travel(utcnow() + span, tick=True)


def change(**values: object) -> None:
    with transaction() as session:
        session.connection().execute(update(OutgoingMail).values(**values))


def test_an_accepted_mail_is_sent_once_and_its_private_link_forgotten(office: PostOffice) -> None:
    mail_id = office.post(body=f"Your page: {letters.LINK}", link=SECRET_LINK)
    assert SECRET_LINK not in repr(office.mail(mail_id).model_dump())
    assert office.deliver() == Delivered(sent=1)
    assert office.deliver() == Delivered()
    got = office.smtp.got[0]
    assert got.recipients == ["nino@example.org"]
    assert f"Your page: {SECRET_LINK}" in got.part("plain")
    assert f'href="{SECRET_LINK}"' in got.part("html")
    mail = office.mail(mail_id)
    assert mail.state is MailState.SENT
    assert mail.sent_at is not None
    assert mail.sealed_link is None
    assert mail.message_id == got.message_id == f"<{mail_id}@apply.example.org>"


def test_without_a_mail_server_mails_wait_untouched(office: PostOffice) -> None:
    mail_id = office.post()
    office.settings = office.settings.model_copy(update={"smtp_url": None})
    assert office.deliver() == Delivered()
    mail = office.mail(mail_id)
    assert (mail.state, mail.attempts, mail.leased_until, mail.last_error) == (MailState.WAITING, 0, None, None)


def test_a_mail_that_is_not_due_yet_waits(office: PostOffice) -> None:
    office.post(due_at=utcnow() + timedelta(minutes=10))
    assert office.deliver() == Delivered()
    with later(timedelta(minutes=11)):
        assert office.deliver() == Delivered(sent=1)


@pytest.mark.parametrize("behaviour", ["defer", "defer_data"])
def test_n5_a_deferred_mail_is_tried_again_after_growing_pauses_until_it_is_taken(
    office: PostOffice, behaviour: str
) -> None:
    mail_id = office.post()
    office.smtp.behaviour = behaviour
    assert office.deliver() == Delivered(deferred=1)
    assert office.deliver() == Delivered()
    first = office.mail(mail_id)
    assert first.last_error in ("450 4.2.0 mailbox busy, try later", "451 4.7.1 greylisted")
    with later(timedelta(minutes=2)):
        assert office.deliver() == Delivered(deferred=1)
        assert office.mail(mail_id).due_at > utcnow() + timedelta(minutes=4)
        office.smtp.behaviour = "accept"
        with later(timedelta(minutes=6)):
            assert office.deliver() == Delivered(sent=1)
    assert office.mail(mail_id).last_error is None
    assert len(office.smtp.got) == 1


@pytest.mark.parametrize(
    ("behaviour", "said"),
    [("refuse", "550 5.1.1 no such mailbox here"), ("refuse_data", "554 5.7.1 message refused by policy")],
)
def test_n6_a_refused_mail_is_shown_with_the_servers_words_and_goes_again_to_a_corrected_address(
    office: PostOffice, behaviour: str, said: str
) -> None:
    mail_id = office.post("nino@exampel.org", body=letters.LINK, link=SECRET_LINK)
    office.smtp.behaviours = {"nino@exampel.org": behaviour}
    assert office.deliver() == Delivered(failed=1)
    with transaction() as session:
        [shown] = outbox.page(session, MailState.FAILED, after=None, size=10)
        assert (shown.id, shown.last_error) == (mail_id, said)
        assert outbox.resend(session, mail_id, recipient="nino@example.org") is not None
    assert office.deliver() == Delivered(sent=1)
    [got] = office.smtp.got
    assert got.recipients == ["nino@example.org"]
    assert got.message["To"] == "nino@example.org"
    assert got.message_id == shown.message_id
    assert SECRET_LINK in got.part("plain")


def test_only_a_failed_mail_can_be_sent_again_and_only_to_an_address(office: PostOffice) -> None:
    mail_id = office.post()
    with transaction() as session:
        assert outbox.resend(session, mail_id) is None
    change(state=MailState.FAILED)
    with pytest.raises(ValueError, match="not an e-mail address"), transaction() as session:
        outbox.resend(session, mail_id, recipient="a@example.org, b@example.org")
    assert office.mail(mail_id).recipient == "nino@example.org"


def test_n6_nothing_is_retried_for_ever(office: PostOffice) -> None:
    mail_id = office.post()
    office.smtp.behaviour = "defer"
    office.deliver()
    with later(timedelta(days=5, minutes=1)):
        assert office.deliver() == Delivered(failed=1)
        assert office.mail(mail_id).last_error == (
            "could not be delivered within five days: 450 4.2.0 mailbox busy, try later"
        )
    assert office.mail(mail_id).state is MailState.FAILED


def test_a_mail_written_long_before_there_was_a_server_is_still_sent(office: PostOffice) -> None:
    office.post()
    with later(timedelta(days=30)):
        assert office.deliver() == Delivered(sent=1)


def test_n14_a_server_dead_for_72_hours_costs_nothing_and_mails_leave_oldest_first(office: PostOffice) -> None:
    everyone = [f"person{number}@example.org" for number in range(25)]
    ids = [office.post(recipient) for recipient in everyone]
    office.smtp.stop()
    for hours in (0, 1, 24, 48, 71):
        with later(timedelta(hours=hours)), pytest.raises(ServerAway):
            office.deliver()
    assert {(office.mail(each).attempts, office.mail(each).leased_until) for each in ids} == {(0, None)}
    assert office.mail(ids[0]).last_error
    office.smtp.start(office.smtp.port)
    with later(timedelta(hours=72)):
        office.deliver_all()
    assert office.arrived() == everyone


@pytest.mark.parametrize("behaviour", ["hang_up", "closing", "sign_in"])
def test_a_connection_lost_before_the_message_counts_against_nothing(office: PostOffice, behaviour: str) -> None:
    first, second = office.post("first@example.org"), office.post("second@example.org")
    office.smtp.behaviours = {"first@example.org": behaviour}
    with pytest.raises(ServerAway):
        office.deliver()
    assert office.mail(first).attempts == 0
    assert office.mail(second).leased_until is None
    # The one during which it broke steps back, so that it cannot hold up the others.
    assert office.deliver() == Delivered(sent=1)
    assert office.arrived() == ["second@example.org"]
    office.smtp.behaviours = {}
    with later(timedelta(minutes=2)):
        assert office.deliver() == Delivered(sent=1)


def test_a_server_that_hangs_up_after_a_refusal_is_called_again_for_the_others(office: PostOffice) -> None:
    office.post("first@example.org")
    second = office.post("second@example.org")
    office.smtp.behaviours = {"first@example.org": "refuse_and_go"}
    assert office.deliver() == Delivered(failed=1)
    assert (office.mail(second).leased_until, office.mail(second).attempts) == (None, 0)
    assert office.deliver() == Delivered(sent=1)


def test_a_server_that_hangs_is_given_up_after_a_while(office: PostOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery, "DATA_TIMEOUT", 2.0)
    mail_id = office.post()
    office.smtp.behaviour = "hang"
    with pytest.raises(ServerAway):
        office.deliver()
    mail = office.mail(mail_id)
    assert (mail.state, mail.attempts, mail.leased_until) == (MailState.WAITING, 1, None)


def test_n5_a_reply_lost_after_the_message_makes_a_repeat_with_the_same_message_id(office: PostOffice) -> None:
    mail_id = office.post()
    office.smtp.behaviour = "die"
    with structlog.testing.capture_logs() as logged, pytest.raises(ServerAway):
        office.deliver()
    assert any(line.get("may_repeat") and line["mail"] == str(mail_id) for line in logged)
    office.smtp.behaviour = "accept"
    with later(timedelta(minutes=2)):
        assert office.deliver() == Delivered(sent=1)
    assert office.smtp.tries == {f"<{mail_id}@apply.example.org>": 2}
    first, second = (got.message for got in office.smtp.got)
    assert first["Date"] == second["Date"]


def test_a_worker_that_died_leaves_a_lease_that_runs_out(office: PostOffice) -> None:
    office.post()
    marking.claim(10)
    assert office.deliver() == Delivered()
    with later(LEASE + timedelta(seconds=1)):
        assert office.deliver() == Delivered(sent=1)


def test_a_slow_batch_keeps_its_leases_and_leaves_alone_what_another_worker_took(
    office: PostOffice,
) -> None:
    kept, lost = office.post(), office.post()
    mine = {mail.id: mail for mail in marking.claim(10)}
    with later(LEASE - timedelta(seconds=30)):
        assert marking.hold(mine[kept], delivery.ONE_MAIL)
    with later(LEASE + timedelta(seconds=1)):
        assert [mail.id for mail in marking.claim(10)] == [lost]
        assert not marking.hold(mine[lost], delivery.ONE_MAIL)
        marking.release([mine[lost]], "not ours to say")
        marking.fail(mine[lost], "not ours to say")
    assert office.mail(lost).leased_until is not None
    assert office.mail(lost).last_error is None


def test_n14_a_poisoned_row_fails_alone(office: PostOffice) -> None:
    poisoned = office.post("first@example.org")
    change(subject="a\r\nBcc: eve@example.org")
    unopenable = office.post("second@example.org", body=letters.LINK, link=SECRET_LINK)
    other_keys = office.settings.model_copy(update={"secret_key": SecretStr("x" * 40)})
    office.post("third@example.org")
    office.settings = other_keys
    assert office.deliver() == Delivered(sent=1, failed=2)
    assert office.arrived() == ["third@example.org"]
    assert "cannot be built" in (office.mail(poisoned).last_error or "")
    assert "AUFRUF_SECRET_KEY" in (office.mail(unopenable).last_error or "")


def test_n14_an_unforeseen_fault_with_one_mail_does_not_hold_up_the_others(
    office: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.post("first@example.org")
    office.post("second@example.org")
    send = delivery.send

    async def stumbles(server: aiosmtplib.SMTP, mail: OutgoingMail, content: bytes) -> None:
        if mail.recipient == "first@example.org":
            raise RuntimeError("unforeseen")
        await send(server, mail, content)

    monkeypatch.setattr(delivery, "send", stumbles)
    with pytest.raises(RuntimeError):
        office.deliver()
    assert office.deliver() == Delivered(sent=1)
    assert office.arrived() == ["second@example.org"]


def test_a_mail_is_marked_as_sent_even_when_the_database_stumbles(
    office: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    mail_id = office.post()
    sent, stumbled = marking.sent, []

    def stumbles(mail: object) -> None:
        if not stumbled:
            stumbled.append(mail)
            raise DatabaseAway("locked")
        sent(mail)

    monkeypatch.setattr(marking, "sent", stumbles)
    assert office.deliver() == Delivered(sent=1)
    assert office.mail(mail_id).state is MailState.SENT


def test_a_mail_can_be_taken_back_while_it_waits_and_not_when_it_is_leaving(office: PostOffice) -> None:
    waiting = office.post(link=SECRET_LINK)
    with transaction() as session:
        assert outbox.take_back(session, waiting)
    assert office.mail(waiting).sealed_link is None
    leaving = office.post()
    marking.claim(10)
    with transaction() as session:
        assert not outbox.take_back(session, leaving)
        assert not outbox.take_back(session, waiting)
    with later(LEASE * 2):
        assert office.deliver() == Delivered(sent=1)
    assert len(office.smtp.got) == 1


def test_the_desk_pages_through_the_outbox(office: PostOffice) -> None:
    ids = [office.post() for _ in range(5)]
    with transaction() as session:
        first = outbox.page(session, MailState.WAITING, after=None, size=3)
        rest = outbox.page(session, MailState.WAITING, after=first[2].id, size=3)
    assert [mail.id for mail in first[:3] + rest] == ids[::-1]
    assert (len(first), len(rest)) == (4, 2)


def test_starttls_is_demanded_where_the_address_says_so(office: PostOffice) -> None:
    office.post()
    url = office.smtp.url.replace("smtp://", "smtp+starttls://")
    office.settings = office.settings.model_copy(update={"smtp_url": SecretStr(url)})
    with pytest.raises(ServerAway):
        office.deliver()
    assert office.smtp.got == []


def test_an_address_in_georgian_letters_leaves_where_the_server_can_and_is_told_where_it_cannot(
    office: PostOffice,
) -> None:
    office.post("გიორგი@example.org", reply_to="ნინო@example.org")
    assert office.deliver() == Delivered(sent=1)
    assert office.smtp.got[0].recipients == ["გიორგი@example.org"]
    assert office.smtp.got[0].message["Reply-To"] == "ნინო@example.org"
    with SmtpServer(utf8=False) as old:
        office.settings = office.settings.model_copy(update={"smtp_url": SecretStr(old.url)})
        refused = office.post("გიორგი@example.org")
        office.post("nino@example.org", reply_to="ნინო@example.org")
        assert office.deliver() == Delivered(sent=1, failed=1)
        assert old.got[0].message["Reply-To"] is None
    assert "does not take addresses" in (office.mail(refused).last_error or "")


def test_a_domain_in_other_letters_needs_nothing_special_of_the_server(office: PostOffice) -> None:
    with SmtpServer(utf8=False) as old:
        office.settings = office.settings.model_copy(update={"smtp_url": SecretStr(old.url)})
        office.post("redaktion@bücher.example.org")
        assert office.deliver() == Delivered(sent=1)
        assert old.got[0].recipients == ["redaktion@xn--bcher-kva.example.org"]
        assert old.got[0].message["To"] == "redaktion@xn--bcher-kva.example.org"


def test_an_ordinary_address_never_makes_a_mail_that_only_some_servers_carry(office: PostOffice) -> None:
    office.post(organisation="Кавказ", subject="განაცხადი", reply_to="ნინო@example.org")
    assert office.deliver() == Delivered(sent=1)
    assert office.smtp.got[0].content.isascii()
    assert office.smtp.got[0].message["Reply-To"] is None
    assert office.smtp.got[0].message["From"].addresses[0].display_name == "Кавказ"
    assert office.smtp.got[0].message["Subject"] == "განაცხადი"


def test_logs_name_no_address_and_no_subject(office: PostOffice) -> None:
    for behaviour in ("accept", "defer", "refuse", "die"):
        office.post("secretive@example.org", subject="A secret matter")
        office.smtp.behaviour = behaviour
        with structlog.testing.capture_logs() as logged, suppress(ServerAway):
            office.deliver()
        assert logged
        assert "secretive" not in repr(logged)
        assert "secret matter" not in repr(logged)


def test_s22_our_name_towards_the_server_is_the_public_one() -> None:
    assert delivery.greeting(delivery.urlsplit("https://apply.example.org")) == "apply.example.org"
    assert delivery.greeting(delivery.urlsplit("http://127.0.0.1:8000")) == "[127.0.0.1]"
    assert delivery.greeting(delivery.urlsplit("http://[::1]:8000")) == "[IPv6:::1]"


def test_a_smtp_address_is_read_as_it_says() -> None:
    def made(url: str) -> aiosmtplib.SMTP:
        return delivery.connection(Settings(smtp_url=SecretStr(url)))

    assert (made("smtp://127.0.0.1").port, made("smtps://mail.example.org").port) == (25, 465)
    starttls = made("smtp+starttls://user:p%40ss@mail.example.org")
    assert (starttls.port, starttls._start_tls_on_connect, starttls._login_password) == (587, True, "p@ss")
    assert made("smtp://127.0.0.1")._start_tls_on_connect is False
