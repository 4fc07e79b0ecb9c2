"""The desk: roles, moves with their mails, labels, notes, two editors at once, on both databases."""

import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests.newsroom import Form, Newsroom, documents, hidden, reference_of, wait_for
from tests.smtp_server import SmtpServer


@pytest.fixture
def reference(newsroom: Newsroom, request: pytest.FixtureRequest) -> str:
    """A new application, by its reference."""
    answer = Form(newsroom, lang="de").send(documents(), email=address(request))
    assert answer.status_code == 303, answer.text
    return reference_of(newsroom.browser().get(answer.headers["location"]).text)


def address(request: pytest.FixtureRequest) -> str:
    return re.sub(r"[^a-z0-9]", "", request.node.name.lower())[-60:] + "@example.org"


def version(editor: httpx.Client, reference: str) -> str:
    return hidden(editor.get(f"/desk/applications/{reference}").text, "version")


def decide(editor: httpx.Client, reference: str, move: str, **fields: Any) -> httpx.Response:
    data = {"version": version(editor, reference), "move": move} | fields
    return editor.post(f"/desk/applications/{reference}/decide", data=data)


def test_a_decision_moves_the_application_and_its_edited_mail_leaves(
    newsroom: Newsroom, smtp: SmtpServer, reference: str, request: pytest.FixtureRequest
) -> None:
    editor = newsroom.editor()
    panel = editor.get(f"/desk/applications/{reference}", params={"move": "shortlist"})
    assert "engeren Wahl" in panel.text  # the letter is proposed in the applicant's language
    fields = {"send": "yes", "subject": "Zu Ihrer Bewerbung", "body": "Guten Tag,\n\n<b>kommen</b> Sie vorbei."}
    assert decide(editor, reference, "shortlist", **fields).status_code == 303
    page = editor.get(f"/desk/applications/{reference}").text
    assert "Shortlisted" in page
    mails = wait_for(
        lambda: [got for got in smtp.to(address(request)) if got.message["Subject"] == "Zu Ihrer Bewerbung"]
    )
    assert "<b>kommen</b>" in mails[0].part("plain")
    assert "&lt;b&gt;kommen" in mails[0].part("html")
    assert "Shortlist: New → Shortlisted" in page  # the history tells of it


def test_a_decision_without_mail_sends_none(newsroom: Newsroom, reference: str) -> None:
    editor = newsroom.editor()
    assert decide(editor, reference, "decline", subject="x", body="y").status_code == 303
    page = editor.get(f"/desk/applications/{reference}").text
    assert "Declined" in page
    assert "with mail" not in page


def test_the_workflow_refuses_moves_that_it_does_not_have(newsroom: Newsroom, reference: str) -> None:
    editor = newsroom.editor()
    assert decide(editor, reference, "engage").status_code == 409
    assert decide(editor, reference, "withdraw").status_code == 409
    assert decide(editor, reference, "fly").status_code == 422


def test_reopening_wants_a_reason(newsroom: Newsroom, reference: str) -> None:
    editor = newsroom.editor()
    decide(editor, reference, "decline")
    assert decide(editor, reference, "reopen").status_code == 409
    assert decide(editor, reference, "reopen", reason="A second look").status_code == 303
    assert "A second look" in editor.get(f"/desk/applications/{reference}").text


def test_n7_two_editors_cannot_overwrite_each_other(newsroom: Newsroom, reference: str) -> None:
    newsroom.add_editor("levan@example.org", "Levan Kapanadze", "editor")
    first, second = newsroom.editor(), newsroom.editor("levan@example.org")
    read = version(first, reference)

    def post(job: tuple[httpx.Client, str]) -> httpx.Response:
        client, move = job
        data = {"version": read, "move": move, "reason": f"because {move}"}
        return client.post(f"/desk/applications/{reference}/decide", data=data)

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(post, [(first, "shortlist"), (second, "decline")]))
    assert sorted(answer.status_code for answer in answers) == [303, 409]
    refused = next(answer for answer in answers if answer.status_code == 409)
    assert "Somebody else has changed this application" in refused.text
    done = "Shortlisted" if answers[0].status_code == 303 else "Declined"
    assert done in refused.text


def test_labels_assignment_and_notes_are_kept_and_told(newsroom: Newsroom, reference: str) -> None:
    editor = newsroom.editor()
    path = f"/desk/applications/{reference}"
    labels = {"version": version(editor, reference), "labels": "energy, <i>fast</i>, energy"}
    assert editor.post(f"{path}/labels", data=labels).status_code == 303
    me = re.search(r'<option value="([0-9a-f-]{36})"', editor.get(path).text)
    assert me
    assign = {"version": version(editor, reference), "assignee": me[1]}
    assert editor.post(f"{path}/assign", data=assign).status_code == 303
    assert editor.post(f"{path}/notes", data={"text": "Strong <script>alert(1)</script>"}).status_code == 303
    page = editor.get(path).text
    assert "Labels: &lt;i&gt;fast&lt;/i&gt;, energy" in page
    assert "Assigned to" in page
    assert "Strong &lt;script&gt;" in page
    assert "<script>alert" not in page
    assert reference in editor.get("/desk/", params={"label": "energy", "assignee": me[1]}).text
    wait_for(lambda: reference in editor.get("/desk/", params={"q": "energy"}).text, what="finding by label")


def test_a_decision_can_be_taken_back_until_its_mail_leaves(
    newsroom: Newsroom, smtp: SmtpServer, request: pytest.FixtureRequest
) -> None:
    applicant = Form(newsroom, lang="en")
    private = applicant.send(documents(), email=address(request)).headers["location"]
    reference = reference_of(applicant.client.get(private).text)
    newsroom.stop()
    newsroom.environment["AUFRUF_UNDO_MINUTES"] = "10"
    newsroom.start()
    try:
        editor = newsroom.editor()
        decide(editor, reference, "decline", send="yes", subject="Leider", body="Diesmal nicht.")
        page = editor.get(f"/desk/applications/{reference}").text
        assert "Take back" in page
        assert "Your application has arrived" in applicant.client.get(private).text  # nothing is told yet
        back = {"version": version(editor, reference)}
        assert editor.post(f"/desk/applications/{reference}/take-back", data=back).status_code == 303
        page = editor.get(f"/desk/applications/{reference}").text
        assert "Decline taken back, again New" in page
        assert not [got for got in smtp.to(address(request)) if got.message["Subject"] == "Leider"]
        assert "Leider" in editor.get("/desk/mail", params={"state": "taken_back"}).text
        # Two decisions, one mail: the first one's is held back, and the page says so.
        decide(editor, reference, "shortlist", send="yes", subject="Engere Wahl", body="Ja.")
        decide(editor, reference, "decline", send="yes", subject="Absage", body="Nein.")
        page = editor.get(f"/desk/applications/{reference}").text
        assert "The mail of “Shortlist” was held back" in page
        assert "with mail, mail of “Shortlist” held back" in page
        waiting = editor.get("/desk/mail").text
        assert "Absage" in waiting
        assert "Engere Wahl" not in waiting
        assert "Your application has arrived" in applicant.client.get(private).text
    finally:
        newsroom.stop()
        newsroom.environment["AUFRUF_UNDO_MINUTES"] = "0"
        newsroom.start()
    told = applicant.client.get(private).text
    assert "It did not work out this time" in told
    assert "The mail that we have sent you says more." in told


def test_the_applicant_can_withdraw_and_both_sides_hear_of_it(
    newsroom: Newsroom, smtp: SmtpServer, request: pytest.FixtureRequest
) -> None:
    client = newsroom.browser()
    answer = Form(newsroom, lang="en").send(documents(), email=address(request))
    link = answer.headers["location"]
    assert client.post(f"{link}/withdraw").status_code == 303
    assert client.post(f"{link}/withdraw").status_code == 303  # twice is once
    page = client.get(link).text
    assert "You have withdrawn your application" in page
    reference = reference_of(page)
    mine = smtp.wait_for(address(request), 2)
    assert [got.message["Subject"] for got in mine][1] == f"You have withdrawn your application {reference}"
    office = wait_for(
        lambda: [got for got in smtp.to("redaktion@caucasuswatch.de") if f"{reference} wurde" in got.message["Subject"]]
    )
    assert len(office) == 1


def test_the_mail_page_never_shows_the_private_link(newsroom: Newsroom, request: pytest.FixtureRequest) -> None:
    answer = Form(newsroom, lang="en").send(documents(), email=address(request))
    secret = answer.headers["location"].split("/")[-1]
    editor = newsroom.editor()

    def sent() -> list[str]:
        return re.findall(r'href="(/desk/mail/[0-9a-f-]{36})"', editor.get("/desk/mail", params={"state": "sent"}).text)

    wait_for(sent, what="a sent mail")
    for link in sent():
        page = editor.get(link)
        assert page.status_code == 200
        assert secret not in page.text


def test_filters_narrow_widen_and_show_their_numbers(newsroom: Newsroom, request: pytest.FixtureRequest) -> None:
    editor = newsroom.editor()
    for regions in (["armenia"], ["armenia", "azerbaijan"]):
        assert Form(newsroom).send(documents(), regions=regions, languages=["hy"]).status_code == 303

    def shown(**view: Any) -> int:
        return len(re.findall(r'href="/desk/applications/CW-', editor.get("/desk/", params=view).text))

    assert shown(region="armenia", language="hy") == 2
    assert shown(region="azerbaijan", language="hy") == 1
    assert shown(region=["armenia", "azerbaijan"], language="hy") == 2
    assert shown(region="georgia", language="hy") == 0
    page = editor.get("/desk/", params={"language": "hy"}).text
    assert re.search(r'Azerbaijan</span> <span class="count">1<', page)
    assert re.search(r'Armenia</span> <span class="count">2<', page)
