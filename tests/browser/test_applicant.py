"""An applicant in a browser: on a small screen, in Georgian, with scripts and without (promises A1, A3, S14)."""

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.newsroom import PDF
from tests.smtp_server import SmtpServer

pytestmark = pytest.mark.browser

CALL = "/ka/calls/caucasus-experts"


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_a_whole_application_on_a_small_screen_in_georgian(reader: Any, smtp: SmtpServer, scripts: bool) -> None:
    nino = reader(width=360, scripts=scripts)
    page = nino.go(CALL)
    page.click("main a.button")
    page.fill("[name=name]", "ნინო წერეთელი")
    page.set_input_files("[name=cv]", PDF)
    page.click("form#form button[value=check]")
    page.wait_for_selector("[role=alert]:focus" if scripts else "[role=alert]")
    expect(page.locator("[name=name]")).to_have_value("ნინო წერეთელი")
    expect(page.locator("form#form")).to_contain_text("small.pdf")
    page.fill("[name=email]", f"browser{scripts}@example.org".lower())
    page.check("[name=regions][value=georgia]")
    page.check("[name=languages][value=ka]")
    page.set_input_files("[name=cover_letter]", PDF)
    page.set_input_files("[name=writing_sample]", PDF)
    page.check("[name=consent]")
    page.click("form#form button[value=check]")
    page.wait_for_url("**/ka/drafts/*/check")
    if scripts:
        nino.check()
    page.click("main form button")
    page.wait_for_url("**/ka/applications/*")
    assert page.inner_text("h1").startswith("CW-")
    assert not nino.complaints
    assert not nino.context.cookies()
    if scripts:
        assert page.evaluate("localStorage.length + sessionStorage.length") == 0
    smtp.wait_for(f"browser{scripts}@example.org".lower())
    page.click("details:has(form[action$='/withdraw']) > summary")
    page.click("form[action$='/withdraw'] button")
    page.wait_for_selector(".state-withdrawn")
    assert not nino.complaints


PAGES = [
    "/{}/",
    "/{}/continue",
    "/{}/calls/caucasus-experts",
    "/{}/calls/caucasus-experts/apply",
    "/{}/privacy",
    "/{}/accessibility",
]


# Words do not change colours, nor colours the width: two of the four say as much.
@pytest.mark.parametrize(("width", "scheme"), [(320, "dark"), (1280, "light")])
@pytest.mark.parametrize("lang", ["de", "en", "ru", "ka", "hy", "az"])
def test_axe_finds_nothing_on_any_public_page(reader: Any, lang: str, width: int, scheme: str) -> None:
    anyone = reader(width=width, scheme=scheme)
    for path in PAGES:
        anyone.go(path.format(lang))
        assert anyone.page.get_attribute("html", "lang") == lang
        anyone.check()


@pytest.mark.parametrize("lang", ["de", "ka"])
def test_axe_finds_nothing_when_something_is_wrong(reader: Any, lang: str) -> None:
    anyone = reader(width=360)
    page = anyone.go(f"/{lang}/calls/caucasus-experts/apply")
    page.set_input_files("[name=cv]", PDF)
    page.click("form#form button[value=check]")
    page.wait_for_selector("[role=alert]")
    anyone.check()
    page.click("[role=alert] a >> nth=0")
    page.wait_for_selector("#name:focus")


def test_a_link_to_a_field_shows_what_it_is_called_and_what_is_wrong_with_it(reader: Any) -> None:
    page = reader(width=360).go("/hy/calls/caucasus-experts/apply")
    page.click("form#form button[value=check]")
    page.wait_for_selector("[role=alert]")
    bar = page.locator(".leave").bounding_box()["height"]
    for field in ("email", "writing_sample"):
        page.evaluate("scrollTo({top: 0, behavior: 'instant'})")
        page.click(f"[role=alert] a[href='#{field}']")
        page.wait_for_function("(field) => document.activeElement.id === field", arg=field)
        assert page.locator(f"label[for={field}]").bounding_box()["y"] >= bar, field


def test_the_text_may_be_twice_as_large(reader: Any) -> None:
    anyone = reader(width=640)
    for path in PAGES:
        page = anyone.go(path.format("de"))
        page.evaluate("document.documentElement.style.fontSize = '212.5%'")
        anyone.check()
    page.set_viewport_size({"width": 360, "height": 800})
    for lang in ("ka", "az"):
        page = anyone.go(f"/{lang}/calls/caucasus-experts")
        page.evaluate("document.documentElement.style.fontSize = '212.5%'")
        assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_the_keyboard_alone_suffices(reader: Any) -> None:
    anyone = reader(width=1280)
    page = anyone.go("/de/calls/caucasus-experts/apply")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    reached = set()
    for _ in range(80):
        reached.add(page.evaluate("document.activeElement.name || document.activeElement.textContent.trim()"))
        page.keyboard.press("Tab")
    assert {"name", "email", "regions", "languages", "cv", "cover_letter", "writing_sample", "consent"} <= reached
    assert {"step"} <= reached
