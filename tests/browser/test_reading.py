"""Reading in a browser: tabs, pages, finding, zoom, the place one was at; with scripts and without."""

import re
from typing import Any

import pytest

from tests.browser.test_editor import sign_in
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
    sign_in(chief)
    page = chief.go(address)
    page.click(".tabs >> text=Writing sample")
    assert page.locator(".pages img").count() > 2
    page.wait_for_function("document.querySelector('.pages img').naturalWidth > 1000") if scripts else None
    page.click(".tabs >> text=Cover letter")
    assert page.locator(".tabs [aria-current]").inner_text() == "Cover letter"
    page.fill("#find", "giorgi")
    page.click(".find button")
    assert "გიორგი" in page.locator(".found mark").inner_text()
    page.click(".found a[href^='#page-']")
    assert page.url.endswith("#page-1")
    page.click("text=150 %")
    assert page.locator(".zoom-wide").count() == 1
    wide = (
        page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") if scripts else 0
    )
    assert wide <= 0
    page.click(".switch >> text=Text")
    assert page.locator("mark#found-1").count() == 1
    page.click(".tabs >> text=CV")
    assert "quarantine" in page.locator(".flash-warning").inner_text()
    page.click("text=Open original…")
    page.fill("[name=reason]", " ")
    page.click("form[action$='/release'] button")
    assert "Please give a reason." in page.inner_text("main")
    assert not [line for line in chief.complaints if "422" not in line]


def test_the_place_is_kept_and_found_again(reader: Any, newsroom: Newsroom, address: str) -> None:
    chief = reader()
    sign_in(chief)
    page = chief.go(address + "?document=" + first_document(chief, address))
    with page.expect_response(re.compile("/reading$"), timeout=20_000) as kept:
        page.locator("#page-3").scroll_into_view_if_needed()
        page.evaluate("document.querySelector('#page-3').scrollIntoView()")
    assert kept.value.status == 204
    page = chief.go(address)
    assert "You were on page 3" in page.inner_text("main")
    page.wait_for_function("document.querySelector('#page-3').getBoundingClientRect().top < 200")
    assert not chief.complaints


def first_document(chief: Any, address: str) -> str:
    href = chief.go(address).get_attribute(".tabs a", "href")
    return str(re.search(r"document=([0-9a-f-]{36})", href)[1])  # type: ignore[index]


@pytest.mark.parametrize(("width", "scheme"), [(320, "dark"), (1280, "light")])
def test_axe_finds_nothing_where_documents_are_read(reader: Any, address: str, width: int, scheme: str) -> None:
    chief = reader(width=width, scheme=scheme)
    sign_in(chief)
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
