"""An editor in a browser: triage from the queue to the decision, with scripts and without."""

import re
from typing import Any

import pytest

from tests.newsroom import PASSWORD, Form, Newsroom, documents

pytestmark = pytest.mark.browser


def sign_in(editor: Any) -> None:
    page = editor.go("/desk/")
    page.fill("[name=email]", "chief@example.org")
    page.fill("[name=password]", PASSWORD)
    page.click("main button[type=submit]")
    page.wait_for_url("**/desk/")


@pytest.mark.parametrize(("width", "scripts"), [(360, False), (1280, True)])
def test_triage_from_the_queue_to_the_decision(reader: Any, newsroom: Newsroom, scripts: bool, width: int) -> None:
    name = f"Triage {width} {scripts}"
    answer = Form(newsroom, lang="de").send(documents(), name=name, email="triage@example.org")
    assert answer.status_code == 303
    chief = reader(width=width, scripts=scripts)
    sign_in(chief)
    page = chief.page
    page.click(f"a:has-text('{name}')")
    page.wait_for_url(re.compile(r"/desk/applications/CW-"))
    page.select_option("[name=assignee]", label="Nino Beridze")
    page.click("form[action$='/assign'] button")
    page.fill("[name=labels]", "energy")
    page.click("form[action$='/labels'] button")
    page.fill("[name=text]", "A voice of her own.")
    page.click("form[action$='/notes'] button")
    page.click("text=Shortlist…")
    assert "engeren Wahl" in page.input_value("[name=body]")
    page.fill("[name=subject]", "Gute Nachricht")
    page.click("form[action$='/decide'] button")
    page.wait_for_selector(".status-shortlisted")
    text = page.inner_text("main")
    for line in ("A voice of her own.", "energy", "Gute Nachricht", "Assigned to Nino Beridze"):
        assert line in text
    assert not chief.complaints


@pytest.mark.parametrize(("width", "scheme"), [(320, "dark"), (1280, "light")])
def test_axe_finds_nothing_on_any_page_of_the_desk(reader: Any, newsroom: Newsroom, width: int, scheme: str) -> None:
    answer = Form(newsroom, lang="de").send(documents(), name="Axe Person", latin_name="Axe Person", about="A line.")
    assert answer.status_code == 303
    chief = reader(width=width, scheme=scheme)
    chief.go("/desk/login")
    chief.check()
    sign_in(chief)
    chief.check()
    page = chief.page
    application = page.get_attribute("table.queue tbody th a", "href")
    paths = ["/desk/?q=Axe&region=georgia", "/desk/?q=nothing+at+all", application, f"{application}?move=decline"]
    paths += ["/desk/mail", "/desk/mail?state=sent", "/desk/calls", "/desk/team", "/desk/audit", "/desk/account"]
    for path in paths:
        chief.go(path)
        chief.check()
    mail = chief.go("/desk/mail?state=sent").get_attribute(".mails a", "href")
    chief.go(mail)
    chief.check()


def test_slash_takes_an_editor_to_the_search(reader: Any, newsroom: Newsroom) -> None:
    chief = reader()
    sign_in(chief)
    chief.page.keyboard.press("/")
    assert chief.page.evaluate("document.activeElement.id") == "q"
    chief.page.keyboard.type("a/b")
    assert chief.page.input_value("#q") == "a/b"
