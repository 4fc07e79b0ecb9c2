"""Views of the queue as editors use them: whose turn it is, orders, exclusions, saved, shared, started with."""

import re

import httpx
import pytest

from tests.newsroom import Form, Newsroom, documents


@pytest.fixture(scope="module")
def applied(newsroom: Newsroom) -> Newsroom:
    """Three applications: from Armenia, from Georgia, and from both; and a second editor."""
    newsroom.add_editor("levan@example.org", "Levan Kapanadze", "editor")
    for name, regions in (("Anahit", ["armenia"]), ("Gela", ["georgia"]), ("Both", ["armenia", "georgia"])):
        assert Form(newsroom).send(documents(), name=name, regions=regions).status_code == 303
    return newsroom


def names(editor: httpx.Client, address: str) -> list[str]:
    page = editor.get(address)
    assert page.status_code == 200
    return re.findall(r'<th scope="rowgroup"><a href="/desk/applications/[^"]+"><bdi>([^<]+)</bdi>', page.text)


def test_the_desk_opens_with_what_needs_action_and_says_why(applied: Newsroom) -> None:
    page = applied.editor().get("/desk/").text
    assert "<h1>Needs action</h1>" in page
    assert "nobody has read it" in page
    assert re.search(r'Needs action</span> <span class="count">3<', page)
    assert re.search(r'Waiting for the applicant</span> <span class="count">0<', page)


def test_values_widen_filters_narrow_and_no_takes_away(applied: Newsroom) -> None:
    editor = applied.editor()
    assert names(editor, "/desk/?sort=received") == ["Both", "Gela", "Anahit"]
    assert names(editor, "/desk/?sort=-received") == ["Anahit", "Gela", "Both"]
    assert names(editor, "/desk/?region=armenia&region=georgia") == ["Both", "Gela", "Anahit"]
    assert names(editor, "/desk/?no_region=armenia") == ["Gela"]
    assert names(editor, "/desk/?region=georgia&no_region=armenia") == ["Gela"]
    assert names(editor, "/desk/?from=2000-01-01&to=2000-12-31") == []
    assert "Region: not Armenia" in editor.get("/desk/?no_region=armenia").text


def test_a_view_is_saved_renamed_shared_started_with_and_deleted(applied: Newsroom) -> None:
    chief, other = applied.editor(), applied.editor("levan@example.org")
    saved = chief.post("/desk/views", data={"name": "Not <b>Armenia", "query": "no_region=armenia"})
    assert saved.headers["location"] == "/desk/?no_region=armenia"
    page = chief.get("/desk/views").text
    assert "Not &lt;b&gt;Armenia" in page
    view = re.search(r'action="/desk/views/([0-9a-f-]{36})"', page)
    assert view
    assert "Armenia" not in other.get("/desk/views").text
    assert other.post(f"/desk/views/{view[1]}", data={"name": "Mine now"}).status_code == 404
    assert chief.post(f"/desk/views/{view[1]}", data={"name": "South", "shared": "yes"}).status_code == 303
    assert "South" in other.get("/desk/").text
    assert other.post("/desk/views/start", data={"start": view[1]}).status_code == 303
    assert names(other, "/desk/") == ["Gela"]
    assert "South" in other.get("/desk/").text.split("<h1>")[1].split("</h1>")[0]
    assert chief.post(f"/desk/views/{view[1]}/delete", data={}).status_code == 303
    assert "<h1>Needs action</h1>" in other.get("/desk/").text
    audit = chief.get("/desk/audit").text
    assert "View shared" in audit
    assert "South" not in audit  # a title may name somebody, and the trail stays


def test_columns_and_density_are_kept_for_each_editor(applied: Newsroom) -> None:
    chief, other = applied.editor(), applied.editor("levan@example.org")
    chosen = {"columns": ["state", "received"], "density": "compact", "query": "turn=us"}
    assert chief.post("/desk/views/look", data=chosen).headers["location"] == "/desk/?turn=us"
    head = chief.get("/desk/").text.split("<thead>")[1].split("</thead>")[0]
    assert "Received" in head
    assert "Regions" not in head
    assert "queue compact" in chief.get("/desk/").text
    assert "queue compact" not in other.get("/desk/").text


def test_who_only_reads_keeps_views_but_shares_none(applied: Newsroom) -> None:
    applied.add_editor("ruth@example.org", "Ruth Lesend", "reader")
    reader = applied.editor("ruth@example.org")
    assert reader.post("/desk/views", data={"name": "Own", "query": "turn=us"}).status_code == 303
    assert reader.post("/desk/views", data={"name": "All", "query": "", "shared": "yes"}).status_code == 403
