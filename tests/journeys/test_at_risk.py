"""People at risk: a pen name that stands first, and how to reach somebody safely before anybody writes."""

import io
import json
import re
import sqlite3
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.documents import telling_files
from tests.newsroom import (
    PATIENCE,
    PDF,
    ROOT,
    SLUG,
    Form,
    Newsroom,
    documents,
    errors,
    files_below,
    hidden,
    reference_of,
    wait_for,
)
from tests.smtp_server import Got, SmtpServer
from tests.tus import Tus

NAME, PEN_NAME, SAFELY = "Verborgen Beispiel", "Тихая вода", "Signal only,\nnever by phone <b>"


@pytest.fixture(scope="module")
def newsroom(tmp_path_factory: pytest.TempPathFactory, smtp: SmtpServer) -> Iterator[Newsroom]:
    with Newsroom(tmp_path_factory.mktemp("at-risk"), smtp_url=smtp.url) as running:
        yield running


@pytest.fixture(scope="module")
def private_page(newsroom: Newsroom) -> str:
    form = Form(newsroom, lang="en")
    answer = form.send(documents(), name=NAME, pen_name=PEN_NAME, safe_contact=SAFELY, email="hidden@example.org")
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


@pytest.fixture
def reference(newsroom: Newsroom, private_page: str) -> str:
    return reference_of(newsroom.browser().get(private_page).text)


def test_the_pen_name_stands_first_and_finds(newsroom: Newsroom, reference: str) -> None:
    editor = newsroom.editor()
    page = editor.get(f"/desk/applications/{reference}").text
    assert f"<h1><bdi>{PEN_NAME}</bdi></h1>" in page
    assert f"<bdi>{NAME}</bdi> · {reference}" in page
    found = wait_for(lambda: PEN_NAME in (text := editor.get("/desk/?q=tikhaya").text) and text, what="the index")
    assert re.search(rf'id="row-{reference}".*?<bdi>{PEN_NAME}</bdi></a>.*?<bdi>{NAME}</bdi> · ', found, re.S)


def test_how_to_reach_safely_is_read_before_anybody_writes(newsroom: Newsroom, reference: str) -> None:
    editor = newsroom.editor()
    shown = '<span dir="auto">Signal only,\nnever by phone &lt;b&gt;</span>'
    assert editor.get(f"/desk/applications/{reference}").text.count(shown) == 2  # beside deciding, above the box
    assert editor.get(f"/desk/applications/{reference}?move=decline").text.count(shown) == 3
    assert editor.get(f"/desk/applications/{reference}?ask=correction").text.count(shown) == 2


def test_no_mail_carries_the_pen_name_with_the_name_or_the_address(
    newsroom: Newsroom, reference: str, smtp: SmtpServer
) -> None:
    mails = wait_for(
        lambda: len(found := [each for each in smtp.got if reference.encode() in each.content]) == 2 and found
    )
    for mail in mails:
        text = f"{mail.message.items()} {mail.part('plain')} {mail.part('html')}"
        told = {word for word in (NAME, PEN_NAME, "hidden@example.org") if word in text}
        assert told in ({NAME, "hidden@example.org"}, {PEN_NAME}), mail.recipients
        assert "Signal" not in text


def test_both_are_the_applicants_to_see_and_to_take_away(newsroom: Newsroom, private_page: str) -> None:
    client = newsroom.browser()
    page = client.get(private_page).text
    assert PEN_NAME in page
    assert "never by phone &lt;b&gt;" in page
    archive = zipfile.ZipFile(io.BytesIO(client.get(f"{private_page}/export.zip").content))
    told = json.loads(archive.read(next(name for name in archive.namelist() if name.endswith(".json"))))
    assert json.dumps(PEN_NAME)[1:-1] in json.dumps(told)
    assert "never by phone <b>" in json.dumps(told)


def test_what_is_too_long_is_said_beside_its_field(newsroom: Newsroom) -> None:
    answer = Form(newsroom, lang="en").send(documents(), pen_name="x" * 201, safe_contact="y" * 501)
    assert answer.status_code == 422
    assert set(errors(answer.text)) == {"pen_name", "safe_contact"}


def test_whoever_reviews_blind_sees_neither_but_that_there_is_a_safe_way(newsroom: Newsroom, tmp_path: Path) -> None:
    call = (ROOT / "app" / "calls" / f"{SLUG}.toml").read_text()
    call = call.replace(f'slug = "{SLUG}"', 'slug = "blind"').replace("blind_reviews = false", "blind_reviews = true")
    (tmp_path / "blind.toml").write_text(call)
    newsroom.command("call", "load", str(tmp_path / "blind.toml"))
    newsroom.add_editor("levan@example.org", "Levan Kapanadze", "editor")
    sent = Form(newsroom, lang="en", slug="blind").send(documents(), pen_name="Offen", safe_contact="Threema ABCD")
    reference = reference_of(newsroom.browser().get(sent.headers["location"]).text)
    blind = newsroom.editor("levan@example.org").get(f"/desk/applications/{reference}").text
    assert "Offen" not in blind
    assert "Threema" not in blind
    assert "let an administrator write" in blind
    assert "Threema ABCD" in newsroom.editor().get(f"/desk/applications/{reference}").text


def test_what_files_tell_is_said_before_sending_and_removed_with_one_click(newsroom: Newsroom) -> None:
    form = Form(newsroom, lang="en")
    told = documents() | {"cv": ("cv.docx", telling_files.docx())}
    incomplete = form.send(told, step="check", consent=None)
    assert incomplete.status_code == 422
    assert f"<bdi>{telling_files.NAME}</bdi>" in incomplete.text
    assert 'value="clean-cv"' in incomplete.text
    assert 'value="clean-writing_sample"' not in incomplete.text  # tells of nobody
    back = form.send({}, step="clean-cv", about="Half a line", consent=None)
    assert back.status_code == 303
    page = form.client.get(back.headers["location"]).text
    assert "Removed." in page
    assert telling_files.NAME not in page
    assert "Half a line" in page
    assert page.count("✓") == 3
    sent = form.send({})
    assert sent.status_code == 303
    export = form.client.get(f"{sent.headers['location']}/export.zip").content
    archive = zipfile.ZipFile(io.BytesIO(export))
    cv = zipfile.ZipFile(io.BytesIO(archive.read(next(name for name in archive.namelist() if "cv.docx" in name))))
    assert b"Es steht da" in cv.read("word/document.xml")
    assert all(telling_files.NAME.encode() not in cv.read(name) for name in cv.namelist())


def test_a_document_sent_in_pieces_is_looked_into_before_it_is_sent_and_kept_where_that_fails(
    newsroom: Newsroom,
) -> None:
    form = Form(newsroom, lang="en")
    content = telling_files.docx("<w:r><w:t>Nobody</w:t></w:r>" + " " * 100)
    upload = Tus(newsroom, form.draft).create("cv", "cv.docx", len(content), content)
    assert upload.status_code == 201
    rest = {kind: file for kind, file in documents().items() if kind != "cv"}
    check = form.send(rest, step="check").headers["location"]
    page = form.client.get(check).text
    assert f"<bdi>{telling_files.COMPANY}</bdi>" in page
    clean = check.removesuffix("/check") + "/documents/cv/clean"
    with ThreadPoolExecutor() as twice:
        answers = twice.map(form.client.post, [clean, clean])
    assert ["Removed." in form.client.get(answer.headers["location"]).text for answer in answers] == [True, True]
    assert telling_files.COMPANY not in form.client.get(check).text
    # A picture whose format we do not write: the file stays as it was.
    stubborn = telling_files.docx(shot=telling_files.tiff())
    form.send({"cv": ("cv.docx", stubborn)}, step="check")
    before = hidden(form.client.get(check).text, "seen")  # a fingerprint of every document
    answer = form.client.get(form.client.post(clean).headers["location"]).text
    assert "This could not be removed" in answer
    assert "Kamerawerk" in answer
    assert hidden(answer, "seen") == before
    assert "/documents/cv/clean" not in answer  # not tried again
    assert "We could not remove" in answer
    for path, stored in files_below(newsroom.data / "documents"):
        if stored == stubborn:
            path.write_bytes(telling_files.docx())  # were it tried again, it would go well now
    assert form.client.post(clean).headers["location"].endswith("not_removed")


def test_who_says_anew_how_to_be_reached_is_not_written_to_by_an_editor_who_has_not_seen_it(newsroom: Newsroom) -> None:
    applicant = newsroom.browser()
    sent = Form(newsroom, lang="en").send(documents())
    private = sent.headers["location"]
    reference = reference_of(applicant.get(private).text)
    editor, address = newsroom.editor(), f"/desk/applications/{reference}"
    version = hidden(editor.get(address).text, "version")
    saved = applicant.post(f"{private}/safe-contact", data={"safe_contact": "Only\r\nby letter"})
    assert saved.status_code == 303
    assert "Saved." in applicant.get(saved.headers["location"]).text
    assert applicant.post(f"{private}/safe-contact", data={"safe_contact": "x" * 501}).status_code == 422
    refused = editor.post(f"{address}/messages", data={"version": version, "message": "May I call you?"})
    assert refused.status_code == 409
    assert "Only\nby letter" in refused.text
    assert "changed how to be reached safely" in editor.get(address).text


def test_documents_of_a_message_tell_nothing_more_if_the_applicant_wishes(newsroom: Newsroom) -> None:
    applicant = newsroom.browser()
    private = Form(newsroom, lang="en").send(documents()).headers["location"]

    def write(*files: tuple[str, bytes], **fields: str) -> httpx.Response:
        parts = [("attachments", file) for file in files]
        address = f"{private}/messages?reply={'r' * 43}"
        return applicant.post(address, data={"text": "Here it is"} | fields, files=parts or {"attachments": ("", b"")})

    telling = ("a.docx", telling_files.docx()), ("b.docx", telling_files.docx(shot=telling_files.tiff()))
    silent = ("c.rtf", rb"{\rtf1{\*\rsidtbl \rsid4711}Ja}")  # what it holds is not worth a word, and goes all the same
    left = write(*telling, silent, clean="yes")
    assert left.status_code == 422
    assert re.findall(r"(.\.docx): What this file tells", left.text) == ["b.docx"] * 2  # in the summary, at the control
    assert 'name="clean" value="yes" checked' in left.text
    assert write().status_code == 303  # as it is
    archive = zipfile.ZipFile(io.BytesIO(applicant.get(f"{private}/export.zip").content))
    files = [name for name in archive.namelist() if name.endswith("docx")]
    assert b"4711" not in archive.read(next(name for name in archive.namelist() if name.endswith("c.rtf")))
    tells = {name[-6:]: telling_files.NAME in str(unpacked(archive.read(name))) for name in files}
    assert (tells["a.docx"], tells["b.docx"]) == (False, True)


def unpacked(content: bytes) -> list[bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return [archive.read(name) for name in archive.namelist()]


def test_no_mail_to_the_office_names_whoever_uses_a_pen_name_by_a_file_or_a_signature(
    newsroom: Newsroom, smtp: SmtpServer
) -> None:
    files = documents() | {"cv": ("CV Nino Realname.pdf", PDF.read_bytes())}
    sent = Form(newsroom, lang="en").send(files, name="Nino Realname", pen_name="Ferne", email="realname@example.org")
    applicant, private = newsroom.browser(), sent.headers["location"]
    reference = reference_of(applicant.get(private).text)
    written = applicant.post(
        f"{private}/messages?reply={'p' * 43}",
        data={"text": "Yours, Nino Realname"},
        files={"attachments": ("Realname 2.pdf", PDF.read_bytes())},
    )
    assert written.status_code == 303, written.text

    def to_office() -> list[Got]:
        mails = [each for each in smtp.got if reference.encode() in each.content]
        return [each for each in mails if "realname@example.org" not in each.recipients]

    for mail in wait_for(lambda: len(mails := to_office()) == 2 and mails):
        text = f"{mail.message.items()} {mail.part('plain')} {mail.part('html')}"
        assert "ealname" not in text
        assert "Ferne" in text


def test_a_draft_can_be_erased_when_its_call_has_closed(newsroom: Newsroom) -> None:
    form = Form(newsroom, lang="en")
    assert form.send(documents(), step="save", name="Too Late").status_code == 303
    with closed(newsroom):
        page = form.client.get(f"/en/drafts/{form.draft}")
        assert page.status_code == 410
        assert f'action="/en/drafts/{form.draft}/forget"' in page.text
        gone = form.client.post(f"/en/drafts/{form.draft}/forget")
        assert gone.status_code == 303
        assert "is erased" in form.client.get(gone.headers["location"]).text
        assert form.client.get(f"/en/drafts/{form.draft}").status_code == 404


@contextmanager
def closed(newsroom: Newsroom) -> Iterator[None]:
    """The call's last day is long over."""
    database = sqlite3.connect(newsroom.data / "aufruf.db", isolation_level=None, timeout=PATIENCE)
    [[before]] = database.execute("SELECT content FROM call WHERE json_extract(content, '$.slug') = ?", [SLUG])
    over = json.dumps(json.loads(before) | {"opens_on": "2020-01-01", "closes_on": "2020-02-01"})
    database.execute("UPDATE call SET content = ? WHERE content = ?", [over, before])
    try:
        yield
    finally:
        database.execute("UPDATE call SET content = ? WHERE content = ?", [before, over])
        database.close()
