"""Templates, reasons and mentions in a browser, with scripts and without."""

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.newsroom import Form, Newsroom, documents

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def reference(newsroom: Newsroom) -> str:
    newsroom.add_editor("levan@example.org", "Levan Kapanadze", "editor")
    answer = Form(newsroom, lang="ka").send(documents(), name="ნინო წერეთელი", email="letters@example.org")
    found = re.search(r"CW-[0-9A-Z]{6}", newsroom.browser().get(answer.headers["location"]).text)
    assert found
    return found[0]


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_a_template_is_written_and_its_preview_follows(
    reader: Any, newsroom: Newsroom, reference: str, scripts: bool
) -> None:
    chief = reader(scripts=scripts)
    chief.sign_in()
    page = chief.go("/desk/templates/new?kind=declined&language=ka")
    page.fill("[name=name]", f"With scripts {scripts}")
    page.fill("[name=reference]", reference)
    page.fill("[name=body_ka]", "ძვირფასო {name}, {fee} {reference}")
    if not scripts:
        page.click("[formaction$='/preview']")
    page.wait_for_selector(f"#preview >> text=ძვირფასო ნინო წერეთელი, {{fee}} {reference}")
    expect(page.locator("#preview .notice")).to_contain_text("{fee}")
    page.click("form.template-form .button.filled")
    page.wait_for_url(re.compile(r"/desk/templates/[0-9a-f-]{36}"))
    chief.go(f"/desk/applications/{reference}?move=decline")
    page.select_option("#template", label=f"With scripts {scripts}")
    page.click(".template-choice button")
    page.wait_for_url(re.compile(r"template=[0-9a-f-]{36}"))
    assert page.input_value("[name=body]") == f"ძვირფასო ნინო წერეთელი, {{fee}} {reference}"
    page.click("form[action$='/decide'] button.filled")
    expect(page.locator("[role=alert]")).to_have_text(re.compile(r"\{fee\}\s*$"))
    if scripts:
        chief.check()


def test_typing_at_offers_colleagues_and_enter_takes_one(reader: Any, newsroom: Newsroom, reference: str) -> None:
    chief = reader()
    chief.sign_in()
    page = chief.go(f"/desk/applications/{reference}")
    page.fill("form.mentioning [name=text]", "Please look, ")
    page.focus("form.mentioning [name=text]")
    page.keyboard.press("End")
    page.keyboard.type("@le")
    expect(page.locator("#mention-list [aria-selected=true]")).to_have_text("Levan Kapanadze")
    chief.check()
    page.keyboard.press("Enter")
    assert page.input_value("form.mentioning [name=text]") == "Please look, @Levan Kapanadze "
    page.keyboard.type("today, @zz")
    assert page.is_hidden("#mention-list")
    page.click("form.mentioning button")
    expect(page.locator(".mention")).to_have_text("@Levan Kapanadze")


@pytest.mark.parametrize(("width", "scheme"), [(320, "dark"), (1280, "light")])
def test_axe_finds_nothing_where_letters_are_made(
    reader: Any, newsroom: Newsroom, reference: str, width: int, scheme: str
) -> None:
    chief = reader(width=width, scheme=scheme)
    chief.sign_in()
    for path in (
        "/desk/templates",
        "/desk/templates/built-in/declined",
        "/desk/templates/new?kind=shortlisted",
        "/desk/reasons",
        "/desk/mentions",
        f"/desk/applications/{reference}?move=decline",
    ):
        chief.go(path)
        chief.check()
