"""Doubles, contributors and the overview in a browser: with and without scripts, narrow and wide, light and dark."""

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.newsroom import Form, Newsroom, documents, wait_for

pytestmark = pytest.mark.browser


def apply(newsroom: Newsroom, **fields: Any) -> str:
    form = Form(newsroom, lang="de")
    answer = form.send(documents(), **fields)
    assert answer.status_code == 303
    found = re.search(r"CW-[0-9A-Z]{6}", form.client.get(answer.headers["location"]).text)
    assert found
    return found[0]


def wait_for_double(newsroom: Newsroom, one: str, other: str) -> None:
    editor = newsroom.editor()
    button = f'Same person<span class="visually-hidden"> – {other}'
    wait_for(lambda: button in editor.get(f"/desk/applications/{one}").text, what="finding the double")


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_two_applications_become_one_person_and_two_again(reader: Any, newsroom: Newsroom, scripts: bool) -> None:
    mark = "mit" if scripts else "ohne"
    one = apply(newsroom, name=f"Ketevan {mark} Maisuradze", email=f"ketevan.{mark}@gmail.com")
    other = apply(newsroom, name=f"ქეთევან {mark} მაისურაძე", email=f"ketevan{mark}+2@gmail.com")
    wait_for_double(newsroom, one, other)
    chief = reader(scripts=scripts)
    chief.sign_in()
    page = chief.go(f"/desk/applications/{one}")
    people = page.locator(".people")
    assert "same mailbox" in people.inner_text()
    assert "same name" in people.inner_text()
    people.get_by_role("button", name=f"Same person – {other}").click()
    expect(people).to_contain_text("Other applications of this person")
    people.get_by_role("button", name=f"Split again – {other}").click()
    page.locator(".people summary", has_text="Kept apart on purpose").click()
    expect(people.get_by_role("link", name=f"ქეთევან {mark} მაისურაძე")).to_be_visible()
    assert not chief.complaints


@pytest.mark.parametrize(("width", "scheme"), [(320, "dark"), (1280, "light")])
def test_axe_finds_nothing_about_persons_and_numbers(reader: Any, newsroom: Newsroom, width: int, scheme: str) -> None:
    one = apply(newsroom, name=f"Axe{width} {scheme} Lomidze", email=f"axe{width}.{scheme}@example.org")
    other = apply(newsroom, name=f"Lomidze {scheme} Axe{width}", email=f"axe{width}.{scheme}+b@example.org")
    wait_for_double(newsroom, one, other)
    chief = reader(width=width, scheme=scheme)
    chief.sign_in()
    page = chief.go(f"/desk/applications/{one}")
    for summary in page.locator(".people summary").all():
        summary.click()
    page.evaluate("scrollTo(0, 0)")  # what sticks to the edge would cover a button that lies below it
    chief.check()
    for path in ("/desk/contributors", "/desk/contributors?region=armenia&keep=no", "/desk/insights?period=4w"):
        chief.go(path)
        chief.check()
    for summary in page.locator(".behind summary").all():
        summary.click()
    page.evaluate("scrollTo(0, 0)")
    chief.check()
    with page.expect_download() as waiting:
        page.locator(".behind a[download]").first.click()
    assert waiting.value.suggested_filename == "times-all-4w.csv"
