"""An editor in a browser: triage from the queue to the decision, with scripts and without."""

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import follow
from tests.newsroom import Form, Newsroom, documents, wait_for

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(("width", "scripts"), [(360, False), (1280, True)])
def test_triage_from_the_queue_to_the_decision(reader: Any, newsroom: Newsroom, scripts: bool, width: int) -> None:
    name = f"Triage {width} {scripts}"
    answer = Form(newsroom, lang="de").send(documents(), name=name, email="triage@example.org")
    assert answer.status_code == 303
    chief = reader(width=width, scripts=scripts)
    chief.sign_in_by_form()
    page = chief.page
    page.click(f"a:has-text('{name}')")
    page.wait_for_url(re.compile(r"/desk/applications/CW-"))
    page.select_option("[name=assignee]", label="Nino Beridze")
    follow(page, "form[action$='/assign'] button")
    page.fill("[name=labels]", "energy")
    follow(page, "form[action$='/labels'] button")
    page.fill("[name=text]", "A voice of her own.")
    follow(page, "form[action$='/notes'] button")
    follow(page, "text=Shortlist…")
    assert "engeren Wahl" in page.input_value("[name=body]")
    page.fill("[name=subject]", "Gute Nachricht")
    page.click("form[action$='/decide'] button")
    page.wait_for_selector(".state .status-shortlisted")
    for line in ("A voice of her own.", "energy", "Gute Nachricht", "Assigned to Nino Beridze"):
        expect(page.locator("main")).to_contain_text(line)
    assert not chief.complaints


@pytest.mark.parametrize(("width", "scheme"), [(320, "dark"), (1280, "light")])
def test_axe_finds_nothing_on_any_page_of_the_desk(reader: Any, newsroom: Newsroom, width: int, scheme: str) -> None:
    answer = Form(newsroom, lang="de").send(documents(), name="Axe Person", latin_name="Axe Person", about="A line.")
    assert answer.status_code == 303
    chief = reader(width=width, scheme=scheme)
    chief.go("/desk/login")
    chief.check()
    chief.sign_in()
    chief.check()
    page = chief.page
    application = page.get_attribute("table.queue tbody th a", "href")
    paths = ["/desk/?q=Axe&region=georgia", "/desk/?q=nothing+at+all", application, f"{application}?move=decline"]
    paths += ["/desk/mail", "/desk/mail?state=sent", "/desk/calls", "/desk/team", "/desk/audit", "/desk/account"]
    for path in paths:
        chief.go(path)
        chief.check()
    wait_for(lambda: chief.go("/desk/mail?state=sent").locator(".mails a").count(), what="the first mail's leaving")
    chief.go(page.get_attribute(".mails a", "href"))
    chief.check()


def test_slash_takes_an_editor_to_the_search(reader: Any, newsroom: Newsroom) -> None:
    chief = reader()
    chief.sign_in()
    chief.page.keyboard.press("/")
    assert chief.page.evaluate("document.activeElement.id") == "q"
    chief.page.keyboard.type("a/b")
    assert chief.page.input_value("#q") == "a/b"
