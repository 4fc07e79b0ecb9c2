"""Reading in a browser: tabs, pages, finding, zoom, the place one was at; with scripts and without."""

import re
from typing import Any
from urllib.parse import parse_qs

import pytest
from playwright.sync_api import Response, expect

from tests.browser.conftest import follow
from tests.journeys.test_reading import MD, acting, applied
from tests.newsroom import Newsroom

pytestmark = pytest.mark.browser

LONG = "\n\n".join(
    f"Paragraph {number}. The shepherd counts his sheep and loses count." for number in range(150)
).encode()


@pytest.fixture(scope="module")
def address(newsroom: Newsroom) -> str:
    """An application with a writing sample of several pages and a CV that is kept in quarantine."""
    files = {"writing_sample": ("story.txt", LONG), "cover_letter": ("letter.md", MD), "cv": ("cv.pdf", acting())}
    return applied(newsroom, newsroom.editor(), name="Read In Browser", files=files)


@pytest.mark.parametrize(("width", "scripts"), [(360, False), (1280, True)])
def test_reading_from_tab_to_tab_to_the_original(reader: Any, address: str, width: int, scripts: bool) -> None:
    chief = reader(width=width, scripts=scripts)
    chief.sign_in()
    page = chief.go(address)
    follow(page, ".tabs >> text=Writing sample")
    assert page.locator(".pages img").count() > 2
    page.wait_for_function("document.querySelector('.pages img').naturalWidth > 1000") if scripts else None
    follow(page, ".tabs >> text=Cover letter")
    expect(page.locator(".tabs [aria-current]")).to_have_text("Cover letter")
    page.fill("#find", "giorgi")
    follow(page, ".find button")
    expect(page.locator(".found mark")).to_contain_text("გიორგი")
    page.click(".found a[href^='#page-']")
    page.wait_for_url("**#page-1")
    follow(page, "text=150 %")
    expect(page.locator(".zoom-wide")).to_have_count(1)
    wide = (
        page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") if scripts else 0
    )
    assert wide <= 0
    follow(page, ".switch >> text=Text")
    expect(page.locator("mark#found-1")).to_have_count(1)
    follow(page, ".tabs >> text=CV")
    expect(page.locator(".flash-warning")).to_contain_text("quarantine")
    follow(page, "text=Open original…")
    page.fill("[name=reason]", " ")
    follow(page, "form[action$='/release'] button")
    expect(page.locator("main")).to_contain_text("Please give a reason.")
    assert not [line for line in chief.complaints if "422" not in line]


def test_the_place_is_kept_and_found_again(reader: Any, newsroom: Newsroom, address: str) -> None:
    chief = reader()
    chief.sign_in()
    page = chief.go(address + "?document=" + first_document(chief, address))
    # Where one was before is told first if the scrolling comes late.
    with page.expect_response(lambda answer: told_page(answer) == "3") as kept:
        page.locator("#page-3").scroll_into_view_if_needed()
        page.evaluate("document.querySelector('#page-3').scrollIntoView()")
    assert kept.value.status == 204
    page = chief.go(address)
    expect(page.locator("main")).to_contain_text("You were on page 3")
    page.wait_for_function("document.querySelector('#page-3').getBoundingClientRect().top < 200")
    assert not chief.complaints


def told_page(answer: Response) -> str:
    """The page that an answered request has told one to be reading, if it is such a request."""
    told = answer.request.post_data if answer.url.endswith("/reading") else None
    return parse_qs(told or "").get("page", [""])[0]


def first_document(chief: Any, address: str) -> str:
    href = chief.go(address).get_attribute(".tabs a", "href")
    return str(re.search(r"document=([0-9a-f-]{36})", href)[1])  # type: ignore[index]


@pytest.mark.parametrize(("width", "scheme"), [(320, "dark"), (1280, "light")])
def test_axe_finds_nothing_where_documents_are_read(reader: Any, address: str, width: int, scheme: str) -> None:
    chief = reader(width=width, scheme=scheme)
    chief.sign_in()
    page = chief.go(address)
    links = [page.locator(".tabs a").nth(number).get_attribute("href") for number in range(4)]
    sample = links[0]
    views = [f"{sample}&find=shepherd", f"{sample}&show=text&find=shepherd", f"{sample}&zoom=wider"]
    for path in [*links, *views]:
        chief.go(path)
        chief.check()
    for link in (links[2], links[0]):
        original = chief.go(link).get_attribute(".document-line a", "href")
        chief.go(original)
        chief.check()
