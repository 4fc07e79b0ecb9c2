"""Whatever is away or wrong: what was typed comes back, also what stands behind the documents (promises N2, N8)."""

import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import httpx
import psycopg
import pytest

from tests.conftest import leave_out, make_database, private_postgres
from tests.newsroom import PATIENCE, Form, Newsroom, away_from_midnight, documents, errors

TYPED = {"name": "ნინო წერეთელი", "about": "Twenty years of radio", "consent": "yes", "keep": "yes"}


def is_handed_back(answer: httpx.Response, status: int = 503) -> None:
    assert answer.status_code == status
    assert answer.headers["retry-after"]
    assert TYPED["name"] in answer.text
    assert TYPED["about"] in answer.text
    for box in ("consent", "keep"):
        assert re.search(rf'name="{box}" value="yes" checked', answer.text), box


def browser_form(form: Form) -> httpx.Response:
    """As a browser sends it: in the order of the page, documents before the last boxes."""
    parts: list[tuple[str, object]] = [("draft", (None, form.draft)), ("email", (None, "nino@example.org"))]
    parts += [(name, (None, TYPED[name])) for name in ("name", "about")]
    parts += [("regions", (None, "georgia")), ("languages", (None, "ka"))]
    parts += [(kind, (*file, "application/octet-stream")) for kind, file in documents().items()]
    parts += [(name, (None, TYPED[name])) for name in ("consent", "keep")]
    return form.client.post(form.path, files=parts)


@pytest.fixture
def unreachable() -> Iterator[tuple[str, Path]]:
    """A PostgreSQL for one test: its address, and the socket without which nobody reaches it."""
    with private_postgres() as address:
        if address is None:
            leave_out("PostgreSQL", "apt-get install postgresql")
        assert address
        maker = make_database("postgresql", Path("/nowhere"), address)
        yield next(maker), Path(address.partition("host=")[2].partition("&")[0]) / ".s.PGSQL.5432"


def test_n8_a_database_that_is_gone_costs_nothing_that_was_typed(tmp_path: Path, unreachable: tuple[str, Path]) -> None:
    url, place = unreachable
    with Newsroom(tmp_path, database_url=url) as newsroom:
        form = Form(newsroom, lang="en")
        with psycopg.connect(f"dbname=postgres user=aufruf host={place.parent}", autocommit=True) as control:
            place.rename(place.with_suffix(".away"))
            ends = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'aufruf' AND pid <> %s"
            control.execute(ends, [control.info.backend_pid])
            is_handed_back(browser_form(form))
            place.with_suffix(".away").rename(place)
        assert browser_form(form).status_code == 303


def test_n8_a_locked_database_costs_nothing_that_was_typed(tmp_path: Path) -> None:
    with Newsroom(tmp_path) as newsroom:
        form = Form(newsroom, lang="en")
        lock = sqlite3.connect(newsroom.data / "aufruf.db", isolation_level=None, timeout=PATIENCE)
        lock.execute("BEGIN IMMEDIATE")
        is_handed_back(browser_form(form))
        lock.rollback()
        lock.close()
        assert browser_form(form).status_code == 303


def test_n8_a_storage_that_is_away_costs_nothing_that_was_typed(tmp_path: Path) -> None:
    with Newsroom(tmp_path) as newsroom:
        form = Form(newsroom, lang="en")
        (newsroom.data / "documents").write_text("a file where a folder should be")
        is_handed_back(browser_form(form))
        (newsroom.data / "documents").unlink()
        assert newsroom.command("fsck").stdout == ""
        assert browser_form(form).status_code == 303


def test_n2_who_has_sent_too_often_has_what_was_typed_back(tmp_path: Path) -> None:
    away_from_midnight()
    with Newsroom(tmp_path, rate_limits="on", rush_forms="1000") as newsroom:
        form = Form(newsroom, lang="en")
        sent = browser_form(form)
        private = f"{sent.headers['location'].partition('?')[0]}/messages"
        for _ in range(59):
            assert form.client.post(form.path, data={"draft": form.draft, "step": "no such step"}).status_code == 422
        other = Form(newsroom, lang="en")
        late = browser_form(other)
        is_handed_back(late, 429)
        assert "wait a few minutes" in late.text
        assert "✓" not in late.text  # the documents were not taken

        for _ in range(60):
            assert form.client.post(private, data={"text": ""}).status_code == 422
        late = form.client.post(private, data={"text": "A question about fees"})
        assert late.status_code == 429
        assert int(late.headers["retry-after"]) > 0
        assert "A question about fees" in late.text
        assert "wait a few minutes" in late.text


def test_n2_signs_that_nobody_sees_are_named_taken_out_and_cost_nothing(newsroom: Newsroom) -> None:
    form = Form(newsroom, lang="en")
    answer = form.send(documents(), name="Nino\0 Beridze", about="pasted\x0bfrom a word processor")
    assert answer.status_code == 422
    assert set(errors(answer.text)) == {"name", "about"}
    assert answer.text.count("✓") == 3
    assert 'value="Nino Beridze"' in answer.text
    assert form.send({}, name="Nino Beridze").status_code == 303


def test_a_message_with_signs_that_nobody_sees_is_shown_without_them(newsroom: Newsroom) -> None:
    form = Form(newsroom, lang="en")
    link = form.send(documents()).headers["location"]
    answer = form.client.post(f"{link}/messages", data={"text": "pasted\x0b from elsewhere"})
    assert answer.status_code == 422
    assert "pasted from elsewhere" in answer.text


def test_a_document_too_large_for_all_is_named_with_the_limit(newsroom: Newsroom) -> None:
    form = Form(newsroom, lang="en")
    large = b"%PDF-1.7\n" + bytes(65_000_000)
    answer = form.send(documents() | {"writing_sample": ("sample.pdf", large)})
    assert answer.status_code in (413, 422)
    assert list(errors(answer.text)) == ["writing_sample"]
    assert "larger than 20" in errors(answer.text)["writing_sample"]
    assert answer.text.count("✓") == 2
