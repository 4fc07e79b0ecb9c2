"""Several hands in the browser: triage by keyboard alone, keys off, two editors who see each other."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import arrive, follow
from tests.newsroom import Form, Newsroom, documents, wait_for

pytestmark = pytest.mark.browser
LEVAN = "levan@example.org"


@pytest.fixture(scope="module")
def levan(newsroom: Newsroom) -> str:
    newsroom.add_editor(LEVAN, "Levan Kapanadze", "editor")
    return LEVAN


def apply(newsroom: Newsroom, name: str, **fields: Any) -> None:
    assert Form(newsroom, lang="de").send(documents(), name=name, **fields).status_code == 303


def current(page: Any) -> str:
    return str(page.inner_text("tbody.current bdi >> nth=0"))


def tab_to(page: Page, name: str) -> None:
    for _ in range(60):
        if page.evaluate("document.activeElement.name") == name:
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{name} is not reached on {page.url}")


def look_until(condition: Callable[[], bool], *pages: Page) -> None:
    """The pages ask what others did, as they do when they come into sight, until the condition holds."""

    def looked() -> bool:
        for page in pages:
            page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        return condition()

    wait_for(looked, what="being told of what others did")


def by_itself(page: Page, told: Locator) -> None:
    """Twenty seconds go by in the page, again and again: what it asks for meanwhile may be on its way still."""
    wait_for(lambda: page.clock.run_for(21_000) or told.is_visible(), what=f"the page's saying {told}")


def test_a2_five_applications_are_triaged_by_keyboard_alone(reader: Any, newsroom: Newsroom) -> None:
    """Shortlist, decline, assign, note, take back, pass over: no mouse."""
    for number in range(5, 0, -1):
        apply(newsroom, f"Keyboard {number}", topics=["energy"])
    chief = reader()
    chief.sign_in()
    page = chief.go("/desk/?topic=energy")
    press = page.keyboard.press
    press("j")
    assert current(page) == "Keyboard 1"
    press("j")
    press("k")
    press("o")
    arrive(page, "h1:has-text('Keyboard 1')")
    assert "1 of 5" in page.inner_text(".place")

    press("s")  # the panel opens; the letter is there to be read
    arrive(page, "#decide:focus")
    press("s")
    arrive(page, ".state .status-shortlisted")

    press("j")
    arrive(page, "h1:has-text('Keyboard 2')")
    press("d")
    arrive(page, "#decide [name^=reason]:focus")
    press("d")  # no decision yet: the reason is asked for first
    tab_to(page, "reason")
    page.keyboard.type("sounds like others")  # s, d, j, o, u and k are letters here
    press("Control+Enter")
    arrive(page, ".state .status-declined")
    assert "sounds like others" in page.inner_text("main")

    press("j")
    arrive(page, "h1:has-text('Keyboard 3')")
    press("a")
    for _ in range(20):  # not by its first letters: on a busy machine each would begin a new search
        if page.evaluate("document.activeElement.selectedOptions[0].text") != "Nino Beridze":
            press("ArrowDown")
    press("Enter")
    arrive(page, "text=Assigned to Nino Beridze")

    press("j")
    arrive(page, "h1:has-text('Keyboard 4')")
    press("n")
    page.keyboard.type("Ask Levan, he knows the region")
    press("Control+Enter")
    arrive(page, ".notes :text('Ask Levan')")

    press("j")
    arrive(page, "h1:has-text('Keyboard 5')")
    assert page.query_selector("a[rel=next]") is None
    press("/")
    page.wait_for_selector("#q:focus")
    page.keyboard.type("k")
    assert page.input_value("#q") == "k"
    press("Escape")
    assert not chief.complaints


@pytest.mark.parametrize("width", [360, 1280])
def test_the_row_one_is_at_is_seen_at_every_width(reader: Any, newsroom: Newsroom, width: int) -> None:
    """By its keys, by its second line, and on the way back from an application."""
    for number in range(12, 0, -1):
        apply(newsroom, f"Row {width} {number}", topics=["history"])
    chief = reader(width=width)
    chief.sign_in()
    page = chief.go("/desk/?topic=history&sort=received")
    for _ in range(12):
        page.keyboard.press("j")
    assert current(page) == f"Row {width} 12"
    expect(page.locator("tbody.current")).to_be_in_viewport(ratio=1)
    for _ in range(11):
        page.keyboard.press("k")
    assert current(page) == f"Row {width} 1"
    expect(page.locator("tbody.current")).to_be_in_viewport(ratio=1)

    follow(page, page.get_by_role("link", name=f"Row {width} 12", exact=True))
    follow(page, page.locator(".place a").first)
    assert "#row-" in page.url
    assert current(page) == f"Row {width} 12"
    expect(page.locator("tbody.current")).to_be_in_viewport(ratio=1)
    assert not chief.complaints


def test_keys_act_on_all_rows_that_are_selected(reader: Any, newsroom: Newsroom) -> None:
    for number in (2, 1):
        apply(newsroom, f"Selected {number}", topics=["media"])
    chief = reader()
    chief.sign_in()
    page = chief.go("/desk/?topic=media")
    for key in ("j", "x", "j", "x", "d"):
        page.keyboard.press(key)
    arrive(page, "#bulk-what:focus")
    assert page.input_value("#bulk-what") == "move:decline"
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/desk/bulk"))
    for number in (2, 1):
        assert f"Selected {number}" in page.inner_text("main")


def test_what_is_being_written_outlives_other_forms_and_a_look_elsewhere(reader: Any, newsroom: Newsroom) -> None:
    for number in (2, 1):
        apply(newsroom, f"Unsent {number}", topics=["economy"])
    chief = reader()
    chief.sign_in()
    page = chief.go("/desk/?topic=economy")
    for key in ("j", "o"):
        page.keyboard.press(key)
    arrive(page, "h1:has-text('Unsent 1')")
    page.fill("[name=text]", "half a note")
    page.fill("[name=message]", "half a message")
    page.click("form[action$='/assign'] button")
    arrive(page, "text=Assigned to nobody")
    assert page.input_value("[name=text]") == "half a note"
    page.keyboard.press("j")
    arrive(page, "h1:has-text('Unsent 2')")
    assert page.input_value("[name=text]") == ""
    page.keyboard.press("k")
    arrive(page, "h1:has-text('Unsent 1')")
    assert page.input_value("[name=message]") == "half a message"
    page.click("form[action$='/notes'] button")
    arrive(page, ".notes :text('half a note')")
    assert page.input_value("[name=text]") == ""  # it was sent
    assert page.input_value("[name=message]") == "half a message"


def test_u_takes_back_the_last_decision(chromium: Any, reader: Any, newsroom: Newsroom) -> None:
    newsroom.stop()
    newsroom.environment["AUFRUF_UNDO_MINUTES"] = "10"
    newsroom.start()
    try:
        apply(newsroom, "Undone")
        chief = reader()
        chief.sign_in()
        page = chief.page
        press = page.keyboard.press
        press("j")
        assert current(page) == "Undone"
        press("d")
        arrive(page, "#decide [name^=reason]:focus")
        press("Control+Enter")
        arrive(page, ".state .status-declined")
        chief.go("/desk/")
        press("u")  # nothing is taken back unseen: the first press shows what it would be
        arrive(page, "#take-back:focus")
        press("u")
        arrive(page, ".state .status-received")
        assert "Decline taken back" in page.inner_text("main")
    finally:
        newsroom.stop()
        newsroom.environment["AUFRUF_UNDO_MINUTES"] = "0"
        newsroom.start()


def test_the_help_lists_all_keys_and_the_account_switches_them_off(reader: Any, newsroom: Newsroom) -> None:
    apply(newsroom, "Without keys")
    chief = reader()
    chief.sign_in()
    page = chief.page
    page.keyboard.press("?")
    page.wait_for_selector("#key-dialog[open]")
    assert "Write a note" in page.inner_text("#key-dialog")
    chief.check()
    page.keyboard.press("Escape")
    page.keyboard.press("Control+j")
    assert page.query_selector("tbody.current") is None
    page.click(".keys a")
    page.wait_for_selector("#key-dialog[open]")
    page.click("#key-dialog >> text=Switch keys off")
    page.wait_for_url("**/desk/account#keys")
    page.uncheck("[name=keys]")
    page.click("form[action='/desk/account'] button")
    page.wait_for_url("**/desk/account?done=profile")
    chief.go("/desk/")
    page.keyboard.press("j")
    assert page.query_selector("tbody.current") is None
    assert page.query_selector("kbd") is None
    chief.check()
    chief.go("/desk/keys")
    chief.check()
    page.click("text=Switch keys on")
    page.check("[name=keys]")
    page.click("form[action='/desk/account'] button")
    page.wait_for_url("**/desk/account?done=profile")
    assert page.query_selector("kbd")


@pytest.mark.parametrize("width", [360, 1280])
def test_two_editors_see_each_other_and_what_the_other_did(
    reader: Any, newsroom: Newsroom, levan: str, width: int
) -> None:
    apply(newsroom, f"Two hands {width}")
    nino, other = reader(width=width), reader(width=width, scheme="dark")
    nino.page.clock.install()
    nino.sign_in()
    other.sign_in(levan)
    row = nino.page.locator("tbody[data-reference]").first
    other.page.click(f"a:has-text('Two hands {width}')")
    other.page.wait_for_url(re.compile("/desk/applications/"))
    top = row.bounding_box()
    by_itself(nino.page, row.get_by_text("Levan Kapanadze is reading"))
    nino.check()

    apply(newsroom, f"Meanwhile {width}")
    by_itself(nino.page, nino.page.get_by_text("1 new application"))
    assert row.bounding_box()["y"] == top["y"]  # what is read has not moved
    assert f"Meanwhile {width}" not in nino.page.inner_text("table")
    nino.check()

    row.locator("a").first.click()
    nino.page.wait_for_url(re.compile("/desk/applications/"))
    by_itself(nino.page, nino.page.get_by_text("Levan Kapanadze is reading this"))
    nino.page.select_option("[name=assignee]", label="Levan Kapanadze")
    nino.page.click("form[action$='/assign'] button")
    arrive(nino.page, "text=Assigned to Levan Kapanadze")
    told = other.page.locator(".live")
    look_until(told.get_by_text("Assigned to Levan Kapanadze").is_visible, other.page)
    look_until(told.get_by_text("Nino Beridze is reading this").is_visible, nino.page, other.page)
    other.check()

    nino.go("/desk/")  # who leaves is gone at once, not only when the minute is over
    look_until(lambda: not told.locator(".here").count(), other.page)
    other.page.click(".live >> text=Load again")
    other.page.wait_for_selector(".history :text('Assigned to Levan Kapanadze')")


def test_a_hidden_page_asks_nothing(reader: Any, newsroom: Newsroom) -> None:
    chief = reader()
    chief.page.clock.install()
    chief.sign_in()
    asked: list[str] = []
    chief.page.on("request", lambda request: "/static/" in request.url or asked.append(request.url))
    chief.page.evaluate("Object.defineProperty(document, 'hidden', { value: true })")
    chief.page.clock.run_for(21_000)  # the round that was under way
    asked.clear()
    chief.page.clock.run_for(120_000)
    assert asked == []


@pytest.mark.parametrize(("scripts", "width"), [(True, 360), (False, 1280)], ids=["with scripts", "without scripts"])
def test_a_conflict_is_solved_in_the_browser(
    reader: Any, newsroom: Newsroom, levan: str, scripts: bool, width: int
) -> None:
    apply(newsroom, f"Conflict {width} {scripts}")
    nino, other = reader(width=width, scripts=scripts), reader(width=width, scripts=scripts)
    nino.sign_in()
    other.sign_in(levan)
    for each, move in ((nino, "Shortlist…"), (other, "Decline…")):
        follow(each.page, f"a:has-text('Conflict {width} {scripts}')")
        follow(each.page, f"text={move}")
        each.page.fill("[name=reason]", f"reason of {move}")
    other.expected.append("status of 409")
    nino.page.click("form[action$='/decide'] button")
    arrive(nino.page, ".state .status-shortlisted")
    other.page.click("form[action$='/decide'] button")
    arrive(other.page, ".versions")
    assert "reason of Shortlist" in other.page.inner_text("[aria-labelledby=version-now]")
    assert other.page.input_value("#again-reason") == "reason of Decline…"
    if scripts:
        other.check()
    other.page.click("text=Do it all the same")
    arrive(other.page, ".state .status-declined")


def test_previous_and_next_work_without_scripts(reader: Any, newsroom: Newsroom) -> None:
    for number in (2, 1):
        apply(newsroom, f"Walk {number}", topics=["culture"])
    chief = reader(scripts=False)
    chief.sign_in()
    page = chief.go("/desk/?topic=culture")
    follow(page, "a:has-text('Walk 1')")
    follow(page, "a[rel=next]")
    expect(page.locator("h1")).to_have_text("Walk 2")
    follow(page, "a[rel=prev]")
    expect(page.locator("h1")).to_have_text("Walk 1")
    follow(page, ".place a >> nth=0")
    assert "topic=culture" in page.url
