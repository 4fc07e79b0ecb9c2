"""Reviewing in a browser: with scripts and without, narrow and wide, blind, in error; axe finds nothing."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import follow
from tests.newsroom import ROOT, SLUG, Form, Newsroom, documents

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def levan(newsroom: Newsroom) -> str:
    newsroom.add_editor("levan@example.org", "Levan Kapanadze", "editor")
    return "levan@example.org"


def applied(newsroom: Newsroom, name: str, slug: str = SLUG) -> str:
    """The desk's address of a new application."""
    answer = Form(newsroom, lang="de", slug=slug).send(documents(), name=name, email="review@example.org")
    found = re.search(r"CW-[0-9A-Z]{6}", newsroom.browser().get(answer.headers["location"]).text)
    assert found
    return f"/desk/applications/{found[0]}"


def choose(page: Page, criterion: str, score: str) -> None:
    page.get_by_role("group", name=criterion).get_by_label(score, exact=True).check()


def look(editor: Any, scripts: bool) -> None:
    """axe itself is a script."""
    if scripts:
        editor.check()


@pytest.mark.parametrize(("width", "scripts"), [(360, False), (1280, True)])
def test_a_colleague_is_asked_and_reviews(
    reader: Any, newsroom: Newsroom, levan: str, width: int, scripts: bool
) -> None:
    path = applied(newsroom, f"Asked {width}")
    chief = reader(width=width, scripts=scripts)
    chief.sign_in()
    page = chief.go(path)
    page.locator("summary", has_text="Ask for a review").click()
    page.get_by_label("Levan Kapanadze").check()
    follow(page, page.get_by_role("button", name="Ask", exact=True))
    expect(page.locator(".asked")).to_contain_text("Levan Kapanadze")

    colleague = reader(width=width, scripts=scripts, scheme="dark")
    colleague.sign_in(levan)
    page = colleague.go("/desk/reviews")
    look(colleague, scripts)
    page.get_by_role("link", name=f"Asked {width}").click()
    expect(page.locator(".reviews .due")).to_contain_text("Your review is missing")
    page.get_by_role("button", name="Save review").click()
    expect(page.locator("#review-error")).to_contain_text("at least one score")
    look(colleague, scripts)
    choose(page, "Writing", "5")
    choose(page, "Languages", "2")
    choose(page, "Recommendation", "Strong yes")
    page.get_by_label("Comment").fill("Write to her soon.")
    page.get_by_role("button", name="Save review").click()
    expect(page.locator(".score-line")).to_contain_text("4.0 of 5 · 1 review")
    look(colleague, scripts)

    page = chief.go(path)
    expect(page.locator(".reviews")).not_to_contain_text("Write to her soon.")
    page.locator("summary", has_text="Read them without reviewing").click()
    follow(page, page.get_by_role("button", name="Read the reviews"))
    expect(page.locator(".reviews")).to_contain_text("Write to her soon.")
    closed = page.locator(".reviews details:not([open]) > summary")
    while closed.count():
        closed.first.click()
    look(chief, scripts)


def test_a_blind_application_and_a_conflict_of_interest_read_well(
    reader: Any, newsroom: Newsroom, levan: str, tmp_path: Any
) -> None:
    text = (ROOT / "app" / "calls" / f"{SLUG}.toml").read_text("utf-8").replace(f'slug = "{SLUG}"', 'slug = "blind"')
    (tmp_path / "blind.toml").write_text(text.replace("blind_reviews = false", "blind_reviews = true"), "utf-8")
    newsroom.command("call", "load", str(tmp_path / "blind.toml"))
    path = applied(newsroom, "Nobody Knows", "blind")
    colleague = reader(width=360)
    colleague.sign_in(levan)
    page = colleague.go(path)
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile(r"Applicant CW-"))
    assert "Nobody Knows" not in page.content()
    colleague.check()
    page.locator("summary", has_text="I have a conflict of interest").click()
    page.get_by_label("Why, in a word").fill("Old friends")
    page.get_by_role("button", name="Keep out").click()
    expect(page.locator(".reviews")).to_contain_text("You keep out of this application: Old friends")
    expect(page.get_by_role("button", name="Save review")).to_have_count(0)
    colleague.check()
    chief = reader()
    chief.sign_in()
    page = chief.go(path)
    expect(page.get_by_role("heading", level=1)).to_have_text("Nobody Knows")
    page.get_by_role("button", name="Show the name to all").click()
    expect(page.get_by_role("button", name="Hide the name again")).to_be_visible()
    page.get_by_role("button", name=re.compile("Let take part again")).click()
    expect(page.locator(".asked")).to_have_count(0)
    chief.check()
    expect(colleague.go(path).get_by_role("heading", level=1)).to_have_text("Nobody Knows")


def test_how_far_reviewers_agree_is_told_with_what_it_means(reader: Any, newsroom: Newsroom, levan: str) -> None:
    scores = [("5", "5"), ("1", "2"), ("3", "3")]
    for number, pair in enumerate(scores):
        path = applied(newsroom, f"Agreed {number}")
        for email, score in zip(("chief@example.org", levan), pair, strict=True):
            newsroom.editor(email).post(f"{path}/review", data={"score_writing": score})
    chief = reader(width=320)
    chief.sign_in()
    page = chief.go("/desk/calls")
    expect(page.locator(".agreement").first).to_contain_text("1 means that reviewers always agree")
    chief.check()
