"""A conversation in two browsers: an applicant on a small screen, in Georgian, and an editor (promises A1, A3)."""

import re
from typing import Any

import pytest

from tests.browser.conftest import arrive
from tests.newsroom import PDF, Form, Newsroom, documents

pytestmark = pytest.mark.browser


def applied(newsroom: Newsroom, **fields: Any) -> tuple[str, str]:
    """A new application: its private page and its page at the desk."""
    answer = Form(newsroom, lang="ka").send(documents(), email="talk@example.org", **fields)
    assert answer.status_code == 303
    link = answer.headers["location"]
    reference = re.search(r"CW-[0-9A-Z]{6}", newsroom.browser().get(link).text)
    assert reference
    return link, f"/desk/applications/{reference[0]}"


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_a_document_is_asked_for_and_sent_on_a_small_screen_in_georgian(
    reader: Any, newsroom: Newsroom, scripts: bool
) -> None:
    link, desk = applied(newsroom, name=f"Asked {scripts}")
    chief = reader(width=1280, scripts=scripts)
    chief.sign_in()
    page = chief.go(desk)
    page.click("a[href$='?ask=document#ask']")
    page.select_option("[name=document_kind]", "cv")
    page.fill("[name=ask_text]", "მეორე გვერდი აკლია.")
    page.click("#ask button[name=step]")
    arrive(page, "#preview")
    assert page.input_value("[name=ask_text]") == "მეორე გვერდი აკლია."
    page.click("#ask button:not([name])")
    arrive(page, ".waiting")

    nino = reader(width=360, scripts=scripts)
    page = nino.go(link)
    assert "მეორე გვერდი აკლია." in page.inner_text(".request")
    page.fill(".request textarea", "აი, ახალი.")
    page.click(".request .button.filled")
    arrive(page, "[role=alert]:focus" if scripts else "[role=alert]")
    if scripts:
        nino.check()
    assert page.input_value(".request textarea") == "აი, ახალი."
    page.click("[role=alert] a")
    page.set_input_files(".request input[name=document]", PDF)
    page.click(".request .button.filled")
    arrive(page, "#told")
    assert "small.pdf" in page.inner_text(".thread")
    assert not page.query_selector(".request")
    page.fill("#text", "კიდევ ერთი კითხვა")
    page.click("#form button.outlined")
    page.wait_for_url("**told=message*")
    assert "კიდევ ერთი კითხვა" in page.inner_text(".thread")
    assert not nino.complaints
    assert not nino.context.cookies()

    page = chief.go(desk)
    assert "კიდევ ერთი კითხვა" in page.inner_text("#messages")
    page.fill("[name=message]", "Vielen Dank!")
    page.click("form[action$='/messages'] button:not([name])")
    page.wait_for_selector("#messages >> text=Vielen Dank!")
    assert not chief.complaints


@pytest.mark.parametrize(("width", "scheme"), [(320, "dark"), (1280, "light")])
def test_axe_finds_nothing_where_something_is_asked_for(
    reader: Any, newsroom: Newsroom, width: int, scheme: str
) -> None:
    link, desk = applied(newsroom)
    chief = reader(width=width, scheme=scheme)
    chief.sign_in()
    page = chief.go(f"{desk}?ask=correction#ask")
    chief.check()
    page.fill("[name=ask_text]", "Wann waren Sie in Gjumri?")
    page.click("#ask button:not([name])")
    arrive(page, ".waiting")
    page.evaluate("scrollTo(0, 0)")  # what has moved under the bar that stays in sight is not pressed there
    chief.check()
    nino = reader(width=width, scheme=scheme)
    page = nino.go(link)
    page.click(".attach summary >> nth=0")
    nino.check()
    page.fill(".request textarea", "2004–2011")
    page.set_input_files(".request [name=attachments]", [PDF])
    page.click(".request .button.filled")
    page.wait_for_selector("#told")
    nino.check()
    chief.go(desk)
    chief.check()
