"""kill -9 while documents come in pieces: what was acknowledged stands, and each goes on from there (N1, N3)."""

import hashlib
import os
import random
import threading
import time
from pathlib import Path

import httpx
import pytest

from tests.conftest import DATABASES, make_database
from tests.newsroom import PATIENCE, Form, Newsroom
from tests.tus import Tus

KILLS = 60 if os.environ.get("AUFRUF_SOAK") else 4
SIZE = 3_000_000


def content_of(number: int) -> bytes:
    noise = random.Random(number).randbytes(SIZE).translate(bytes.maketrans(b"/PSo", b"xpsx"))
    return b"%PDF-1.4\n%" + noise + b"\n%%EOF\n"


class Sender(threading.Thread):
    """Somebody who sends a document by and by, asks after each break where it stands, and goes on from there."""

    def __init__(self, newsroom: Newsroom, number: int) -> None:
        super().__init__(daemon=True)
        self.newsroom, self.content = newsroom, content_of(number)
        self.tus = Tus(newsroom, Form(newsroom).draft)
        self.address = self.tus.begin("cv", f"{number}.pdf", len(self.content))
        self.acknowledged = 0
        self.lost: list[str] = []

    def run(self) -> None:
        while self.acknowledged < len(self.content) or not self.received():
            try:
                at = self.tus.offset(self.address)
                if at < self.acknowledged:
                    self.lost.append(f"{at} after {self.acknowledged}")
                self.acknowledged = at
                end = min(at + 900_000, len(self.content))
                answer = self.tus.piece(self.address, at, self.slowly(at, end), **{"Content-Length": str(end - at)})
                if answer.status_code == 204:
                    self.acknowledged = int(answer.headers["upload-offset"])
            except (httpx.TransportError, AssertionError):
                time.sleep(0.05)

    def slowly(self, at: int, end: int):  # type: ignore[no-untyped-def]
        while at < end:
            yield self.content[at : min(at + 60_000, end)]
            at += 60_000
            time.sleep(0.02)

    def received(self) -> bool:
        try:
            return "cv" in self.tus.here()["received"]
        except (httpx.TransportError, AssertionError):
            return False


@pytest.mark.parametrize("kind", DATABASES)
def test_n3_after_kills_every_upload_goes_on_from_what_was_acknowledged(
    kind: str, tmp_path: Path, postgres: str | None
) -> None:
    maker = make_database(kind, tmp_path, postgres, ready=True)
    chance = random.Random(3)
    with Newsroom(tmp_path, database_url=next(maker)) as newsroom:
        senders = [Sender(newsroom, number) for number in range(3)]
        for sender in senders:
            sender.start()
        for _ in range(KILLS):
            time.sleep(chance.uniform(0.2, 0.9))
            newsroom.kill()
            newsroom.start()
        for sender in senders:
            sender.join(4 * PATIENCE)
        assert not [lost for sender in senders for lost in sender.lost]
        stored = {hashlib.sha256(path.read_bytes()).hexdigest() for path in (newsroom.data / "documents").glob("??/*")}
        assert {hashlib.sha256(sender.content).hexdigest() for sender in senders} <= stored
        checked = newsroom.command("fsck", "--json", check=False).stdout
        assert '"missing"' not in checked
        assert '"damaged"' not in checked
    next(maker, None)
