"""For people at risk: without scripts, fonts and pictures; away at once; and the sum that a browser does in a rush."""

import time
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import Reader
from tests.documents import telling_files
from tests.newsroom import PDF, SLUG, Form, Newsroom, documents

FORM = f"/en/calls/{SLUG}/apply"
AWAY = "https://en.wikipedia.org/"


@pytest.fixture(scope="module")
def rushed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Newsroom]:
    with Newsroom(tmp_path_factory.mktemp("rushed"), rate_limits="on", rush_forms="0") as running:
        yield running


def fill_in(page: Page) -> None:
    page.fill("#name", "Kein Skript")
    page.fill("#pen_name", "Still")
    page.fill("#email", "still@example.org")
    page.fill("#safe_contact", "By letter only")
    for name, value in (("regions", "georgia"), ("languages", "ka")):
        page.check(f"[name={name}][value={value}]")
    for kind in ("cv", "cover_letter", "writing_sample"):
        page.set_input_files(f"#{kind}", PDF)
    page.check("#consent")


def test_the_form_works_as_tor_browser_shows_it_at_its_safest(reader: Callable[..., Reader]) -> None:
    it = reader(scripts=False, width=360)

    def allowed(route: Route) -> None:
        kind, address = route.request.resource_type, route.request.url
        unsafe = kind in ("font", "script", "media") or ".svg" in address
        route.abort() if unsafe else route.continue_()

    it.context.route("**/*", allowed)
    page = it.go(FORM)
    assert page.get_by_role("heading", name="What we keep and who sees it").is_visible()
    assert page.locator("#leave").get_attribute("href") == AWAY
    fill_in(page)
    page.get_by_role("button", name="Check and send").click()
    expect(page.get_by_text("By letter only")).to_be_visible()
    page.get_by_role("button", name="Send application").click()
    page.wait_for_url("**/en/applications/*")
    expect(page.get_by_text("Still", exact=True)).to_be_visible()


def press_escape(page: Page, *, times: int) -> None:
    """Real keys, a tenth of a second apart by their own word, however busy the machine is."""
    keys, now = page.context.new_cdp_session(page), time.time()
    key = {"key": "Escape", "code": "Escape", "windowsVirtualKeyCode": 27}
    for each in range(times):
        for kind in ("rawKeyDown", "keyUp"):
            keys.send("Input.dispatchKeyEvent", key | {"type": kind, "timestamp": now + each / 10})


@pytest.mark.parametrize("way", ["key", "link"])
def test_who_leaves_is_gone_at_once_and_the_form_is_not_behind_them(reader: Callable[..., Reader], way: str) -> None:
    it = reader(width=360)
    it.context.route(AWAY, lambda route: route.fulfill(body="<h1>Elsewhere</h1>", content_type="text/html"))
    page = it.go(f"/en/calls/{SLUG}")
    page.get_by_role("link", name="Apply", exact=True).click()
    page.wait_for_url(f"**{FORM}")
    it.check()
    page.locator("#leave").focus()
    if way == "key":
        press_escape(page, times=3)
    else:
        page.locator("#leave").click()
    page.wait_for_url(AWAY)
    page.go_back()
    assert page.url.endswith(f"/en/calls/{SLUG}")


def test_what_a_file_tells_stands_beside_it_and_is_removed_with_one_click(
    reader: Callable[..., Reader], newsroom: Newsroom
) -> None:
    form = Form(newsroom, lang="en")
    address = form.send(documents() | {"cv": ("cv.docx", telling_files.docx())}, step="check").headers["location"]
    it = reader(width=360)
    page = it.go(address.removesuffix("/check"))
    it.check()
    page.get_by_role("button", name="Remove this").click()
    page.get_by_text("Removed.").wait_for()
    page.wait_for_load_state()
    assert page.get_by_text(telling_files.NAME).count() == 0
    page = it.go(form.send({"cv": ("cv.docx", telling_files.docx())}, step="check").headers["location"])
    it.check()
    page.get_by_role("button", name="Remove this").click()
    page.get_by_text("Removed.").wait_for()
    it.check()


def test_in_a_rush_the_browser_does_a_sum_and_nobody_waits(chromium: object, rushed: Newsroom) -> None:
    form = Form(rushed, lang="en")
    address = form.send(documents(), step="check").headers["location"]
    page = chromium.new_page()  # type: ignore[attr-defined]
    page.goto(f"{rushed.url}{address}")
    page.get_by_role("button", name="Send application").click()
    page.wait_for_url("**/en/applications/*", timeout=120_000)
    page.close()
