"""Views, columns and orders in a browser, with scripts and without; nothing for axe to find."""

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import follow
from tests.newsroom import Form, Newsroom, documents, reference_of

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_a_view_is_chosen_sorted_saved_and_the_queue_made_one_s_own(
    reader: Any, newsroom: Newsroom, scripts: bool
) -> None:
    for name, regions in (("Older", ["armenia"]), ("Newer", ["armenia"]), ("Elsewhere", ["georgia"])):
        assert Form(newsroom).send(documents(), name=f"{name} {scripts}", regions=regions).status_code == 303
    chief = reader(scripts=scripts)
    chief.sign_in()
    page = chief.page
    page.click(".filter summary:has-text('Region')")
    follow(page, ".filter[open] .not:has-text('Georgia')")
    expect(page.locator(".chips")).to_contain_text("Region: not Georgia")
    page.click(".filter summary:has-text('Order')")
    follow(page, ".filter[open] a:has-text('Received, oldest first')")
    shown = page.locator("table.queue tbody th a bdi").all_inner_texts()
    assert f"Elsewhere {scripts}" not in shown
    assert shown.index(f"Older {scripts}") < shown.index(f"Newer {scripts}")
    page.click(".filter summary:has-text('Columns')")
    page.uncheck(".panel label:has-text('Regions') input")
    page.check(".panel label:has-text('Compact') input")
    follow(page, ".filter[open] .panel button")
    expect(page.locator("table.queue.compact")).to_have_count(1)
    expect(page.locator("table.queue.compact th:has-text('Regions')")).to_have_count(0)
    page.click(".filter summary:has-text('Save this view')")
    page.fill("#view-name", f"Not Georgia {scripts}")
    follow(page, ".filter[open] .panel button")
    expect(page.locator("h1")).to_have_text(f"Not Georgia {scripts}")
    chief.go("/desk/")
    follow(page, f".wide-menu a:has-text('Not Georgia {scripts}')")
    expect(page.locator("h1")).to_have_text(f"Not Georgia {scripts}")


@pytest.mark.parametrize(("width", "scheme"), [(320, "dark"), (1280, "light")])
def test_axe_finds_nothing_in_views_and_open_menus(reader: Any, newsroom: Newsroom, width: int, scheme: str) -> None:
    assert Form(newsroom).send(documents(), name="Seen").status_code == 303
    chief = reader(width=width, scheme=scheme)
    chief.sign_in()
    chief.go("/desk/views")
    chief.check()
    for menu in ("Region", "Received", "Columns", "Save this view"):
        page = chief.go("/desk/?no_region=armenia&sort=-waiting&from=2020-01-01")
        page.click(f".filter summary:has-text('{menu}')")
        chief.check()


@pytest.mark.parametrize("width", [1280, 700, 360])
@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_every_menu_opens_below_its_own_button_and_within_the_page(
    reader: Any, newsroom: Newsroom, width: int, scripts: bool
) -> None:
    assert Form(newsroom).send(documents(), name="Seen").status_code == 303
    chief = reader(width=width, scripts=scripts)
    chief.sign_in()
    page = chief.go("/desk/?no_region=armenia")
    for filter in page.locator("details.filter").all():
        summary, menu = filter.locator("summary"), filter.locator("> :last-child")
        summary.click()
        button, opened = summary.bounding_box(), menu.bounding_box()
        assert 0 <= opened["y"] - button["y"] - button["height"] < 12
        assert opened["x"] >= 0
        assert opened["x"] + opened["width"] <= width
        if width >= 700:
            starts, ends = opened["x"] - button["x"], opened["x"] + opened["width"] - button["x"] - button["width"]
            assert min(abs(starts), abs(ends)) < 2, summary.inner_text()
        summary.click()


def test_ten_applications_with_their_last_events_stand_on_one_screen_in_german(reader: Any, newsroom: Newsroom) -> None:
    editor = newsroom.editor()
    for number in range(14):
        name = f"Мадина Даурова {number}"
        sent = Form(newsroom).send(documents(), name=name, latin_name=f"Madina Daurova {number}", topics=["energy"])
        page = newsroom.browser().get(sent.headers["location"]).text
        reference = reference_of(page)
        editor.post(f"/desk/applications/{reference}/notes", data={"text": "Bitte ansehen"})
    chief = reader()
    chief.sign_in()
    chief.go("/desk/account").select_option("[name=language]", "de")
    follow(chief.page, "form:has([name=language]) button")
    chief.page.set_viewport_size({"width": 1280, "height": 900})

    def whole() -> int:
        """How many of the newest stand above the bar at the foot of the window."""
        page = chief.go("/desk/?topic=energy")
        assert "Notiz geschrieben" in page.inner_text("table.queue tbody >> nth=0")
        ends = [each.bounding_box() for each in page.locator("table.queue tbody").all()]
        return sum(each["y"] + each["height"] <= page.locator(".bulk-bar").bounding_box()["y"] for each in ends)

    def look(density: str) -> None:
        page = chief.go("/desk/?topic=energy")
        page.click(".filter summary:has-text('Spalten')")
        for column in ("regions", "last"):
            page.check(f"[name=columns][value={column}]")
        page.check(f"[name=density][value={density}]")
        follow(page, ".filter[open] .panel button")

    try:
        look("comfortable")
        usual = whole()
        assert usual >= 10
        look("compact")
        assert whole() > usual
    finally:
        chief.go("/desk/account").select_option("[name=language]", "en")
        follow(chief.page, "form:has([name=language]) button")
