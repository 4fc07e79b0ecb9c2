"""Several applications at once: drafted, looked through, sent together or held back, undone; on both databases."""

import re
from typing import Any

import httpx
import pytest

from tests.journeys.test_letters import act, address, apply, page
from tests.newsroom import Newsroom, hidden, reference_of, wait_for
from tests.smtp_server import SmtpServer

LANGUAGES = ("de", "ka", "en")


@pytest.fixture(scope="module")
def patient(newsroom: Newsroom) -> Newsroom:
    """The newsroom with ten minutes to undo."""
    newsroom.stop()
    newsroom.environment["AUFRUF_UNDO_MINUTES"] = "10"
    newsroom.start()
    return newsroom


@pytest.fixture
def references(patient: Newsroom, request: pytest.FixtureRequest) -> list[str]:
    """Three applications in three languages."""
    return [apply(patient, f"{lang}.{address(request)}", lang=lang, name=f"Bulk {lang}") for lang in LANGUAGES]


def boxes(editor: httpx.Client, references: list[str]) -> list[str]:
    """What the queue's boxes of these applications would send."""
    found = re.findall(r'name="chosen" value="(CW-[0-9A-Z]{6}:\d+)"', editor.get("/desk/?status=open").text)
    return [box for box in found if box.split(":")[0] in references]


def choose(editor: httpx.Client, references: list[str], what: str, **fields: Any) -> httpx.Response:
    data = {"chosen": boxes(editor, references), "what": what, "scope": "chosen"} | fields
    return editor.post("/desk/bulk", data=data)


def items(editor: httpx.Client, path: str) -> dict[str, str]:
    """Each application's line on the page of a bulk, by reference."""
    parts = re.split(r'<li id="item-', editor.get(path).text)[1:]
    return {reference_of(part): part for part in parts}


def change(editor: httpx.Client, path: str, part: str, **fields: str) -> int:
    """Press a button beside one application, its mail as it was edited; the status."""
    mail = {"item": part[:36]} if "body" in fields else {}
    return editor.post(f"{path}/items/{part[:36]}", data=fields | mail).status_code


def test_mails_of_a_bulk_are_drafted_changed_left_out_and_sent_together(
    patient: Newsroom, smtp: SmtpServer, references: list[str], request: pytest.FixtureRequest
) -> None:
    editor = patient.editor()
    made = choose(editor, references, "move:decline")
    assert made.status_code == 303, made.text
    path = made.headers["location"]
    drafted = items(editor, path)
    assert set(drafted) == set(references)
    assert "Guten Tag" in drafted[references[0]] or "Bulk de" in drafted[references[0]]
    assert "პატივცემულო Bulk ka" in drafted[references[1]]
    assert "Dear Bulk en," in drafted[references[2]]
    assert "New" in page(editor, references[0])  # nothing has been done
    fields = {"subject": "Eigener Betreff", "body": "Eigener Text mit {fee}", "action": "save"}
    assert change(editor, path, drafted[references[0]], **fields) == 303
    assert change(editor, path, drafted[references[2]], action="leave_out") == 303
    refused = editor.post(f"{path}/apply")
    assert refused.status_code == 422
    assert "Still to be filled in: {fee}" in refused.text
    change(editor, path, drafted[references[0]], **fields | {"body": "Eigener Text"})
    reason = {"reason_key": "timing", "reason": "All at once", "with_mail": "yes", "template": "", "set_up": "yes"}
    assert editor.post(f"{path}/set-up", data=reason).status_code == 303
    assert "Eigener Text" in items(editor, path)[references[0]]
    assert "1" in editor.get("/desk/bulk").text
    assert editor.post(f"{path}/apply").status_code == 303
    assert editor.post(f"{path}/apply").status_code == 409  # twice is once
    done = editor.get(path).text
    assert "2 done" in done
    assert "1 left out" in done
    shown = page(editor, references[0])
    assert "Decline: New → Declined – Not the right time – All at once, with mail" in shown
    assert "New" in page(editor, references[2]).split("state")[1]
    waiting = editor.get("/desk/mail").text
    assert "Eigener Betreff" in waiting
    assert not [got for got in smtp.to(f"de.{address(request)}") if got.message["Subject"] == "Eigener Betreff"]


def test_a_bulk_is_undone_for_one_and_for_all_but_not_where_somebody_has_gone_on(
    patient: Newsroom, references: list[str]
) -> None:
    editor = patient.editor()
    path = choose(editor, references, "move:shortlist").headers["location"]
    assert editor.post(f"{path}/apply").status_code == 303
    lines = items(editor, path)
    assert editor.post(f"{path}/items/{lines[references[0]][:36]}/undo").status_code == 303
    assert "Shortlist taken back, again New" in page(editor, references[0])
    assert act(editor, references[1], "decide", move="accept").status_code == 303
    assert editor.post(f"{path}/undo").status_code == 303
    shown = editor.get(path).text
    assert "2 taken back" in shown
    assert "too late to take back" in items(editor, path)[references[1]]
    assert "Accepted" in page(editor, references[1])
    assert editor.get("/desk/mail", params={"state": "taken_back"}).text.count("/desk/mail/0") >= 2


def test_what_somebody_changed_in_between_is_not_overwritten(patient: Newsroom, references: list[str]) -> None:
    editor = patient.editor()
    path = choose(editor, references, "move:shortlist").headers["location"]
    act(editor, references[0], "labels", labels="seen")
    act(editor, references[1], "decide", move="decline")
    lines = items(editor, path)
    assert "Changed since it was chosen" in lines[references[0]]
    change(editor, path, lines[references[0]], subject="S", body="B", action="as_it_is")
    editor.post(f"{path}/apply")
    lines = items(editor, path)
    assert "somebody changed it in between" in lines[references[1]]
    assert "1 not done" in editor.get(path).text
    assert "Shortlisted" in page(editor, references[0])
    assert "Declined" in page(editor, references[1])


def test_labels_and_assignments_are_done_at_once_and_undone_together(patient: Newsroom, references: list[str]) -> None:
    editor = patient.editor()
    act(editor, references[0], "labels", labels="energy")
    path = choose(editor, references, "add_label", label="Photos, <b>").headers["location"]
    assert "3 done" in editor.get(path).text
    assert 'value="Photos &lt;b&gt;, energy"' in page(editor, references[0])
    assert editor.post(f"{path}/undo").status_code == 303
    assert 'value="energy"' in page(editor, references[0])
    path = choose(editor, references, "remove_label", label="ENERGY").headers["location"]
    assert 'value="energy"' not in page(editor, references[0])
    me = re.search(r'<option value="assign:([0-9a-f-]{36})"[^>]*>Nino', editor.get("/desk/?status=open").text)
    assert me
    path = choose(editor, references, f"assign:{me[1]}").headers["location"]
    assert "Assign to Nino Beridze" in editor.get(path).text
    assert "Assigned to Nino Beridze" in page(editor, references[1])
    assert editor.post(f"{path}/undo").status_code == 303
    assert "Assignment taken back" in page(editor, references[1])


def test_all_of_a_view_is_done_by_the_worker_with_progress(patient: Newsroom, request: pytest.FixtureRequest) -> None:
    editor = patient.editor()
    for number in range(52):
        apply(patient, f"n{number}.{address(request)}", lang="de", languages=["hyw"])
    answer = editor.post(
        "/desk/bulk", data={"scope": "view", "view": "language=hyw", "what": "add_label", "label": "many"}
    )
    assert answer.status_code == 303, answer.text
    path = answer.headers["location"]
    wait_for(lambda: "52 done" in editor.get(path).text, what="the worker's bulk")
    assert editor.get(path).text.count('<li id="item-') == 25
    assert editor.post(f"{path}/undo").status_code == 303
    wait_for(lambda: "52 taken back" in editor.get(path).text, what="undoing it")


def test_a_mail_to_several_is_written_with_a_template_and_needs_a_text_in_each_language(
    patient: Newsroom, references: list[str]
) -> None:
    editor = patient.editor()
    texts = {
        "subject_de": "Treffen {reference}",
        "body_de": "Liebe {name}",
        "subject_en": "Meeting",
        "body_en": "Hi {name}",
    }
    new = editor.post("/desk/templates", data={"kind": "message", "name": "Meeting"} | texts)
    template = re.search(r"[0-9a-f-]{36}", new.headers["location"])
    assert template
    path = choose(editor, references, "mail").headers["location"]
    assert editor.post(f"{path}/apply").status_code == 422  # nothing is written yet
    editor.post(f"{path}/set-up", data={"template": template[0], "with_mail": "yes", "set_up": "yes"})
    lines = items(editor, path)
    assert f"Treffen {references[0]}" in lines[references[0]]
    assert "No text in: Georgian" in lines[references[1]]
    written = {"subject": "შეხვედრა", "body": "გამარჯობა", "action": "save"}
    assert change(editor, path, lines[references[1]], **written) == 303
    assert editor.post(f"{path}/apply").status_code == 303
    assert "3 done" in editor.get(path).text
    assert "შეხვედრა" in editor.get("/desk/mail").text
    assert editor.post(f"{path}/undo").status_code == 303
    assert "3 taken back" in editor.get(path).text
    assert "შეხვედრა" not in editor.get("/desk/mail").text


def test_what_stands_on_the_page_is_what_happens(
    patient: Newsroom, smtp: SmtpServer, references: list[str], request: pytest.FixtureRequest
) -> None:
    """The button sends off the page as it is: a reason, an edited mail, a tick taken away just before."""
    editor = patient.editor()
    path = choose(editor, references[:1], "move:decline").headers["location"]
    (line,) = items(editor, path).values()
    mail = {"item": line[:36], "subject": "Zuletzt", "body": "Noch schnell"}
    # Another template, or mails after all: they are shown before they go.
    first = editor.post(f"{path}/apply", data=mail | {"set_up": "yes", "with_mail": "yes", "template": "built_in"})
    assert first.headers["location"].endswith("?anew=yes#anew")
    page_again = editor.get(first.headers["location"]).text
    assert "these mails did not stand here before" in page_again
    assert "Noch schnell" in page_again
    last = {"set_up": "yes", "with_mail": "", "template": "built_in", "reason": "Just before"}
    assert editor.post(f"{path}/apply", data=mail | last).status_code == 303
    shown = page(editor, references[0])
    assert "Declined – Just before" in shown
    assert "with mail" not in shown
    assert editor.post(f"{path}/apply", data={"item": line[:36]}).status_code == 422


def test_a_draft_is_held_back_resumed_by_a_colleague_and_discarded(patient: Newsroom, references: list[str]) -> None:
    patient.add_editor("vera@example.org", "Vera Lomidze", "editor")
    patient.add_editor("ruth@example.org", "Ruth Lesend", "reader")
    editor, vera, ruth = (patient.editor(f"{who}@example.org") for who in ("chief", "vera", "ruth"))
    path = choose(editor, references, "move:accept").headers["location"]
    assert path in vera.get("/desk/bulk").text
    assert "/apply" not in ruth.get(path).text
    assert ruth.post(f"{path}/apply").status_code == 403
    assert vera.post(f"{path}/discard").status_code == 303
    assert path not in vera.get("/desk/bulk").text
    assert editor.post(f"{path}/apply").status_code == 409
    assert "New" in page(editor, references[0]).split("state")[1]


def test_nothing_chosen_or_nothing_said_is_told(patient: Newsroom, references: list[str]) -> None:
    editor = patient.editor()
    assert "No application is chosen" in editor.post("/desk/bulk", data={"what": "move:decline"}).text
    for what in ("", "fly", "move:withdraw", "move:ask_trial_piece", "add_label", "assign:nobody"):
        answer = choose(editor, references, what, view="status=open")
        assert answer.status_code == 422, what
        assert "It is not clear" in answer.text
        assert 'href="/desk/?status=open"' in answer.text
    bad = editor.post("/desk/bulk", data={"what": "move:decline", "chosen": ["CW-1:x"]})
    assert bad.status_code == 422
    assert hidden(editor.get("/desk/?status=open").text, "view") == "status=open"
