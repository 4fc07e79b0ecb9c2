"""A real mail server on loopback that keeps what it is given and can misbehave on demand."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.newsroom import PATIENCE, free_port


@dataclass
class Got:
    """One message as it came."""

    sender: str
    recipients: list[str]
    content: bytes

    @property
    def message(self) -> EmailMessage:
        return message_from_bytes(self.content, policy=default)  # type: ignore[return-value]

    @property
    def message_id(self) -> str:
        return str(self.message["Message-ID"])

    def part(self, kind: str) -> str:
        body = self.message.get_body((kind,))
        assert body is not None
        return str(body.get_content())


class SmtpServer:
    """`with SmtpServer() as smtp:`; it does what `behaviour` says, or `behaviours` for a recipient.

    accept; at RCPT: defer (450), refuse (550), refuse_and_go, closing (421), sign_in (530), hang_up; at the message:
    defer_data (451), refuse_data (554), hang (keeps it, answers never), die (keeps it, is gone before the answer).
    `at` may hold a function for a point, called when it is reached: "rcpt" or "kept" (the message, not yet answered).
    """

    def __init__(self, *, behaviour: str = "accept", utf8: bool = True) -> None:
        self.behaviour = behaviour
        self.behaviours: dict[str, str] = {}
        self.utf8 = utf8
        self.got: list[Got] = []
        self.tries: Counter[str] = Counter()
        self.at: dict[str, Callable[[], None]] = {}
        self._controller: Controller | None = None

    def __enter__(self) -> "SmtpServer":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self, port: int = 0) -> None:
        self.port = port or free_port()
        self._controller = Controller(
            self, hostname="127.0.0.1", port=self.port, enable_SMTPUTF8=self.utf8, ready_timeout=PATIENCE
        )
        self._controller.start()

    def stop(self) -> None:
        if self._controller is not None:
            self._controller.stop()
            self._controller = None

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    def reached(self, point: str) -> None:
        if point in self.at:
            self.at[point]()

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self.reached("rcpt")
        behaviour = self.behaviours.get(address, self.behaviour)
        if behaviour == "hang_up":
            server.transport.abort()
        answers = {
            "defer": "450 4.2.0 mailbox busy, try later",
            "refuse": "550 5.1.1 no such mailbox here",
            "refuse_and_go": "550 5.1.1 no such mailbox here",
            "sign_in": "530 5.7.0 authentication required",
            "closing": "421 4.3.2 closing down, come back later",
        }
        if behaviour in answers:
            return answers[behaviour]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_RSET(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if "refuse_and_go" in self.behaviours.values():
            server.transport.abort()
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        assert isinstance(envelope.content, bytes)
        got = Got(str(envelope.mail_from), list(envelope.rcpt_tos), envelope.content)
        self.tries[got.message_id] += 1
        behaviour = self.behaviours.get(got.recipients[0], self.behaviour)
        if behaviour == "defer_data":
            return "451 4.7.1 greylisted"
        if behaviour == "refuse_data":
            return "554 5.7.1 message refused by policy"
        self.got.append(got)
        self.reached("kept")
        if behaviour == "hang":
            await asyncio.sleep(60)
        if behaviour == "die":
            server.transport.abort()
        return "250 OK"

    def to(self, address: str) -> list[Got]:
        """What has come for an address."""
        return [got for got in self.got if got.recipients == [address]]

    def wait_for(self, address: str, number: int = 1, *, seconds: float = PATIENCE) -> list[Got]:
        """Messages for an address, when there are as many."""
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            if len(found := self.to(address)) >= number:
                return found
            time.sleep(0.05)
        raise AssertionError(f"{len(self.to(address))} of {number} messages for {address} after {seconds} s")
