"""Whoever reads a time of day, in Tbilisi or in Berlin, knows by whose clock: on every public page and in mails."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from html import unescape

import pytest

from app.web import days
from app.web.languages import LANGUAGES
from app.web.templating import filters
from tests.newsroom import Form, Newsroom, documents, wait_for
from tests.smtp_server import SmtpServer

CLOCK = re.compile(r"(?<![\d:])\d\d?:\d\d(?![\d:])")
BERLIN = {"de": "Berlin", "en": "Berlin", "ru": "Берлин", "ka": "ბერლინი", "hy": "Բեռլին", "az": "Berlin"}


@pytest.fixture(scope="module")
def newsroom(tmp_path_factory: pytest.TempPathFactory, smtp: SmtpServer) -> Iterator[Newsroom]:
    """One database is enough here: words do not differ."""
    with Newsroom(tmp_path_factory.mktemp("times"), smtp_url=smtp.url) as running:
        yield running


def unclear(text: str, lang: str) -> list[str]:
    """Times of day without the place whose clock it is and its distance from Greenwich."""
    said = unescape(re.sub(r"<[^>]*>", " ", text))
    placed = re.compile(rf" \({BERLIN[lang]}, GMT\+[12]\)")
    return [
        said[max(0, at.start() - 30) : at.end() + 25] for at in CLOCK.finditer(said) if not placed.match(said, at.end())
    ]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_time_of_day_says_whose_it_is(newsroom: Newsroom, smtp: SmtpServer, lang: str) -> None:
    address = f"clock-{lang}@example.org"
    link = Form(newsroom, lang=lang).send(documents(), email=address).headers["location"]
    client = newsroom.browser()
    assert client.post(f"{link}/messages", files={"text": (None, "When will you answer?")}).status_code == 303
    assert client.post(f"{link}/erase", data={"when": "week"}).status_code == 303
    page, receipt = client.get(link).text, client.get(f"{link}/receipt").text
    code = unescape(re.search(r"-----BEGIN RECEIPT-----.*?-----END RECEIPT-----", receipt, re.DOTALL)[0])  # type: ignore[index]
    verified = client.post(f"/{lang}/verify", data={"receipt": code}).text
    mail = wait_for(lambda: smtp.to(address), what="the receipt by mail")[0]
    for text, times in ((page, 3), (receipt, 5), (verified, 4), (mail.part("plain"), 1), (mail.part("html"), 1)):
        assert unclear(text, lang) == []
        assert len(re.findall(r"GMT\+[12]\)", text)) == times


def test_the_distance_from_greenwich_is_that_of_the_day_and_a_zone_without_a_place_has_none() -> None:
    before = days.timezone().key
    said = {}
    try:
        for zone in ("Europe/Berlin", "Asia/Tbilisi", "America/New_York", "Asia/Kolkata", "UTC", "Etc/GMT+3"):
            days.use_timezone(zone)
            times = [filters("en")["zoned"](datetime(2026, month, 24, 15, 5, tzinfo=UTC)) for month in (7, 11)]
            said[zone] = [re.sub(r"^24 \w+ 2026, ", "", time) for time in times]
    finally:
        days.use_timezone(before)
    assert said == {
        "Europe/Berlin": ["17:05 (Berlin, GMT+2)", "16:05 (Berlin, GMT+1)"],
        "Asia/Tbilisi": ["19:05 (Tbilisi, GMT+4)"] * 2,
        "America/New_York": ["11:05 (New York, GMT-4)", "10:05 (New York, GMT-5)"],
        "Asia/Kolkata": ["20:35 (Kolkata, GMT+5:30)"] * 2,
        "UTC": ["15:05 (GMT)"] * 2,
        "Etc/GMT+3": ["12:05 (GMT-3)"] * 2,
    }
