"""S17: no header of a mail comes from a stranger, whichever field it was written into, raw or encoded."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlmodel import select

from app.database import transaction, utcnow
from app.mail import headers, letters, message, outbox
from app.mail.delivery import Delivered
from app.mail.letters import Letter
from app.mail.message import HeaderForged
from app.mail.models import MailState, OutgoingMail
from tests.mail.conftest import PostOffice, office
from tests.smtp_server import Got

__all__ = ["office"]

BREAKS = {"CRLF": "\r\n", "LF": "\n", "CR": "\r", "VT": "\v", "FF": "\f", "NEL": "\x85", "LS": "\u2028", "PS": "\u2029"}
HOSTILE = {
    **{name: f"Nino{sign}Bcc: eve@example.org{sign}{sign}<h1>owned</h1>" for name, sign in BREAKS.items()},
    "encoded, CVE-2024-6923": "=?utf-8?q?a=0D=0ABcc:_eve@example.org=0D=0A=0D=0A<h1>x</h1>?=",
    "encoded in base64": "=?utf-8?b?YQ0KQmNjOiBldmVAZXhhbXBsZS5vcmcNCg0KPGgxPng8L2gxPg==?=",
    "encoded twice over": "=?utf-8?q?=3D=3Futf-8=3Fq=3Fa=3D0D=3D0ABcc=3A=20eve@example.org=3F=3D?=",
    "encoded, broken open": "=?utf-8?q?a=0D=0ABcc:_eve@exa?= =?utf-8?q?mple.org?=",
    "hidden in the neutralising": "==??utf-8?q?a=0D=0ABcc:_eve@example.org??==",
    "hidden by a soft hyphen": "=\xad?utf-8?q?a=0D=0ABcc:_eve@example.org?\xad=",
    "another language tag": "=?utf-8*de?q?a=0D=0ABcc:_eve@example.org?=",
    "an end of the message": "Nino\r\n.\r\nMAIL FROM:<eve@example.org>\r\nRCPT TO:<eve@example.org>",
    "addresses": 'Nino <eve@example.org>, "Eve" <eve@example.org>; eve@example.org',
    "long": "ნინო " * 60 + "\r\nBcc: eve@example.org",
    "placeholders": "{{ 7 * 7 }} {% raw %} ${x} %(reference)s {name}",
}
PIECES = [
    "=?utf-8?q?",
    "?=",
    "=?",
    "=0D=0A",
    "Bcc: ",
    "\r\n",
    "<eve@example.org>",
    ", ",
    '"',
    "(",
    "[",
    "\\",
    "ნინო ",
    "Жук ",
    "=",
    "?",
]
MEANT = [
    "Auto-Submitted",
    "Content-Language",
    "Content-Type",
    "Date",
    "From",
    "In-Reply-To",
    "MIME-Version",
    "Message-ID",
    "References",
    "Reply-To",
    "Subject",
    "To",
]


def receipt(text: str) -> Letter:
    document = letters.Received(text, text, 1000)
    return letters.receipt(
        letters.ReceiptFacts(
            language="en",
            organisation=text,
            call_title=text,
            name=text,
            reference="CW-7K3M9Q",
            received_at=datetime(2026, 11, 24, 12, tzinfo=UTC),
            answer_by=date(2026, 12, 20),
            questions_address="office@example.org",
            documents=[document],
        )
    )


def new_application(text: str) -> Letter:
    return letters.new_application(
        letters.NewApplicationFacts(
            organisation=text,
            call_title=text,
            reference="CW-7K3M9Q",
            name=text,
            latin_name=text,
            country=text,
            regions=["Georgien", text],
            languages=[text],
            topics=[text],
            documents=[letters.Received(text, text, 1000)],
            desk_link="https://apply.example.org/desk/applications/CW-7K3M9Q",
        )
    )


def withdrawal(text: str) -> Letter:
    return letters.withdrawal(letters.WithdrawalFacts("de", text, text, text, "CW-7K3M9Q", "https://example.org/"))


def withdrawn(text: str) -> Letter:
    return letters.withdrawn(letters.WithdrawalFacts("ka", text, text, text, "CW-7K3M9Q"))


def decision(text: str) -> Letter:
    return letters.from_text("declined", "en", subject=text, body=text, organisation=text)


def test_s17_what_strangers_write_never_becomes_a_header_or_a_recipient(office: PostOffice) -> None:
    makers: list[Callable[[str], Letter]] = [receipt, new_application, withdrawal, withdrawn, decision]
    for hostile in HOSTILE.values():
        with transaction() as session:
            for make in makers:
                outbox.post(
                    session,
                    make(hostile),
                    sender="office@example.org",
                    recipient="nino@example.org",
                    reply_to="answers@example.org",
                    base_url=office.settings.base_url,
                    thread="CW-7K3M9Q",
                )
    office.deliver_all()
    assert office.states() == [MailState.SENT] * len(makers) * len(HOSTILE)
    assert len(office.smtp.got) == len(makers) * len(HOSTILE)
    for got in office.smtp.got:
        only_meant(got)


def only_meant(got: Got) -> None:
    """A message has the headers, parts and recipients that were meant, and nothing of a stranger's as markup."""
    assert (got.sender, got.recipients) == ("office@example.org", ["nino@example.org"])
    assert sorted(got.message.keys()) == MEANT
    assert [part.get_content_type() for part in got.message.iter_parts()] == ["text/plain", "text/html"]
    assert (got.message["To"], got.message["Reply-To"]) == ("nino@example.org", "answers@example.org")
    assert [each.addr_spec for each in got.message["From"].addresses] == ["office@example.org"]
    assert "<h1>owned" not in got.part("html")
    assert "<h1>x" not in got.part("html")


ADDRESSES = {
    "a line more": "a@example.org\r\nBcc: eve@example.org",
    "a command more": "a@example.org\r\nRCPT TO:<eve@example.org>",
    "a line break after it": "a@example.org\n",
    "two": "a@example.org, eve@example.org",
    "two, with a semicolon": "a@example.org;eve@example.org",
    "a quoted one": '"a@example.org"@example.org',
    "an angle bracket": "a@example.org>",
    "a comment": "<a@example.org>(c)",
    "a name": "Nino <a@example.org>",
    "an encoded word": "=?utf-8?q?a=40example.org?=@example.org",
    "a domain literal": "a@[127.0.0.1]",
    "no domain": "nino",
    "too long": "a" * 310 + "@example.org",
    "a NUL": "a\0@example.org",
    "a line separator": "a\u2028@example.org",
    "a trailing dot": "a@example.org.",
    "a surrogate": "\ud800@example.org",
    "nothing": "",
}


@pytest.mark.parametrize("address", ADDRESSES)
def test_s17_an_address_is_one_address_or_refused(address: str) -> None:
    with pytest.raises(ValueError, match="not an e-mail address"):
        headers.address(ADDRESSES[address])


def test_s17_a_refused_address_leaves_no_mail(office: PostOffice) -> None:
    for field in ("recipient", "reply_to", "sender"):
        with pytest.raises(ValueError, match="not an e-mail address"):
            office.post(**{field: "a@example.org\r\nBcc: eve@example.org"})
    with transaction() as session:
        assert session.exec(select(OutgoingMail)).all() == []


def test_s17_a_sender_may_carry_a_name_and_no_second_address(office: PostOffice) -> None:
    office.post(sender='"The Magazine" <office@example.org>', organisation="Another")
    office.post(sender="office@example.org", organisation='Eve" <eve@example.org>, "x')
    office.deliver()
    named, evil = (got.message["From"].addresses for got in office.smtp.got)
    assert [(each.display_name, each.addr_spec) for each in named] == [("The Magazine", "office@example.org")]
    assert [each.addr_spec for each in evil] == ["office@example.org"]


@pytest.mark.parametrize("word", ["CW-1>\r\nBcc: eve@example.org", "a b", "a@b", "", "=?utf-8?q?a?="])
def test_s17_languages_and_threads_are_words_of_ours(word: str) -> None:
    with pytest.raises(ValueError, match="not a word"):
        headers.token(word)


@pytest.mark.parametrize("field", ["subject", "sender", "recipient", "reply_to", "thread", "language", "message_id"])
@pytest.mark.parametrize("hostile", HOSTILE)
def test_s17_even_a_row_written_past_the_checks_does_not_leave_with_other_headers(field: str, hostile: str) -> None:
    values = {
        "message_id": "<1@example.org>",
        "sender": "office@example.org",
        "recipient": "nino@example.org",
        "reply_to": "answers@example.org",
        "thread": "<CW-7K3M9Q@example.org>",
        "language": "en",
        "subject": "About your application",
    }
    mail = OutgoingMail(
        kind="x", text="text", html="<p>text", created_at=utcnow(), **(values | {field: HOSTILE[hostile]})
    )
    try:
        content = message.build(mail, link=None)
    except (HeaderForged, ValueError):
        return
    found = message.HeaderParser(EmailMessage, policy=message.POLICY).parsestr(content.decode())
    assert sorted(found.keys()) == MEANT


@settings(max_examples=30)
@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=12), min_size=1, max_size=30).map("".join))
def test_s17_any_text_at_all_makes_a_subject_and_a_senders_name_that_read_back(text: str) -> None:
    subject = headers.header_text(text)[: outbox.SUBJECT_LENGTH].strip()
    mail = OutgoingMail(
        message_id="<1@example.org>",
        kind="x",
        language="en",
        sender=headers.mailbox("office@example.org", name=text),
        recipient="nino@example.org",
        subject=subject,
        text="text",
        html="<p>text",
        created_at=utcnow(),
    )
    head = message.HeaderParser(EmailMessage, policy=message.POLICY).parsestr(message.build(mail, link=None).decode())
    assert "".join(str(head["Subject"]).split()) == "".join(subject.split())


def test_s17_the_comparison_itself_notices_what_was_added() -> None:
    meant: dict[str, message.Header] = {"Subject": "a", "To": message.mailbox("", "nino@example.org")}
    good = b"MIME-Version: 1.0\r\nContent-Type: text/plain\r\nSubject: a\r\nTo: nino@example.org\r\n\r\nx"
    message.compare(good, meant, message.POLICY)
    for forged in (
        good.replace(b"Subject: a", b"Subject: a\r\nBcc: eve@example.org"),
        good.replace(b"Subject: a", b"Subject: b"),
        good.replace(b"Subject: a", b"Subject: a\r\nSubject: a"),
        good.replace(b"Subject: a", b"Subject: a\rBcc: eve@example.org"),
        good.replace(b"Subject: a", b"Subject: a\r\n\r\n<h1>x</h1>"),
        good.replace(b"To: nino@example.org", b"To: nino@example.org, eve@example.org"),
        good.replace(b"text/plain\r\n", b"text/plain\r\nContent-Type: text/html\r\n"),
    ):
        with pytest.raises(HeaderForged):
            message.compare(forged, meant, message.POLICY)


def test_smuggled_lines_in_a_letter_stay_in_the_letter(office: PostOffice) -> None:
    body = "one\n.\nMAIL FROM:<eve@example.org>\n\r\n.\r\nRCPT TO:<eve@example.org>\n..\nlast"
    office.post(body=body)
    assert office.deliver() == Delivered(sent=1)
    assert len(office.smtp.got) == 1
    assert office.smtp.got[0].part("plain").splitlines()[1:3] == [".", "MAIL FROM:<eve@example.org>"]
