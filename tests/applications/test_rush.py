"""Forms that no person fills in: too fast, with a field that nobody sees, or by the hundred."""

import re
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from app.accounts import rates
from app.applications import cleaning, guarding
from app.settings import Settings
from tests.documents import telling_files
from tests.newsroom import (
    PATIENCE,
    SLUG,
    Form,
    Newsroom,
    away_from_midnight,
    documents,
    errors,
    files_below,
    hidden,
    wait_for,
)
from tests.tus import PIECE, metadata


@pytest.fixture(scope="module")
def newsroom(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Newsroom]:
    """Every form is one of a rush here."""
    with Newsroom(tmp_path_factory.mktemp("rush"), rate_limits="on", rush_forms="0") as running:
        yield running


def shown(newsroom: Newsroom, page: str, token: str, *, seconds_ago: float) -> str:
    """What a page would carry that was shown some time ago."""
    moment = f"{int((time.time() - seconds_ago) * 1000):x}"
    key = (newsroom.data / "secret.key").read_text().strip()
    return f"{moment}.{guarding.signature(key, page, token, moment)}"


def proof(token: str) -> str:
    return next(str(number) for number in count() if guarding.solved(token, str(number)))


def check_page(newsroom: Newsroom, form: Form) -> tuple[str, str]:
    """The address and the text of the page that shows everything before it is sent."""
    answer = form.send(documents(), step="check")
    assert answer.status_code == 303, answer.text
    address = str(answer.headers["location"])
    return address, form.client.get(address).text


def press(form: Form, address: str, page: str, **fields: str) -> httpx.Response:
    data = {"seen": hidden(page, "seen"), "shown": hidden(page, "shown"), "proof": ""} | fields
    return form.client.post(address.removesuffix("/check") + "/send", data=data)


def test_who_fills_in_what_people_do_not_see_is_asked_once_more_and_loses_nothing(newsroom: Newsroom) -> None:
    form = Form(newsroom, lang="en")
    first = form.send(documents(), step="check", homepage="https://spam.example")
    assert first.status_code == 422
    assert set(errors(first.text)) == {"form"}
    assert first.text.count("✓") == 3
    assert "spam.example" not in first.text
    assert 'name="homepage"' not in first.text
    passed = hidden(first.text, "passed")
    # A browser that fills it in each time is asked once; the mark is of this form alone.
    again = form.send({}, step="check", homepage="https://spam.example", consent=None, passed=passed)
    assert "consent" in errors(again.text)
    assert "form" not in errors(again.text)
    assert hidden(again.text, "passed") == passed
    assert form.send({}, step="check", homepage="https://spam.example", passed=passed).status_code == 303
    other = Form(newsroom, lang="en").send(documents(), step="check", homepage="https://spam.example", passed=passed)
    assert set(errors(other.text)) == {"form"}


def test_a_form_that_comes_back_at_once_is_asked_for_once_more(newsroom: Newsroom) -> None:
    form = Form(newsroom, lang="en")
    fresh = hidden(form.client.get(form.path).text, "shown")
    assert re.fullmatch(r"[0-9a-f]+\.[0-9a-f]{32}", fresh)
    assert form.send(documents(), step="save").status_code == 303

    def at_once() -> tuple[str, httpx.Response] | None:
        """Sent the moment it was shown, if this machine is as quick as that at the moment."""
        now = shown(newsroom, "form", form.draft, seconds_ago=0)
        answer = form.send({}, step="check", shown=now)
        return (now, answer) if answer.status_code == 422 else None

    now, first = wait_for(at_once, what="a form that comes back at once")
    assert "faster than we expect" in errors(first.text)["form"]
    assert hidden(first.text, "shown") == now  # the time goes on running
    assert form.send({}, step="check", shown=shown(newsroom, "form", form.draft, seconds_ago=4)).status_code == 303
    # What is not ours says nothing.
    assert Form(newsroom).send(documents(), step="check", shown=now).status_code == 303
    assert Form(newsroom).send(documents(), step="check", shown="é.").status_code == 303


def test_in_a_rush_a_program_is_told_to_come_later_or_does_the_sum(newsroom: Newsroom) -> None:
    form = Form(newsroom, lang="en")
    later = form.send(documents())
    assert later.status_code == 429
    assert int(later.headers["retry-after"]) > 0
    assert later.text.count("✓") == 3
    wrong = next(str(number) for number in count() if not guarding.solved(form.draft, str(number)))
    assert form.send({}, proof=wrong).status_code == 429
    made = form.send({}, proof=proof(form.draft))
    assert made.status_code == 303
    assert form.send({}).headers["location"] == made.headers["location"]  # what was sent is not asked for again


def test_only_forms_that_become_applications_make_a_rush(tmp_path: Path) -> None:
    away_from_midnight()
    with Newsroom(tmp_path, rate_limits="on", rush_forms="1") as newsroom:
        form = Form(newsroom, lang="en")
        lacking = [form.send({}), form.send({}), form.send(documents(), consent=None), form.send({}, consent=None)]
        assert [answer.status_code for answer in lacking] == [422] * 4
        sent = [form.send({}).status_code for _ in range(3)]
        assert sent == [303, 303, 303]  # the same again is no other
        assert Form(newsroom, lang="en").send(documents()).status_code == 429


def test_in_a_rush_a_person_without_scripts_waits_half_a_minute(newsroom: Newsroom) -> None:
    form = Form(newsroom, lang="en")
    address, page = check_page(newsroom, form)
    now = shown(newsroom, "check", form.draft, seconds_ago=0)
    waiting = press(form, address, page, shown=now)
    assert waiting.status_code == 429
    assert 0 < int(waiting.headers["retry-after"]) <= 30
    assert "half a minute" in waiting.text
    assert hidden(waiting.text, "shown") == now
    longer = shown(newsroom, "check", form.draft, seconds_ago=31)
    assert press(form, address, page, shown=shown(newsroom, "check", "x" * 43, seconds_ago=31)).status_code == 429
    assert press(form, address, page, shown=longer).status_code == 303


def test_who_had_many_costly_files_opened_waits_and_can_still_apply(newsroom: Newsroom) -> None:
    secret = (newsroom.data / "secret.key").read_text().strip()
    settings = Settings.model_construct(secret_key=SecretStr(secret))
    there = "127.0.0.79"
    away_from_midnight()
    with closing(sqlite3.connect(newsroom.data / "aufruf.db", timeout=PATIENCE)) as database:
        ends = (datetime.now(UTC) + timedelta(hours=1)).strftime("%Y-%m-%d %H:%M:%S.%f")
        key = rates.key_for(settings, "opened", there)
        database.execute("INSERT INTO rate (key, window_ends, count) VALUES (?, ?, ?)", (key, ends, cleaning.COSTLY))
        database.commit()
    form = Form(newsroom, lang="en")
    here = httpx.HTTPTransport(local_address=there)
    form.client = httpx.Client(base_url=newsroom.url, transport=here, headers=form.client.headers, timeout=PATIENCE)
    told = documents() | {"cv": ("cv.docx", telling_files.docx())}
    busy = form.send(told, step="clean-cv", about="Half a line")
    assert busy.status_code == 503
    assert int(busy.headers["retry-after"]) > 0
    assert "Half a line" in busy.text
    assert busy.text.count("✓") == 3
    address = str(form.send({}, step="check").headers["location"])
    page = form.client.get(address)
    assert page.status_code == 200
    assert page.text.count("We could not look into this file") == 2  # of plain text there is nothing to be told
    longer = shown(newsroom, "check", form.draft, seconds_ago=31)
    assert press(form, address, page.text, shown=longer).status_code == 303


def test_s21_drafts_and_uploads_keep_nothing_of_the_machine_although_it_is_counted(newsroom: Newsroom) -> None:
    marked = "MarkedBrowser/77.32"
    form = Form(newsroom, lang="en")
    here = httpx.HTTPTransport(local_address="127.0.0.78")
    agent = {"User-Agent": marked}
    with httpx.Client(base_url=newsroom.url, transport=here, headers=agent, timeout=PATIENCE) as client:
        saved = client.post(form.path.replace("/apply", "/draft"), data={"draft": form.draft, "name": "Nino"})
        assert saved.json()["saved"]
        told = {"draft": form.draft, "call": SLUG, "kind": "cv", "filename": "cv.txt"}
        head = {"Tus-Resumable": "1.0.0", "Upload-Length": "5", "Upload-Metadata": metadata(**told)}
        upload = client.post("/uploads/", headers=head | {"Content-Type": PIECE}, content=b"Hello")
        assert upload.status_code == 201
        refused = client.post("/uploads/", headers=head | {"Upload-Length": "1"}, content=b"Hello")
        assert refused.status_code >= 400
        assert client.get(f"/en/drafts/{form.draft}/documents").json()["received"]
        assert client.post(form.path, data={"draft": "x"}).status_code >= 400
        client.post("/en/continue", data={"phrase": "zoo " * 7})
    for path, content in files_below(newsroom.data.parent):
        assert marked.encode() not in content, path
        assert b"127.0.0.78" not in content, path
