"""Storage or database away: our fault, said so, nothing half written, and it heals by itself (promise N8)."""

import sqlite3
import threading
import time
from pathlib import Path

import httpx

from tests.newsroom import PATIENCE, Form, Newsroom, documents


def test_n8_a_locked_database_is_503_with_the_fields_and_heals(tmp_path: Path) -> None:
    with Newsroom(tmp_path) as newsroom:
        form = Form(newsroom, lang="en")
        lock = sqlite3.connect(newsroom.data / "aufruf.db", PATIENCE, isolation_level=None, check_same_thread=False)
        lock.execute("BEGIN IMMEDIATE")
        answers: list[httpx.Response] = []
        sender = threading.Thread(target=lambda: answers.append(form.send(documents(), email="locked@example.org")))
        sender.start()
        time.sleep(1)
        assert newsroom.browser().get("/de/").status_code == 200  # who only reads does not wait
        sender.join(PATIENCE)
        lock.rollback()
        lock.close()
        assert answers[0].status_code == 503
        assert answers[0].headers["retry-after"]
        assert "locked@example.org" in answers[0].text
        assert newsroom.command("fsck").stdout == ""  # nothing is left of it
        assert form.send(documents()).status_code == 303


def test_head_is_get_without_the_body(tmp_path: Path) -> None:
    with Newsroom(tmp_path) as newsroom:
        client = newsroom.browser(**{"Accept-Encoding": "identity"})  # packed pages have padding of a random length
        for path in ("/de/", "/de/calls/caucasus-experts", "/healthz"):
            answer = client.head(path)
            assert answer.status_code == 200
            assert answer.content == b""
            assert answer.headers["content-length"] == client.get(path).headers["content-length"]
