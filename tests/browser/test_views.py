"""Views, columns and orders in a browser, with scripts and without; nothing for axe to find."""

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import follow
from tests.newsroom import Form, Newsroom, documents

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
