"""Another language in a browser: what is typed goes along, Enter does what the form's own button says (A3, A4)."""

from typing import Any

import pytest

from tests.browser.conftest import arrive
from tests.newsroom import PDF, Form, Newsroom, documents

pytestmark = pytest.mark.browser


def choose(page: Any, lang: str) -> None:
    page.click(".languages summary")
    page.click(f".languages button[lang={lang}]")
    page.wait_for_selector(f"html[lang={lang}]", state="attached")
    page.wait_for_load_state()


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_another_language_takes_along_what_is_typed_and_enter_sends_the_form(
    reader: Any, newsroom: Newsroom, scripts: bool
) -> None:
    nino = reader(width=360, scripts=scripts)
    page = nino.go("/de/calls/caucasus-experts/apply")
    page.set_input_files("[name=cv]", PDF)
    if scripts:  # without them the file goes with the form; with them it goes at once, and must have arrived
        page.wait_for_selector(".file:has([name=cv]) .good")
    page.fill("[name=name]", "ნინო")
    choose(page, "hy")
    assert page.input_value("[name=name]") == "ნინო"
    assert "small.pdf" in page.inner_text("form#form")
    page.press("[name=name]", "Enter")
    arrive(page, "[role=alert]")
    assert page.get_attribute("html", "lang") == "hy"
    choose(page, "ka")
    assert page.input_value("[name=name]") == "ნინო"

    page = nino.go("/de/lost-link")
    page.fill("[name=email]", "half@typed")
    choose(page, "az")
    assert page.input_value("[name=email]") == "half@typed"
    page.press("[name=email]", "Enter")
    arrive(page, "[role=alert]")
    assert page.get_attribute("html", "lang") == "az"

    link = Form(newsroom, lang="de").send(documents(), email=f"menu{scripts}@example.org").headers["location"]
    page = nino.go(link)
    page.fill("#text", "Half a question")
    choose(page, "ru")
    assert page.input_value("#text") == "Half a question"
    page.click("details:has([name=safe_contact]) summary")
    page.fill("[name=safe_contact]", "Only in the evening")
    if scripts:
        choose(page, "en")
        assert page.input_value("[name=safe_contact]") == "Only in the evening"
        nino.check()
        choose(page, "hy")
        assert page.input_value("[name=safe_contact]") == "Only in the evening"
