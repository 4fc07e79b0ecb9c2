"""Several editors at one desk: the way along a view, who is reading, what others did, two versions side by side."""

import re
from html import unescape

import httpx
import pytest

from tests.newsroom import Form, Newsroom, documents, hidden, reference_of

LEVAN = "levan@example.org"


@pytest.fixture(scope="module")
def levan(newsroom: Newsroom) -> httpx.Client:
    newsroom.add_editor(LEVAN, "Levan Kapanadze", "editor")
    return newsroom.editor(LEVAN)


@pytest.fixture
def nino(newsroom: Newsroom) -> httpx.Client:
    return newsroom.editor()


def apply(newsroom: Newsroom, **fields: object) -> str:
    """A new application, by its reference."""
    answer = Form(newsroom, lang="de").send(documents(), **fields)
    assert answer.status_code == 303, answer.text
    return reference_of(newsroom.browser().get(answer.headers["location"]).text)


def link(html: str, rel: str) -> str | None:
    found = re.search(rf'rel="{rel}" href="([^"]+)"', html)
    return unescape(found[1]) if found else None


def change(client: httpx.Client, reference: str, action: str, **fields: str) -> httpx.Response:
    """What an editor does, with the version that is there unless one is given."""
    path = f"/desk/applications/{reference}"
    fields.setdefault("version", hidden(client.get(path).text, "version"))
    return client.post(f"{path}/{action}", data=fields)


def since(html: str) -> str:
    found = re.search(r"since=([0-9a-f-]{36})", html)
    assert found
    return found[1]


def test_previous_and_next_keep_the_view_and_go_to_its_ends(newsroom: Newsroom, nino: httpx.Client) -> None:
    view = {"topic": "energy", "region": "armenia"}
    mine = [apply(newsroom, topics=["energy"], regions=["armenia"]) for _ in range(3)]
    apply(newsroom, topics=["energy"], regions=["georgia"])
    queue = nino.get("/desk/", params=view).text
    opened = re.findall(r'href="(/desk/applications/CW-[^"]+queue=[^"]+)"', queue)
    assert len(opened) == 3
    page = nino.get(unescape(opened[0])).text
    walked = [page]
    while (following := link(walked[-1], "next")) is not None:
        walked.append(nino.get(following).text)
    assert [re.search(r'class="place".*?(\d of \d)', each, re.DOTALL)[1] for each in walked] == [  # type: ignore[index]
        "1 of 3",
        "2 of 3",
        "3 of 3",
    ]
    assert [reference in each for reference, each in zip(reversed(mine), walked, strict=True)] == [True] * 3
    assert link(page, "prev") is None
    assert f"/desk/applications/{mine[1]}?" in str(link(walked[2], "prev"))
    back = re.search(r'class="place"[^>]*>\s*<a href="([^"]+)"', page)
    assert back
    assert "region=armenia&topic=energy" in unescape(back[1])


def test_the_view_holds_after_a_decision_took_the_application_out_of_it(newsroom: Newsroom, nino: httpx.Client) -> None:
    first, second, third = (apply(newsroom, topics=["migration"]) for _ in range(3))
    view = "status=received&topic=migration"
    nino.get(f"/desk/applications/{second}", params={"queue": view})
    assert change(nino, second, "decide", move="decline").status_code == 303
    page = nino.get(f"/desk/applications/{second}").text
    assert f"/desk/applications/{first}?" in str(link(page, "next"))
    assert f"/desk/applications/{third}?" in str(link(page, "prev"))
    place = page.split('class="place"')[1].split("</nav>")[0]
    assert " of " not in place  # it does not stand in that view any more


def test_the_place_holds_in_an_order_that_ones_own_doing_changes(newsroom: Newsroom, nino: httpx.Client) -> None:
    first, second, third = (apply(newsroom, topics=["economy"]) for _ in range(3))
    nino.get(f"/desk/applications/{second}", params={"queue": "topic=economy&sort=active"})
    assert change(nino, second, "labels", labels="moved").status_code == 303  # now it was active last
    page = nino.get(f"/desk/applications/{second}").text
    assert f"/desk/applications/{first}?" in str(link(page, "next"))
    assert f"/desk/applications/{third}?" in str(link(page, "prev"))


def test_presence_is_seen_by_others_and_ends_with_leaving(
    newsroom: Newsroom, nino: httpx.Client, levan: httpx.Client
) -> None:
    reference = apply(newsroom, name="Presence")
    path = f"/desk/applications/{reference}"
    nino.get(path)
    page = levan.get(path).text
    assert "Nino Beridze is reading this" in page
    assert "Levan Kapanadze is reading" not in page
    assert "Nino Beridze is reading" in levan.get("/desk/").text
    nino.post(f"{path}/presence", data={"leaving": "yes"})
    assert "is reading" not in levan.get(path).text
    again = levan.post(f"{path}/presence")
    assert again.status_code == 200
    assert "is reading" not in again.text


def test_readers_are_seen_too(newsroom: Newsroom, nino: httpx.Client) -> None:
    newsroom.add_editor("ruth@example.org", "Ruth Lesend", "reader")
    reference = apply(newsroom, name="Seen")
    reader = newsroom.editor("ruth@example.org")
    reader.get(f"/desk/applications/{reference}")
    assert "Ruth Lesend is reading this" in nino.get(f"/desk/applications/{reference}").text
    audit = nino.get("/desk/audit").text
    assert "presence" not in audit.lower()


def test_news_of_the_queue_counts_what_fits_the_view_and_names_what_changed(
    newsroom: Newsroom, nino: httpx.Client, levan: httpx.Client
) -> None:
    old = apply(newsroom, regions=["georgia"])
    levan.get(f"/desk/applications/{old}")
    shown = since(nino.get("/desk/", params={"region": "armenia"}).text)
    for regions in (["armenia"], ["armenia", "georgia"], ["azerbaijan"]):
        apply(newsroom, regions=regions)
    assert change(levan, old, "assign", assignee="").status_code == 303
    answer = nino.get("/desk/news", params={"since": shown, "view": "region=armenia"})
    assert "2 new applications" in answer.text
    assert f'data-change="{old}"' in answer.text
    # One's own doing is no news to oneself.
    own = levan.get("/desk/news", params={"since": shown, "view": "region=armenia"})
    assert "data-change" not in own.text


def test_the_page_of_an_application_is_told_what_others_did(
    newsroom: Newsroom, nino: httpx.Client, levan: httpx.Client
) -> None:
    reference = apply(newsroom)
    path = f"/desk/applications/{reference}"
    found = re.search(r'data-since="([0-9a-f-]{36})"', levan.get(path).text)
    assert found
    assert "Load again" not in levan.post(f"{path}/presence", data={"since": found[1]}).text
    assert change(nino, reference, "decide", move="shortlist").status_code == 303
    told = levan.post(f"{path}/presence", data={"since": found[1]}).text
    assert "Nino Beridze" in told
    assert "Shortlist: New → Shortlisted" in told
    assert "Load again" in told


def test_n7_both_versions_stand_side_by_side_and_ours_can_be_sent_again(
    newsroom: Newsroom, nino: httpx.Client, levan: httpx.Client
) -> None:
    reference = apply(newsroom)
    read = hidden(levan.get(f"/desk/applications/{reference}").text, "version")
    theirs = {
        "reason": "A <b>voice</b>",
        "send": "yes",
        "subject": "Gute Nachricht",
        "body": "Liebe Nino,\nkommen Sie.",
    }
    assert change(nino, reference, "decide", move="shortlist", **theirs).status_code == 303
    ours = {"reason": "Not for us", "subject": "Leider", "body": "Guten Tag,\n\ndiesmal <nicht>."}
    answer = change(levan, reference, "decide", version=read, move="decline", **ours)
    assert answer.status_code == 409
    now, wanted = answer.text.split('id="version-yours"')
    for line in ("Somebody else has changed", "Shortlisted", "A &lt;b&gt;voice", "Nino Beridze", "Gute Nachricht"):
        assert line in now
    for line in ("Decline", "Not for us", 'value="Leider"', "diesmal &lt;nicht&gt;."):
        assert line in wanted
    box = re.search(r'name="send" value="yes"([^>]*)>', wanted)
    assert box
    assert "checked" not in box[1]  # it was not to be sent
    again = hidden(wanted, "version")
    assert change(levan, reference, "decide", version=again, move="decline", **ours).status_code == 303
    assert "Declined" in levan.get(f"/desk/applications/{reference}").text


def test_n7_a_step_that_no_longer_exists_keeps_what_was_written(
    newsroom: Newsroom, nino: httpx.Client, levan: httpx.Client
) -> None:
    reference = apply(newsroom)
    read = hidden(levan.get(f"/desk/applications/{reference}").text, "version")
    assert change(nino, reference, "decide", move="decline").status_code == 303
    answer = change(
        levan, reference, "decide", version=read, move="shortlist", reason="Strong", subject="S", body="Long"
    )
    assert answer.status_code == 409
    wanted = answer.text.split('id="version-yours"')[1].split("</form>")[0]
    assert "Do it all the same" not in wanted
    for line in ("Strong", 'value="S"', "Long", "readonly"):
        assert line in wanted


def test_n7_labels_and_assignments_are_kept_too(newsroom: Newsroom, nino: httpx.Client, levan: httpx.Client) -> None:
    reference = apply(newsroom)
    read = hidden(levan.get(f"/desk/applications/{reference}").text, "version")
    assert change(nino, reference, "labels", labels="energy").status_code == 303
    answer = change(levan, reference, "labels", version=read, labels="photos, trial")
    assert answer.status_code == 409
    now, wanted = answer.text.split('id="version-yours"')
    assert "Labels: energy" in now
    assert 'value="photos, trial"' in wanted
    me = re.search(r'<option value="([0-9a-f-]{36})"[^>]*>Levan', answer.text)
    assert me
    answer = change(levan, reference, "assign", version=read, assignee=me[1])
    assert answer.status_code == 409
    assert re.search(rf'id="again-assignee".*?value="{me[1]}" selected', answer.text, re.DOTALL)


def test_what_was_missing_is_said_and_nobody_else_is_blamed(newsroom: Newsroom, nino: httpx.Client) -> None:
    reference = apply(newsroom)
    assert change(nino, reference, "decide", move="decline").status_code == 303
    answer = change(nino, reference, "decide", move="reopen", body="Kept", subject="Kept too")
    assert answer.status_code == 409
    assert "A reason is needed" in answer.text
    assert "Somebody else" not in answer.text
    assert "Kept too" in answer.text


def test_keys_can_be_switched_off_and_then_none_is_shown(nino: httpx.Client) -> None:
    on = nino.get("/desk/").text
    assert 'data-key="/"' in on
    assert "keys.js" in on
    profile = {"name": "Nino Beridze", "language": "en"}
    assert nino.post("/desk/account", data=profile).status_code == 303
    off = nino.get("/desk/").text
    for trace in ("data-key", "<kbd", "aria-keyshortcuts", "keys.js"):
        assert trace not in off
    assert "switched off for you" in nino.get("/desk/keys").text
    assert nino.post("/desk/account", data=profile | {"keys": "yes"}).status_code == 303
    assert "keys.js" in nino.get("/desk/").text


def test_numbers_that_nothing_has_are_refused_like_any_other_mistake(newsroom: Newsroom, nino: httpx.Client) -> None:
    reference, huge = apply(newsroom), 10**20
    some = "01900000-0000-7000-8000-000000000000"
    assert nino.get(f"/desk/documents/{some}/pages/{huge}.webp").status_code == 404
    assert nino.get(f"/desk/templates/{some}?number={huge}").status_code == 422
    bulk = {"chosen": f"{reference}:{huge}", "what": "assign:", "scope": "chosen"}
    assert nino.post("/desk/bulk", data=bulk).status_code in (400, 422)
    assert change(nino, reference, "labels", version=str(huge), labels="x").status_code == 422
