"""Calls as strangers, robots and latecomers find them."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.calls.loading import SHIPPED
from tests.newsroom import Newsroom

TODAY = datetime.now(UTC).date()


def load(newsroom: Newsroom, folder: Path, slug: str, *changes: tuple[str, str]) -> None:
    """Load the call that comes with the program under another name, with changes."""
    text = SHIPPED.read_text()
    for old, new in (('slug = "caucasus-experts"', f'slug = "{slug}"'), *changes):
        assert old in text
        text = text.replace(old, new)
    (folder / f"{slug}.toml").write_text(text)
    newsroom.command("call", "load", str(folder / f"{slug}.toml"))


@pytest.mark.parametrize("path", ["", "/apply"])
def test_a_call_that_is_not_there_says_so_and_where_to_ask(newsroom: Newsroom, path: str) -> None:
    answer = newsroom.browser().get(f"/en/calls/nowhere{path}")
    assert answer.status_code == 404
    assert "There is no such call" in answer.text
    assert "i.dostalik@caucasuswatch.de" in answer.text


def test_a_call_that_is_still_to_open_says_when(newsroom: Newsroom, tmp_path: Path) -> None:
    opens = TODAY + timedelta(days=40)
    load(newsroom, tmp_path, "next-year", ("opens_on = 2026-11-01", f"opens_on = {opens}"))
    client = newsroom.browser()
    page = client.get("/en/calls/next-year").text
    assert "This call is not open yet" in page
    assert f"{opens:%Y}" in page
    assert "closed" not in page
    assert "JobPosting" not in page
    early = client.get("/en/calls/next-year/apply")
    assert early.status_code == 404
    assert "This call is not open yet" in early.text
    assert "i.dostalik@caucasuswatch.de" in early.text


def test_robots_are_told_what_is_private(newsroom: Newsroom) -> None:
    answer = newsroom.browser().get("/robots.txt")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain")
    lines = answer.text.splitlines()
    assert lines[0] == "User-agent: *"
    assert {"Disallow: /desk/", "Disallow: /ka/applications/", "Disallow: /de/drafts/"} <= set(lines)


def test_the_privacy_page_says_once_what_is_the_same_for_several_calls(newsroom: Newsroom, tmp_path: Path) -> None:
    client = newsroom.browser()
    assert client.get("/en/privacy").text.count("Who is responsible") == 1
    load(newsroom, tmp_path, "second", ('title = "Local experts', 'title = "More experts'))
    page = client.get("/en/privacy").text
    assert page.count("Who is responsible") == 1
    assert "More experts" not in page
    load(newsroom, tmp_path, "third", ("retention_months = 6", "retention_months = 3"))
    page = client.get("/en/privacy").text
    assert page.count("Who is responsible") == 2
    assert "Until 3 months" in page
    assert "More experts" in page
