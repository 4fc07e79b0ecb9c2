"""kill -9 while applications come in: what was acknowledged is whole, and nothing is half there (promise N1)."""

import hashlib
import os
import random
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa

from app.database import engine_for
from app.web.protocol import uvicorn_options
from tests.conftest import DATABASES, make_database
from tests.journeys.test_guarding import BOUNDARY, body_of
from tests.newsroom import PATIENCE, Form, Newsroom, documents, reference_of, wait_for
from tests.smtp_server import SmtpServer

APPLICATIONS = 50
KILLS = 200 if os.environ.get("AUFRUF_SOAK") else 6


def files_of(number: int) -> dict[str, tuple[str, bytes]]:
    """Three documents that no other application has, of some 100 kB each."""
    chance = random.Random(number)
    made = {}
    for kind in ("cv", "cover_letter", "writing_sample"):
        content = b"%PDF-1.4\n%" + chance.randbytes(chance.randrange(20_000, 200_000)) + b"\n%%EOF\n"
        made[kind] = (f"{number}-{kind}.pdf", content.replace(b"/Encrypt", b"/encrypt"))
    return made


class Applicants(threading.Thread):
    """Applicants who each try until their application is acknowledged, as people do when the line is bad."""

    def __init__(self, newsroom: Newsroom, numbers: range) -> None:
        super().__init__(daemon=True)
        self.newsroom, self.numbers = newsroom, numbers
        self.acknowledged: dict[int, str] = {}

    def run(self) -> None:
        for number in self.numbers:
            form = None
            while number not in self.acknowledged:
                try:
                    form = form or Form(self.newsroom)
                    answer = form.send(files_of(number), email=f"kill{number}@example.org")
                    if answer.status_code == 303:
                        self.acknowledged[number] = answer.headers["location"]
                except (httpx.TransportError, AssertionError):
                    time.sleep(0.05)


@pytest.mark.parametrize("kind", DATABASES)
def test_n1_after_kills_every_acknowledged_application_is_whole(
    kind: str, tmp_path: Path, postgres: str | None, smtp: SmtpServer
) -> None:
    maker = make_database(kind, tmp_path, postgres, ready=True)
    chance = random.Random(4276)
    with Newsroom(tmp_path, database_url=next(maker), smtp_url=smtp.url) as newsroom:
        people = [Applicants(newsroom, range(start, APPLICATIONS, 4)) for start in range(4)]
        for person in people:
            person.start()
        for _ in range(KILLS):
            time.sleep(chance.uniform(0.05, 0.8))
            newsroom.kill()
            newsroom.start()
        for person in people:
            person.join(4 * PATIENCE)
        acknowledged = {number: link for person in people for number, link in person.acknowledged.items()}
        assert len(acknowledged) == APPLICATIONS
        check_whole(newsroom, acknowledged)
        checked = newsroom.command("fsck", "--json")
        assert '"missing"' not in checked.stdout
        assert '"damaged"' not in checked.stdout
        # Both mails of each leave in the end, when the leases of killed workers have run out.
        leases_run_out(newsroom)
        wait_for(
            lambda: len({got.recipients[0] for got in smtp.got if "kill" in got.recipients[0]}) == APPLICATIONS,
            what="every receipt",
        )
    next(maker, None)


def leases_run_out(newsroom: Newsroom) -> None:
    """Two minutes pass for whoever holds a lease."""
    engine = engine_for(database_of(newsroom))
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE outgoing_mail SET leased_until = NULL"))
    engine.dispose()


def database_of(newsroom: Newsroom) -> str:
    url = newsroom.environment["AUFRUF_DATABASE_URL"]
    return url.replace("postgresql://", "postgresql+psycopg://")


def check_whole(newsroom: Newsroom, acknowledged: dict[int, str]) -> None:
    """Every acknowledged application has its page and its documents, byte for byte; there is no other."""
    engine = engine_for(database_of(newsroom))
    with engine.connect() as connection:
        rows = connection.execute(
            sa.text(
                "SELECT a.email, d.kind, d.sha256, d.storage_key FROM application a "
                "JOIN document d ON d.draft_id = a.draft_id"
            )
        ).all()
        applications = connection.execute(sa.text("SELECT count(*) FROM application")).scalar_one()
        mails = connection.execute(sa.text("SELECT count(*) FROM outgoing_mail")).scalar_one()
    engine.dispose()
    assert applications == len(acknowledged)
    assert mails == 2 * applications
    found: dict[str, dict[str, str]] = {}
    for email, kind, sha256, key in rows:
        stored = (newsroom.data / "documents" / key[:2] / key).read_bytes()
        assert hashlib.sha256(stored).hexdigest() == sha256
        found.setdefault(email, {})[kind] = sha256
    client = newsroom.browser()
    for number, link in acknowledged.items():
        meant = {kind: hashlib.sha256(content).hexdigest() for kind, (_, content) in files_of(number).items()}
        assert found[f"kill{number}@example.org"] == meant
        assert reference_of(client.get(link).text)


def test_n11_sigterm_lets_the_request_under_way_end(tmp_path: Path) -> None:
    with Newsroom(tmp_path) as newsroom:
        form = Form(newsroom)
        body = body_of(form, documents(b"%PDF-1.4\n%" + bytes(2_000_000) + b"\n%%EOF\n"))
        amid = 1_000_000  # in the first document
        told, answers = threading.Event(), []

        def slowly() -> Iterator[bytes]:
            yield body[:amid]
            told.wait(PATIENCE)
            yield body[amid:]

        def send() -> None:
            head = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}", "Content-Length": str(len(body))}
            answers.append(form.client.post(form.path, content=slowly(), headers=head).status_code)

        sender = threading.Thread(target=send, daemon=True)
        sender.start()
        wait_for(lambda: receiving(newsroom), what="the first document")
        assert newsroom.process
        newsroom.process.send_signal(signal.SIGTERM)
        told.set()
        assert newsroom.stop() in (0, -15)
        sender.join(PATIENCE)
        assert answers == [303]
    assert uvicorn_options(trusted_proxies=[])["timeout_graceful_shutdown"] < 10  # seconds, for those who do not end


def receiving(newsroom: Newsroom) -> bool:
    """Whether the server is writing a document, which has no name until it is whole."""
    assert newsroom.process
    for each in Path(f"/proc/{newsroom.process.pid}/fd").iterdir():
        with suppress(OSError):
            open_file = os.readlink(each)
            if open_file.startswith(str(newsroom.data)) and open_file.endswith("(deleted)"):
                return True
    return False
