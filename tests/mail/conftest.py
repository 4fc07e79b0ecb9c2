"""A post office: the outbox in a real database and a mail server that can misbehave."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import pytest
from pydantic import SecretStr
from sqlmodel import select

from app.database import reading, transaction
from app.mail import delivery, letters, outbox
from app.mail.delivery import Delivered
from app.mail.models import MailState, OutgoingMail
from app.settings import Settings
from tests.smtp_server import SmtpServer

KEY = "the first key is longer than thirty-two characters"
SECRET_LINK = "https://apply.example.org/de/applications/Zm9yIHRoZSByZWNpcGllbnQ"


@dataclass
class PostOffice:
    smtp: SmtpServer
    settings: Settings

    def post(
        self,
        recipient: str = "nino@example.org",
        *,
        subject: str = "About your application",
        body: str = "Dear Nino,\n\nthank you.",
        sender: str = "office@example.org",
        organisation: str = "The Magazine",
        reply_to: str | None = None,
        link: str | None = None,
        due_at: datetime | None = None,
    ) -> UUID:
        """Put a mail into the outbox; its id."""
        letter = letters.from_text("accepted", "en", subject=subject, body=body, organisation=organisation)
        with transaction() as session:
            return outbox.post(
                session,
                letter,
                sender=sender,
                recipient=recipient,
                reply_to=reply_to,
                base_url=self.settings.base_url,
                thread="CW-7K3M9Q",
                link=link,
                keys=self.settings.keys,
                due_at=due_at,
            ).id

    def deliver(self) -> Delivered:
        return asyncio.run(delivery.deliver_due(self.settings))

    def deliver_all(self) -> None:
        while self.deliver() != Delivered():
            pass

    def mail(self, mail_id: UUID) -> OutgoingMail:
        with reading() as session:
            return session.get_one(OutgoingMail, mail_id)

    def states(self) -> list[MailState]:
        with reading() as session:
            return list(session.exec(select(OutgoingMail.state).order_by(OutgoingMail.created_at)))

    def arrived(self) -> list[str]:
        """Whom messages came for, in the order of their coming."""
        return [recipient for got in self.smtp.got for recipient in got.recipients]


@pytest.fixture
def office(database: str) -> Iterator[PostOffice]:
    with SmtpServer() as smtp:
        settings = Settings(
            smtp_url=SecretStr(smtp.url), secret_key=SecretStr(KEY), base_url="https://apply.example.org"
        )
        yield PostOffice(smtp, settings)
