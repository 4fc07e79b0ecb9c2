"""Several hands in the browser: triage by keyboard alone, keys off, two editors who see each other."""

import re
from typing import Any

import pytest

from tests.browser.test_editor import sign_in
from tests.newsroom import PASSWORD, Form, Newsroom, documents

pytestmark = pytest.mark.browser
LEVAN = "levan@example.org"


@pytest.fixture(scope="module")
def levan(newsroom: Newsroom) -> str:
    newsroom.add_editor(LEVAN, "Levan Kapanadze", "editor")
    return LEVAN


def apply(newsroom: Newsroom, name: str, **fields: Any) -> None:
    assert Form(newsroom, lang="de").send(documents(), name=name, **fields).status_code == 303


def sign_in_as(reader: Any, email: str) -> None:
    page = reader.go("/desk/")
    page.fill("[name=email]", email)
    page.fill("[name=password]", PASSWORD)
    page.click("main button[type=submit]")
    page.wait_for_url("**/desk/")


def current(page: Any) -> str:
    return str(page.inner_text("tr.current bdi >> nth=0"))


def heading(page: Any) -> str:
    return str(page.inner_text("h1"))


def test_a2_five_applications_are_triaged_by_keyboard_alone(reader: Any, newsroom: Newsroom) -> None:
    """Shortlist, decline, assign, note, take back, pass over: no mouse."""
    for number in range(5, 0, -1):
        apply(newsroom, f"Keyboard {number}", topics=["energy"])
    chief = reader()
    sign_in(chief)
    page = chief.go("/desk/?topic=energy")
    press = page.keyboard.press
    press("j")
    assert current(page) == "Keyboard 1"
    press("j")
    press("k")
    press("o")
    page.wait_for_selector("h1:has-text('Keyboard 1')")
    assert "1 of 5" in page.inner_text(".place")

    press("s")  # the panel opens; the letter is there to be read
    page.wait_for_selector("#decide:focus")
    press("s")
    page.wait_for_selector(".state .status-shortlisted")

    press("j")
    page.wait_for_selector("h1:has-text('Keyboard 2')")
    press("d")
    page.wait_for_selector("#decide [name^=reason]:focus")
    press("d")  # no decision yet: the reason is asked for first
    while page.evaluate("document.activeElement.name") != "reason":
        press("Tab")
    page.keyboard.type("sounds like others")  # s, d, j, o, u and k are letters here
    press("Control+Enter")
    page.wait_for_selector(".state .status-declined")
    assert "sounds like others" in page.inner_text("main")

    press("j")
    page.wait_for_selector("h1:has-text('Keyboard 3')")
    press("a")
    page.keyboard.type("Nino")
    press("Enter")
    page.wait_for_selector("text=Assigned to Nino Beridze")

    press("j")
    page.wait_for_selector("h1:has-text('Keyboard 4')")
    press("n")
    page.keyboard.type("Ask Levan, he knows the region")
    press("Control+Enter")
    page.wait_for_selector(".notes :text('Ask Levan')")

    press("j")
    page.wait_for_selector("h1:has-text('Keyboard 5')")
    assert page.query_selector("a[rel=next]") is None
    press("/")
    page.wait_for_selector("#q:focus")
    page.keyboard.type("k")
    assert page.input_value("#q") == "k"
    press("Escape")
    assert not chief.complaints


def test_keys_act_on_all_rows_that_are_selected(reader: Any, newsroom: Newsroom) -> None:
    for number in (2, 1):
        apply(newsroom, f"Selected {number}", topics=["media"])
    chief = reader()
    sign_in(chief)
    page = chief.go("/desk/?topic=media")
    for key in ("j", "x", "j", "x", "d"):
        page.keyboard.press(key)
    page.wait_for_selector("#bulk-what:focus")
    assert page.input_value("#bulk-what") == "move:decline"
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/desk/bulk"))
    for number in (2, 1):
        assert f"Selected {number}" in page.inner_text("main")


def test_what_is_being_written_outlives_other_forms_and_a_look_elsewhere(reader: Any, newsroom: Newsroom) -> None:
    for number in (2, 1):
        apply(newsroom, f"Unsent {number}", topics=["economy"])
    chief = reader()
    sign_in(chief)
    page = chief.go("/desk/?topic=economy")
    for key in ("j", "o"):
        page.keyboard.press(key)
    page.wait_for_selector("h1:has-text('Unsent 1')")
    page.fill("[name=text]", "half a note")
    page.fill("[name=message]", "half a message")
    page.click("form[action$='/assign'] button")
    page.wait_for_selector("text=Assigned to nobody")
    assert page.input_value("[name=text]") == "half a note"
    page.keyboard.press("j")
    page.wait_for_selector("h1:has-text('Unsent 2')")
    assert page.input_value("[name=text]") == ""
    page.keyboard.press("k")
    page.wait_for_selector("h1:has-text('Unsent 1')")
    assert page.input_value("[name=message]") == "half a message"
    page.click("form[action$='/notes'] button")
    page.wait_for_selector(".notes :text('half a note')")
    assert page.input_value("[name=text]") == ""  # it was sent
    assert page.input_value("[name=message]") == "half a message"


def test_u_takes_back_the_last_decision(chromium: Any, reader: Any, newsroom: Newsroom) -> None:
    newsroom.stop()
    newsroom.environment["AUFRUF_UNDO_MINUTES"] = "10"
    newsroom.start()
    try:
        apply(newsroom, "Undone")
        chief = reader()
        sign_in(chief)
        page = chief.page
        press = page.keyboard.press
        press("j")
        assert current(page) == "Undone"
        press("d")
        page.wait_for_selector("#decide [name^=reason]:focus")
        press("Control+Enter")
        page.wait_for_selector(".state .status-declined")
        chief.go("/desk/")
        press("u")  # nothing is taken back unseen: the first press shows what it would be
        page.wait_for_selector("#take-back:focus")
        press("u")
        page.wait_for_selector(".state .status-received")
        assert "Decline taken back" in page.inner_text("main")
    finally:
        newsroom.stop()
        newsroom.environment["AUFRUF_UNDO_MINUTES"] = "0"
        newsroom.start()


def test_the_help_lists_all_keys_and_the_account_switches_them_off(reader: Any, newsroom: Newsroom) -> None:
    apply(newsroom, "Without keys")
    chief = reader()
    sign_in(chief)
    page = chief.page
    page.keyboard.press("?")
    page.wait_for_selector("#key-dialog[open]")
    assert "Write a note" in page.inner_text("#key-dialog")
    chief.check()
    page.keyboard.press("Escape")
    page.keyboard.press("Control+j")
    assert page.query_selector("tr.current") is None
    page.click(".keys a")
    page.wait_for_selector("#key-dialog[open]")
    page.click("#key-dialog >> text=Switch keys off")
    page.wait_for_url("**/desk/account#keys")
    page.uncheck("[name=keys]")
    page.click("form[action='/desk/account'] button")
    page.wait_for_url("**/desk/account?done=profile")
    chief.go("/desk/")
    page.keyboard.press("j")
    assert page.query_selector("tr.current") is None
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
    sign_in(nino)
    sign_in_as(other, levan)
    row = nino.page.locator("tr[data-reference]").first
    other.page.click(f"a:has-text('Two hands {width}')")
    other.page.wait_for_url(re.compile("/desk/applications/"))
    top = row.bounding_box()
    nino.page.clock.run_for(21_000)
    row.get_by_text("Levan Kapanadze is reading").wait_for()
    nino.check()

    apply(newsroom, f"Meanwhile {width}")
    nino.page.clock.run_for(21_000)
    nino.page.get_by_text("1 new application").wait_for()
    assert row.bounding_box()["y"] == top["y"]  # what is read has not moved
    assert f"Meanwhile {width}" not in nino.page.inner_text("table")
    nino.check()

    row.locator("a").first.click()
    nino.page.wait_for_url(re.compile("/desk/applications/"))
    nino.page.get_by_text("Levan Kapanadze is reading this").wait_for()
    nino.page.select_option("[name=assignee]", label="Levan Kapanadze")
    nino.page.click("form[action$='/assign'] button")
    nino.page.wait_for_selector("text=Assigned to Levan Kapanadze")
    other.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    other.page.locator(".live").get_by_text("Assigned to Levan Kapanadze").wait_for()
    other.page.locator(".live").get_by_text("Nino Beridze is reading this").wait_for()
    other.check()

    nino.go("/desk/")  # who leaves is gone at once
    other.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    other.page.locator(".live .here").wait_for(state="detached")
    other.page.click(".live >> text=Load again")
    other.page.wait_for_selector(".history :text('Assigned to Levan Kapanadze')")


def test_a_hidden_page_asks_nothing(reader: Any, newsroom: Newsroom) -> None:
    chief = reader()
    chief.page.clock.install()
    sign_in(chief)
    asked: list[str] = []
    chief.page.on("request", lambda request: asked.append(request.url))
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
    sign_in(nino)
    sign_in_as(other, levan)
    for each, move in ((nino, "Shortlist…"), (other, "Decline…")):
        each.page.click(f"a:has-text('Conflict {width} {scripts}')")
        each.page.click(f"text={move}")
        each.page.fill("[name=reason]", f"reason of {move}")
    nino.page.click("form[action$='/decide'] button")
    nino.page.wait_for_selector(".state .status-shortlisted")
    other.page.click("form[action$='/decide'] button")
    other.page.wait_for_selector(".versions")
    assert "reason of Shortlist" in other.page.inner_text("[aria-labelledby=version-now]")
    assert other.page.input_value("#again-reason") == "reason of Decline…"
    other.complaints.clear()  # Chromium tells of the 409 in its console
    if scripts:
        other.check()
    other.page.click("text=Do it all the same")
    other.page.wait_for_selector(".state .status-declined")


def test_previous_and_next_work_without_scripts(reader: Any, newsroom: Newsroom) -> None:
    for number in (2, 1):
        apply(newsroom, f"Walk {number}", topics=["culture"])
    chief = reader(scripts=False)
    sign_in(chief)
    page = chief.go("/desk/?topic=culture")
    page.click("a:has-text('Walk 1')")
    page.click("a[rel=next]")
    assert heading(page) == "Walk 2"
    page.click("a[rel=prev]")
    assert heading(page) == "Walk 1"
    page.click(".place a >> nth=0")
    assert "topic=culture" in page.url
