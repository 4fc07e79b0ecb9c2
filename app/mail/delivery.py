"""From the outbox to the mail server: at least once each, oldest first, one message for one recipient.

A row is leased, sent outside any transaction, then marked. Whoever dies in between leaves a lease that runs out:
the message goes again under the same Message-ID (promise N5).
"""

import asyncio
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from urllib.parse import SplitResult, unquote, urlsplit

import aiosmtplib
import structlog
from anyio.to_thread import run_sync

from app.database import DatabaseAway
from app.mail import marking, message
from app.mail.headers import on_the_wire, split
from app.mail.models import OutgoingMail
from app.mail.sealing import unseal
from app.settings import Settings

log = structlog.get_logger()

BATCH = 10
# For connecting and for each command; a server may take longer over the whole message (RFC 5321, 4.5.3.2.6).
TIMEOUT = 20.0
DATA_TIMEOUT = 60.0
# MAIL, RCPT and DATA together stay below the lease of two minutes.
ONE_MAIL = timedelta(seconds=105)
MARKING_TRIES = 5
SIGN_IN_NEEDED = {530, 534, 535, 538}
CLOSING = 421


class ServerAway(Exception):
    """The mail server cannot be reached or broke off; no message is to blame."""


class ReplyLost(ConnectionError):
    """The message was handed over and no answer came: it may have arrived, and goes again."""


@dataclass(frozen=True)
class Delivered:
    sent: int = 0
    deferred: int = 0
    failed: int = 0


async def deliver_due(settings: Settings) -> Delivered:
    """Send what is due, at most BATCH. Raises ServerAway. Without a server nothing is touched."""
    if settings.smtp_url is None or not await run_sync(marking.any_due):
        return Delivered()
    left = list(await run_sync(marking.claim, BATCH))
    if not left:
        return Delivered()
    done: Counter[str] = Counter()
    try:
        async with connection(settings) as server:
            await greet(server)
            while left and server.is_connected:
                done[await deliver(server, left[0], settings)] += 1
                left.pop(0)
    except Exception as error:
        await run_sync(marking.release, left, words(error))
        if not isinstance(error, aiosmtplib.SMTPException | OSError):
            raise
        log.warning("mail server away", error=type(error).__name__, waiting=len(left))
        raise ServerAway(words(error)) from error
    if left:  # some servers hang up after a refusal
        await run_sync(marking.release, left, "the mail server ended the connection")
    return Delivered(done["sent"], done["deferred"], done["failed"])


def connection(settings: Settings) -> aiosmtplib.SMTP:
    """A connection as the address says: plain, STARTTLS demanded, or TLS from the start."""
    assert settings.smtp_url is not None
    parts = urlsplit(settings.smtp_url.get_secret_value())
    return aiosmtplib.SMTP(
        hostname=parts.hostname,
        port=parts.port or {"smtps": 465, "smtp+starttls": 587}.get(parts.scheme, 25),
        username=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
        use_tls=parts.scheme == "smtps",
        start_tls=parts.scheme == "smtp+starttls",
        timeout=TIMEOUT,
        local_hostname=greeting(urlsplit(settings.base_url)),
    )


async def greet(server: aiosmtplib.SMTP) -> None:
    """Learn what the server offers; one that knows no EHLO is greeted with HELO at the first command."""
    if server.is_ehlo_or_helo_needed:
        with suppress(aiosmtplib.SMTPHeloError):
            await server.ehlo()


def greeting(base: SplitResult) -> str:
    """How we name ourselves: the public host, never this machine's own name."""
    host = base.hostname or "localhost"
    return f"[IPv6:{host}]" if ":" in host else f"[{host}]" if host.replace(".", "").isdigit() else host


async def deliver(server: aiosmtplib.SMTP, mail: OutgoingMail, settings: Settings) -> str:
    """Send one mail and mark its row: `sent`, `deferred`, `failed`, or `taken` when another worker has it.

    What breaks the connection is raised, after this mail has stepped back behind the others.
    """
    if not await run_sync(marking.hold, mail, ONE_MAIL):
        return "taken"
    try:
        content = prepare(mail, settings, utf8=server.supports_extension("smtputf8"))
    except Exception as error:  # whatever the email package stumbles over: it is this message, and no other
        log.error("mail cannot be built", mail=str(mail.id), error=type(error).__name__)
        return await failed(mail, f"the message cannot be built: {words(error)}")
    try:
        await send(server, mail, content)
    except aiosmtplib.SMTPResponseException as error:
        return await refused(server, mail, error)
    except Exception as error:
        counts = not isinstance(error, aiosmtplib.SMTPException | OSError) or isinstance(error, ReplyLost)
        log.warning("mail interrupted", mail=str(mail.id), error=type(error).__name__, may_repeat=counts)
        await run_sync(partial(marking.postpone, counts=counts), mail, words(error))
        raise
    await mark_sent(mail)
    return "sent"


def prepare(mail: OutgoingMail, settings: Settings, *, utf8: bool) -> bytes:
    """The bytes of a mail, its private link opened. Raises ValueError, HeaderForged."""
    link = unseal(mail.sealed_link, settings.keys) if mail.sealed_link else None
    if mail.sealed_link and link is None:
        raise ValueError("no secret key opens its private link; was AUFRUF_SECRET_KEY changed?")
    return message.build(mail, link=link, utf8=utf8)


async def send(server: aiosmtplib.SMTP, mail: OutgoingMail, content: bytes) -> None:
    """One envelope. Raises SMTPResponseException when refused, ReplyLost, or what broke the connection."""
    wide = message.needs_utf8(mail)
    encoding = "utf-8" if wide else "ascii"
    options = ["SMTPUTF8", "BODY=8BITMIME"] if wide else []
    await server.mail(on_the_wire(split(mail.sender)[1]), options=options, encoding=encoding)
    await server.rcpt(on_the_wire(mail.recipient), encoding=encoding)
    try:
        async with asyncio.timeout(DATA_TIMEOUT):
            await server.data(content, timeout=DATA_TIMEOUT)
    except OSError as error:  # every loss of a connection and every timeout is one
        raise ReplyLost(f"no answer after the message was handed over: {words(error)}") from error


async def refused(server: aiosmtplib.SMTP, mail: OutgoingMail, error: aiosmtplib.SMTPResponseException) -> str:
    """The server said no: 5xx is for a person to see, anything else is tried again after a growing pause.

    Raises SMTPServerDisconnected when it is not about this mail: the server closes, or wants us to sign in first.
    """
    said = f"{error.code} {error.message}"
    if error.code == CLOSING or error.code in SIGN_IN_NEEDED or error.code < 200:  # below: not a reply at all
        await run_sync(partial(marking.postpone, counts=False), mail, said)
        raise aiosmtplib.SMTPServerDisconnected(said) from error
    with suppress(aiosmtplib.SMTPException, OSError):
        await server.rset()
    if error.code >= 500:
        return await failed(mail, said)
    log.info("mail deferred", mail=str(mail.id), code=error.code)
    return "deferred" if await run_sync(marking.postpone, mail, said) else "failed"


async def failed(mail: OutgoingMail, said: str) -> str:
    log.warning("mail failed", mail=str(mail.id))
    await run_sync(marking.fail, mail, said)
    return "failed"


async def mark_sent(mail: OutgoingMail) -> None:
    """Note that it has left; insisted on, since only this row keeps the mail from going twice."""
    log.info("mail sent", mail=str(mail.id))
    for _ in range(MARKING_TRIES):
        with suppress(DatabaseAway):
            return await run_sync(marking.sent, mail.id)
        await asyncio.sleep(1)
    await run_sync(marking.sent, mail.id)


def words(error: Exception) -> str:
    return str(error) or type(error).__name__
