"""The applicant's side in each of its states, by the keyboard alone: axe finds nothing anywhere (A1, A2)."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import arrive
from tests.newsroom import PDF, Form, Newsroom, documents

pytestmark = pytest.mark.browser


def reach(page: Page, selector: str) -> None:
    """Press Tab until what is meant has the focus, and it can be seen that it has."""
    for _ in range(150):
        if page.evaluate("(wanted) => document.activeElement.matches(wanted)", selector):
            assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none", selector
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{selector} is not reached on {page.url}")


def press(page: Page, selector: str, key: str = "Enter") -> None:
    reach(page, selector)
    page.keyboard.press(key)


def write(page: Page, selector: str, text: str) -> None:
    reach(page, selector)
    page.keyboard.press("Control+A")
    page.keyboard.insert_text(text)


def choose(page: Page, kind: str) -> None:
    press(page, f"[name={kind}]")
    page.locator(f".file:has([name={kind}]) .good").wait_for()


def twice_as_large(page: Page) -> None:
    """Text may be twice as large without anything running off the page."""
    page.set_viewport_size({"width": 640, "height": 800})
    page.evaluate("document.documentElement.style.fontSize = '212.5%'")
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= 640, f"{page.url} is {wide} px wide"
    page.evaluate("document.documentElement.style.fontSize = ''")
    page.set_viewport_size({"width": 320, "height": 800})


def test_a1_a2_axe_finds_nothing_in_any_state_that_the_keyboard_leads_to(reader: Any) -> None:
    nino = reader(width=320, scheme="dark")
    page: Page = nino.go("/ru/calls/caucasus-experts")
    # Listened to from the start: between asking for it and pressing a key the browser may be too slow.
    page.on("filechooser", lambda chooser: chooser.set_files(PDF))

    def arrived(address: str) -> None:
        page.wait_for_url(address)
        nino.check()
        twice_as_large(page)

    press(page, "main a.button")
    page.wait_for_url("**/apply")
    press(page, "form#form button[value=check]")
    arrive(page, "[role=alert]:focus")
    arrived("**/drafts/*")
    write(page, "[name=name]", "Нино Церетели")
    write(page, "[name=email]", "keys@example.org")
    for box in ("[name=regions][value=georgia]", "[name=languages][value=ka]"):
        press(page, box, "Space")
    for kind in ("cv", "cover_letter", "writing_sample"):
        choose(page, kind)
    press(page, "[name=consent]", "Space")
    press(page, "form#form button[value=save]")
    arrived("**/saved")
    press(page, "main a.button.filled")
    page.wait_for_url(re.compile(r"/drafts/[^/]+$"))
    arrived("**/drafts/*")
    press(page, "form#form button[value=check]")
    arrived("**/check")
    press(page, "main form button")
    arrived("**/applications/*")
    private = page.url
    press(page, "a[href$='/receipt']")
    arrived("**/receipt")
    receipt = page.inner_text("pre.code")
    page.goto(private)
    write(page, "#text", "Когда вы ответите?")
    press(page, "#form .button")
    arrive(page, "#told:focus")
    arrived("**told=message*")
    press(page, "details:has(form[action$='/withdraw']) > summary")
    press(page, "form[action$='/withdraw'] button")
    arrive(page, ".state-withdrawn")
    arrived("**/applications/*")

    nino.go("/ru/verify")
    write(page, "#receipt", "not a receipt")
    press(page, "main form button")
    arrive(page, "[role=alert]")
    arrived("**/verify")
    write(page, "#receipt", receipt)
    press(page, "main form button")
    arrive(page, ".flash[role=status]")
    arrived("**/verify")
    nino.go("/ru/lost-link")
    write(page, "#email", "nobody")
    press(page, "main form button")
    arrive(page, "[role=alert]")
    arrived("**/lost-link")
    write(page, "#email", "keys@example.org")
    press(page, "main form button")
    arrive(page, ".flash[role=status]")
    arrived("**/lost-link")

    page.goto(private)
    press(page, "details:has([value=now]) > summary")
    press(page, "form:has([value=now]) button")
    arrived("**/erased")
    nino.complaints.clear()
    page.goto(private)
    assert page.title().startswith("Здесь ничего нет")
    nino.complaints = [told for told in nino.complaints if "status of 404" not in told]
    nino.check()


def test_the_receipt_and_the_private_page_are_printed_without_what_only_a_screen_can_do(
    reader: Any, newsroom: Newsroom
) -> None:
    link = Form(newsroom, lang="de").send(documents(), email="paper@example.org").headers["location"]
    nino = reader(width=700, scheme="dark")
    page = nino.go(link)
    page.emulate_media(media="print")
    for gone in ("form", "button", ".languages", "footer", "#data", "input"):
        assert not any(each.is_visible() for each in page.locator(gone).all()), gone
    assert page.locator(f"text={newsroom.url}{link}").is_visible()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.evaluate("getComputedStyle(document.querySelector('h1')).color") == "rgb(31, 27, 24)"
    page = nino.go(f"{link}/receipt")
    assert page.locator(".qr").is_visible()
    code = page.locator("pre.code")
    assert "END RECEIPT" in code.inner_text()
    assert code.evaluate("(box) => box.scrollWidth <= box.clientWidth && getComputedStyle(box).breakInside") == "avoid"


def test_in_ones_own_colours_what_is_chosen_and_where_one_is_can_be_seen(reader: Any) -> None:
    anyone = reader(width=360)
    page = anyone.page
    page.emulate_media(forced_colors="active")
    anyone.go("/hy/calls/caucasus-experts/apply")
    page.check("[name=regions][value=georgia]")
    drawn = "(box) => getComputedStyle(box.closest('.tile')).outlineStyle"
    assert page.locator("[name=regions][value=georgia]").evaluate(drawn) == "solid"
    assert page.locator("[name=regions][value=armenia]").evaluate(drawn) == "none"
    page.focus("[name=email]")
    page.keyboard.press("Tab")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineWidth") == "3px"
