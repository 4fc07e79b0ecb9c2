"""From a row of the outbox to the bytes of a message (RFC 5322), read again before they leave."""

from email.headerregistry import Address, AddressHeader, HeaderRegistry, MessageIDHeader
from email.message import EmailMessage
from email.parser import HeaderParser
from email.policy import EmailPolicy
from email.utils import format_datetime
from html import escape

from app.mail.headers import on_the_wire, split
from app.mail.letters import LINK
from app.mail.models import OutgoingMail

HEADERS = HeaderRegistry()
# Python writes a long id that it takes for plain text as an encoded word, which no reader of threads understands.
HEADERS.map_to_type("in-reply-to", MessageIDHeader)  # type: ignore[arg-type]
HEADERS.map_to_type("references", MessageIDHeader)  # type: ignore[arg-type]
POLICY: "EmailPolicy[EmailMessage]" = EmailPolicy(linesep="\r\n", raise_on_defect=True, header_factory=HEADERS)
# Here the email package calls a local part outside ASCII a defect, which RFC 6532 does not.
WIDE = POLICY.clone(utf8=True, raise_on_defect=False)
MADE_BY_EMAIL = ["content-type", "mime-version"]

Header = str | Address


class HeaderForged(Exception):
    """The message came out with other headers than were meant; it must not leave."""


def needs_utf8(mail: OutgoingMail) -> bool:
    """Whether the envelope has letters outside ASCII before an @, so that only SMTPUTF8 (RFC 6531) carries it."""
    return not (on_the_wire(split(mail.sender)[1]) + on_the_wire(mail.recipient)).isascii()


def build(mail: OutgoingMail, *, link: str | None, utf8: bool = False) -> bytes:
    """The message as it goes to the server; with `utf8` the server has offered SMTPUTF8.

    Raises HeaderForged when it reads back differently, ValueError for what cannot stand in a header.
    """
    wide = needs_utf8(mail)
    if wide and not utf8:
        raise ValueError("the mail server does not take addresses with letters outside ASCII before the @")
    headers = headers_of(mail, wide=wide)
    policy = WIDE if wide else POLICY
    message = EmailMessage(policy=policy)
    # base64, so that no line of a letter is a line to SMTP: no dots, no bare CR or LF.
    message.set_content(mail.text.replace(LINK, link) if link else mail.text, cte="base64")
    html = mail.html.replace(LINK, escape(link)) if link else mail.html
    message.add_alternative(html, subtype="html", cte="base64")
    # Last, because setting content moves every Content- header into the part.
    for name, value in headers.items():
        message[name] = value
    content = message.as_bytes()
    compare(content, headers, policy)
    return content


def headers_of(mail: OutgoingMail, *, wide: bool) -> dict[str, Header]:
    """The headers that are meant, by name."""
    headers: dict[str, Header] = {
        "From": mailbox(*split(mail.sender)),
        "To": mailbox("", mail.recipient),
        "Subject": mail.subject,
        "Date": format_datetime(mail.created_at),
        "Message-ID": mail.message_id,
        "Auto-Submitted": "auto-generated",
        "Content-Language": mail.language,
    }
    # An address for answers must not make a mail one that only some servers on its way can carry.
    if mail.reply_to and (wide or on_the_wire(mail.reply_to).isascii()):
        headers["Reply-To"] = mailbox("", mail.reply_to)
    if mail.thread:
        headers |= {"In-Reply-To": mail.thread, "References": mail.thread}
    return headers


def mailbox(name: str, address: str) -> Address:
    local, _, domain = on_the_wire(address).rpartition("@")
    return Address(display_name=name, username=local, domain=domain)


def compare(content: bytes, meant: dict[str, Header], policy: "EmailPolicy[EmailMessage]") -> None:
    """Read the message's head again: its headers are those that were meant, once each. Raises HeaderForged."""
    raw = content.partition(b"\r\n\r\n")[0].replace(b"\r\n", b"")
    if b"\r" in raw or b"\n" in raw or b"\0" in raw:
        raise HeaderForged("a line break or NUL inside a header")
    head = HeaderParser(EmailMessage, policy=policy.clone(raise_on_defect=False)).parsestr(content.decode())
    names = [*(name.lower() for name in meant), *MADE_BY_EMAIL]
    if sorted(name.lower() for name, _ in head.items()) != sorted(names):
        raise HeaderForged("other headers than were meant")
    for name, value in meant.items():
        if read(head[name]) != read(value):
            raise HeaderForged(f"another {name} than was meant")


def read(header: object) -> list[str]:
    """A header's value as a reader of the message understands it; folding may add and lose blanks, never more."""
    if isinstance(header, AddressHeader):
        return [text for each in header.addresses for text in read(each)]
    if isinstance(header, Address):
        return ["".join(header.display_name.split()), header.addr_spec]
    return ["".join(str(header).split())]
