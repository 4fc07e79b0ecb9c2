"""Templates, reasons for declining, mentions in notes, undoing: on both databases."""

import io
import re
import zipfile
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.newsroom import Form, Newsroom, documents, hidden, reference_of, wait_for
from tests.smtp_server import SmtpServer

HOSTILE = "{{ 7*7 }} {% raw %} ${name} {name.__class__} <script>alert(1)</script>"


@pytest.fixture
def reference(newsroom: Newsroom, request: pytest.FixtureRequest) -> str:
    return apply(newsroom, address(request))


def apply(newsroom: Newsroom, email: str, **fields: Any) -> str:
    lang = fields.pop("lang", "de")
    answer = Form(newsroom, lang=lang).send(documents(), email=email, **fields)
    assert answer.status_code == 303, answer.text
    return reference_of(newsroom.browser().get(answer.headers["location"]).text)


def address(request: pytest.FixtureRequest) -> str:
    return re.sub(r"[^a-z0-9]", "", request.node.name.lower())[-60:] + "@example.org"


@pytest.fixture
def patient(newsroom: Newsroom) -> Iterator[Newsroom]:
    """The newsroom with ten minutes to undo."""
    for minutes in ("10", "0"):
        newsroom.stop()
        newsroom.environment["AUFRUF_UNDO_MINUTES"] = minutes
        newsroom.start()
        if minutes == "10":
            yield newsroom


def page(editor: httpx.Client, reference: str, **query: str) -> str:
    return editor.get(f"/desk/applications/{reference}", params=query).text


def act(editor: httpx.Client, reference: str, what: str, **fields: str) -> httpx.Response:
    version = hidden(page(editor, reference), "version")
    return editor.post(f"/desk/applications/{reference}/{what}", data={"version": version} | fields)


def template(editor: httpx.Client, **fields: str) -> httpx.Response:
    return editor.post("/desk/templates", data={"kind": "declined", "name": "Short"} | fields)


def test_s16_a_template_is_filled_in_for_the_applicant_and_edited_before_it_goes(
    newsroom: Newsroom, smtp: SmtpServer, request: pytest.FixtureRequest
) -> None:
    editor = newsroom.editor()
    reference = apply(newsroom, address(request), name="Ana {fee} {questions_address}")
    body = "Liebe/r {name},\n\n{{ 7*7 }} bleibt.\n{keeping}\n{reference}"
    refused = template(editor, subject_de="Zu {reference}", body_de=body)
    assert refused.status_code == 422
    assert "{ 7*7 }" in refused.text  # named, and what was written is kept
    assert "bleibt." in refused.text
    saved = template(editor, subject_de="Zu {reference}", body_de=body.replace("{{ 7*7 }}", "Text ${x"))
    assert saved.status_code == 303, saved.text
    key = re.search(r"/desk/templates/([0-9a-f-]{36})", saved.headers["location"])
    assert key
    panel = page(editor, reference, move="decline", template=key[1])
    assert f"Zu {reference}" in panel
    assert "Liebe/r Ana (fee) (questions_address)," in panel  # a stranger's braces are no placeholder
    assert "Text ${x" in panel
    assert "Built-in text" in panel
    fields = {"move": "decline", "send": "yes", "subject": f"Zu {reference}", "body": "Leider nein."}
    assert act(editor, reference, "decide", **fields).status_code == 303
    mail = wait_for(
        lambda: [each for each in smtp.to(address(request)) if each.message["Subject"] == f"Zu {reference}"]
    )
    assert "Leider nein." in mail[0].part("plain")


def test_s16_hostile_templates_are_text(newsroom: Newsroom, reference: str) -> None:
    editor = newsroom.editor()
    answer = editor.post(
        "/desk/templates/preview",
        data={"kind": "message", "name": "x", "language": "de", "reference": reference, "subject_de": HOSTILE}
        | {"body_de": HOSTILE},
    )
    assert answer.status_code == 200
    preview = answer.text[answer.text.index('id="preview"') :]
    letter = preview[preview.index('class="letter"') : preview.index("</section>")]  # without the reference above it
    assert "{{ 7*7 }} {% raw %} $ნინო წერეთელი {name.__class__} &lt;script&gt;" in letter
    assert "49" not in letter
    assert "<script>alert" not in answer.text


def test_a_mail_with_places_to_fill_in_is_not_sent(newsroom: Newsroom, reference: str) -> None:
    editor = newsroom.editor()
    fields = {"move": "shortlist", "send": "yes", "subject": "Hallo", "body": "Das Honorar ist {fee}."}
    answer = act(editor, reference, "decide", **fields)
    assert answer.status_code == 422
    assert "Still to be filled in: {fee}" in answer.text
    assert "Das Honorar ist {fee}." in answer.text
    assert "New → Shortlisted" not in page(editor, reference)


def test_templates_have_versions_a_standard_and_a_way_back(newsroom: Newsroom, reference: str) -> None:
    editor = newsroom.editor()
    new = editor.get("/desk/templates/new", params={"kind": "shortlisted"}).text
    assert "{keeping}" in new  # named among the placeholders
    assert "We will be in touch soon" in new  # begins as the built-in text
    first = template(
        editor,
        kind="shortlisted",
        name="Warm",
        standard="yes",
        subject_de="Eins",
        body_de="Erster Text {name} {reference}",
    )
    path = first.headers["location"].split("?")[0]
    fields = {
        "template_id": path.split("/")[-1],
        "number": "1",
        "kind": "shortlisted",
        "name": "Warm",
        "standard": "yes",
    }
    assert template(editor, **fields, subject_de="Zwei", body_de="Zweiter {name}").status_code == 303
    stale = template(editor, **fields, subject_de="Drei", body_de="Dritter {name}")
    assert stale.status_code == 409
    assert "Dritter" in stale.text
    shown = editor.get(path).text
    assert "Version 2" in shown
    assert "without {reference}" in shown
    assert "Erster Text" in editor.get(path, params={"number": "1"}).text
    assert "Zweiter ნინო" in page(editor, reference, move="shortlist")  # the standard one is proposed first
    listed = editor.get("/desk/templates").text
    assert "missing in: English, Russian, Georgian, Armenian and Azerbaijani" in listed
    back = editor.post("/desk/templates/reset", data=fields | {"number": "2"})
    assert back.status_code == 303
    assert "engeren Wahl" in page(editor, reference, move="shortlist")
    assert editor.post(f"{path}/remove").status_code == 303
    assert editor.get(path).status_code == 404
    assert "Template changed: Warm (de" in editor.get("/desk/audit").text


def test_only_administrators_write_templates_and_everybody_reads_them(newsroom: Newsroom) -> None:
    newsroom.add_editor("anna@example.org", "Anna Weiß", "editor")
    anna = newsroom.editor("anna@example.org")
    made = template(newsroom.editor(), name="Read me", subject_de="a", body_de="b").headers["location"]
    assert "Read me" in anna.get("/desk/templates").text
    shown = anna.get(made)
    assert shown.status_code == 200
    assert 'class="plain" disabled' in shown.text
    assert template(anna, subject_de="a", body_de="b").status_code == 403
    assert anna.get("/desk/templates/built-in/declined").status_code == 200


def test_declining_names_a_reason_that_can_be_counted_and_admins_change_the_list(
    newsroom: Newsroom, reference: str
) -> None:
    editor = newsroom.editor()
    assert editor.post("/desk/reasons", data={"label": "  "}).status_code == 422
    assert editor.post("/desk/reasons", data={"label": "Too <b>far</b> away"}).status_code == 303
    panel = page(editor, reference, move="decline")
    assert "Region covered already" in panel
    key = re.search(r'<option value="(too_b_far_b_away_[0-9a-f]{8})"', panel)
    assert key
    fields = {"move": "decline", "reason_key": key[1], "reason": "Only weekends"}
    assert act(editor, reference, "decide", **fields).status_code == 303
    shown = page(editor, reference)
    assert "Decline: New → Declined – Too &lt;b&gt;far&lt;/b&gt; away – Only weekends" in shown
    data = {"key": key[1], "label": "Far away", "shown": "Too <b>far</b> away"}  # no longer offered
    assert editor.post("/desk/reasons/change", data=data).status_code == 303
    assert "Far away" in page(editor, reference)
    act(editor, reference, "decide", move="reopen", reason="once more")
    assert key[1] not in page(editor, reference, move="decline")
    assert act(editor, reference, "decide", move="decline", reason_key=key[1]).status_code == 303
    assert page(editor, reference).count("– Far away") == 1  # a reason no longer offered is not taken


def test_a_colleague_named_in_a_note_gets_a_mail_and_a_line_in_their_list(
    newsroom: Newsroom, smtp: SmtpServer, reference: str
) -> None:
    newsroom.add_editor("levan@example.org", "Levan Kapanadze", "editor")
    newsroom.add_editor("lela@example.org", "Lela <i>K", "reader")
    chief, levan = newsroom.editor(), newsroom.editor("levan@example.org")
    text = "@levan, @Lela <i>K and me@levan.org: what does @Nino Beridze think? <script>alert(1)</script>"
    assert act(chief, reference, "notes", text=text).status_code == 422  # a note carries no version
    assert chief.post(f"/desk/applications/{reference}/notes", data={"text": text}).status_code == 303
    subject = f"You were mentioned in a note on {reference}"
    for who in ("levan", "lela"):
        mails = wait_for(
            lambda who=who: [got for got in smtp.to(f"{who}@example.org") if got.message["Subject"] == subject]
        )
        assert len(mails) == 1
    message = mails[0]
    assert f"/desk/applications/{reference}#notes" in message.part("plain")
    for words in ("ნინო", "giorgi", "what does", "alert"):
        assert words not in message.part("plain")
    assert not smtp.to("chief@example.org")  # nobody writes to themselves
    listed = levan.get("/desk/mentions").text
    assert "Mark all as read" in listed
    assert (
        '<strong class="mention">@levan</strong>, <strong class="mention">@Lela &lt;i&gt;K</strong> and me@levan.org'
        in listed
    )
    assert "<script>alert" not in listed
    assert re.search(r'Mentions <span class="count">1<', levan.get("/desk/").text)
    page(levan, reference)  # who has opened the application has seen it
    assert not re.search(r'Mentions <span class="count">', levan.get("/desk/").text)
    reader = newsroom.editor("lela@example.org")
    assert reader.post("/desk/mentions/seen").status_code == 303
    assert "Mark all as read" not in reader.get("/desk/mentions").text


def test_p2_what_is_handed_out_names_no_colleague_s_address(newsroom: Newsroom, request: pytest.FixtureRequest) -> None:
    newsroom.add_editor("otar@example.org", "Otar Dvali", "editor")
    link = Form(newsroom, lang="de").send(documents(), email=address(request)).headers["location"]
    reference = reference_of(newsroom.browser().get(link).text)
    note = {"text": "@Otar Dvali: worth a call?"}
    assert newsroom.editor().post(f"/desk/applications/{reference}/notes", data=note).status_code == 303
    archive = newsroom.browser().get(f"{link}/export.zip")
    assert archive.status_code == 200
    held = zipfile.ZipFile(io.BytesIO(archive.content)).read("data.json").decode()
    assert "worth a call?" in held
    assert "otar@example.org" not in held


def test_assignments_and_labels_can_be_undone_while_nothing_else_has_changed(patient: Newsroom, reference: str) -> None:
    editor = patient.editor()
    me = re.search(r'<option value="([0-9a-f-]{36})"', page(editor, reference))
    assert me
    assert act(editor, reference, "assign", assignee=me[1]).status_code == 303
    assert act(editor, reference, "undo").status_code == 303
    shown = page(editor, reference)
    assert "Assignment taken back" in shown
    assert f'<option value="{me[1]}" selected' not in shown
    assert f"{reference}/undo" not in shown  # once is enough
    act(editor, reference, "labels", labels="energy, photos")
    act(editor, reference, "labels", labels="wrong")
    stale = {"version": hidden(page(editor, reference), "version")}
    assert act(editor, reference, "undo").status_code == 303
    assert 'value="energy, photos"' in page(editor, reference)
    assert editor.post(f"/desk/applications/{reference}/undo", data=stale).status_code == 409
