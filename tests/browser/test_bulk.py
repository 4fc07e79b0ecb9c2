"""Several applications at once, in a browser: with scripts and without."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import follow
from tests.newsroom import Form, Newsroom, documents
from tests.smtp_server import SmtpServer

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def newsroom(tmp_path_factory: pytest.TempPathFactory, smtp: SmtpServer) -> Iterator[Newsroom]:
    """Ten minutes to undo."""
    folder = tmp_path_factory.mktemp("browser")
    with Newsroom(folder, smtp_url=smtp.url, undo_minutes="10") as running:
        yield running


def people(newsroom: Newsroom, name: str, number: int = 3) -> list[str]:
    """Some applications by the same name, their references."""
    found = []
    for count, lang in zip(range(number), ("ka", "de", "hy"), strict=False):
        answer = Form(newsroom, lang=lang).send(documents(), name=f"{name} {count}", email=f"bulk{count}@example.org")
        page = newsroom.browser().get(answer.headers["location"]).text
        found.append(re.search(r"CW-[0-9A-Z]{6}", page)[0])  # type: ignore[index]
    return found


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_two_are_declined_together_and_taken_back(reader: Any, newsroom: Newsroom, scripts: bool) -> None:
    references = people(newsroom, f"Together {scripts}")
    chief = reader(scripts=scripts, width=1280 if scripts else 360)
    chief.sign_in()
    page = chief.go("/desk/?status=received")
    for reference in references[:2]:
        page.check(f"[name=chosen][value^='{reference}']")
    if scripts:
        assert page.inner_text(".bulk-number").endswith("2")
        assert page.is_hidden("#bulk-label")
    page.select_option("#bulk-what", "move:decline")
    page.click("#bulk-bar button")
    page.wait_for_url(re.compile(r"/desk/bulk/[0-9a-f-]{36}"))
    assert len(page.query_selector_all(".bulk-item")) == 2
    page.click(".bulk-item >> nth=0 >> summary")
    page.fill(".bulk-item >> nth=0 >> [name=subject]", "By hand")
    page.click(".bulk-item >> nth=0 >> text=Save this mail")
    page.wait_for_selector(".bulk-item summary >> text=By hand")
    page.click(".bulk-actions .button.filled")
    page.wait_for_selector(".bulk-numbers >> text=2 done")
    assert not chief.complaints
    page.click("text=Take all back")
    page.wait_for_selector(".bulk-numbers >> text=2 taken back")
    chief.go(f"/desk/applications/{references[0]}")
    expect(page.locator(".state .status")).to_have_text(re.compile("^New"))


def test_the_box_of_the_page_and_shift_choose_many(reader: Any, newsroom: Newsroom) -> None:
    people(newsroom, "Many")
    chief = reader()
    chief.sign_in()
    page = chief.go("/desk/?status=open")
    number = len(page.query_selector_all("[name=chosen]"))
    page.check("thead .select-cell input")
    assert page.inner_text(".bulk-number").endswith(str(number))
    page.uncheck("thead .select-cell input")
    boxes = page.query_selector_all("[name=chosen]")
    boxes[0].click()
    boxes[2].click(modifiers=["Shift"])
    assert page.inner_text(".bulk-number").endswith("3")
    page.select_option("#bulk-what", "add_label")
    page.fill("#bulk-label", "shifted")
    page.click("#bulk-bar button")
    page.wait_for_selector(".bulk-numbers >> text=3 done")
    chief.check()


@pytest.mark.parametrize(("width", "scheme"), [(320, "dark"), (1280, "light")])
def test_axe_finds_nothing_where_several_are_handled(reader: Any, newsroom: Newsroom, width: int, scheme: str) -> None:
    references = people(newsroom, f"Axe {width}")
    chief = reader(width=width, scheme=scheme)
    chief.sign_in()
    page = chief.go("/desk/?status=received")
    chief.check()
    for reference in references:
        page.check(f"[name=chosen][value^='{reference}']")
    page.select_option("#bulk-what", "move:shortlist")
    page.click("#bulk-bar button")
    page.wait_for_url(re.compile(r"/desk/bulk/[0-9a-f-]{36}"))
    chief.check()
    follow(page, ".bulk-item >> nth=0 >> text=Leave out")
    chief.check()
    page.click(".bulk-actions .button.filled")
    page.wait_for_selector(".bulk-numbers")
    chief.check()
    chief.go("/desk/bulk")
    chief.check()
