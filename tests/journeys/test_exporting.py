"""Views of the queue leave the house as files: complete, harmless, and only to whoever asked (issue: exports)."""

import csv
import io
import json
import re
import xml.etree.ElementTree as ElementTree
import zipfile

import httpx

from tests.journeys.test_reading import acting
from tests.newsroom import PDF, Form, Newsroom, documents, hidden, originals, reference_of, wait_for

FORMULA = '=HYPERLINK("http://evil.example","x")'


def exported(editor: httpx.Client, query: str, format: str) -> httpx.Response:
    """Ask for an export and wait until it can be taken."""
    answer = editor.post("/desk/export", data={"query": query, "format": format})
    assert answer.status_code == 303
    page = answer.headers["location"]
    wait_for(lambda: f"{page}/file" in editor.get(page).text, what="the export")
    file = editor.get(f"{page}/file")
    assert file.status_code == 200
    assert file.headers["content-disposition"].startswith("attachment")
    assert file.headers["content-security-policy"].startswith("sandbox")
    return file


def apply(newsroom: Newsroom, **fields: object) -> str:
    form = Form(newsroom, lang="en")
    answer = form.send(documents(), **fields)
    assert answer.status_code == 303
    return reference_of(form.client.get(answer.headers["location"]).text)


def test_s7_a_view_as_a_table_holds_its_applications_and_no_formula(newsroom: Newsroom) -> None:
    inside = apply(newsroom, name=FORMULA, email="sheet@example.org", regions=["armenia"], about="+995 555")
    outside = apply(newsroom, email="other@example.org", regions=["georgia"])
    editor = newsroom.editor()
    page = editor.get("/desk/export?region=armenia")
    assert page.status_code == 200
    assert 'value="region=armenia"' in page.text
    text = exported(editor, "region=armenia", "csv").content.decode("utf-8-sig")
    rows = {row["reference"]: row for row in csv.DictReader(io.StringIO(text))}
    assert inside in rows
    assert outside not in rows
    assert rows[inside]["name"] == "'" + FORMULA
    assert rows[inside]["about"] == "'+995 555"
    book = exported(editor, "region=armenia", "xlsx").content
    with zipfile.ZipFile(io.BytesIO(book)) as parts:
        sheet = ElementTree.fromstring(parts.read("xl/worksheets/sheet1.xml"))
    tags = {element.tag.rpartition("}")[2] for element in sheet.iter()}
    assert "f" not in tags
    assert "hyperlink" not in tags
    assert inside in "".join(sheet.itertext())
    data = {each["reference"]: each for each in exported(editor, "region=armenia", "json").json()}
    assert data[inside]["name"] == FORMULA
    assert data[inside]["regions"] == ["armenia"]
    assert [each["kind"] for each in data[inside]["documents"]] == ["cv", "cover_letter", "writing_sample"]


def test_an_archive_has_a_folder_for_each_application_with_its_documents(newsroom: Newsroom) -> None:
    reference = apply(newsroom, name="../../etc", email="folder@example.org", topics=["energy"])
    editor = newsroom.editor()
    originals(editor, reference)
    archive = exported(editor, "topic=energy", "zip").content
    with zipfile.ZipFile(io.BytesIO(archive)) as packed:
        assert packed.testzip() is None
        names = packed.namelist()
        own = [name for name in names if name.startswith(reference)]
        assert len(own) == 3
        assert all(name.count("/") == 1 and ".." not in name.split("/") for name in names if "/" in name)
        assert packed.read(own[0]) == PDF.read_bytes()
        assert {"applications.csv", "applications.json"} <= set(names)
        assert reference in json.dumps(json.loads(packed.read("applications.json")))


def test_what_is_in_quarantine_is_in_no_archive(newsroom: Newsroom) -> None:
    form, editor = Form(newsroom, lang="en"), newsroom.editor()
    answer = form.send(documents() | {"cv": ("cv.pdf", acting())}, name="Acting CV", regions=["azerbaijan"])
    reference = reference_of(form.client.get(answer.headers["location"]).text)
    address = f"/desk/applications/{reference}"
    page = editor.get(address).text
    tabs = list(dict.fromkeys(re.findall(r"\?document=([0-9a-f-]{36})", page)))
    examined = [f"/desk/documents/{each}" for each in tabs]
    wait_for(lambda: [editor.get(each).status_code for each in examined] == [200, 200, 403], what="the deep look")
    with zipfile.ZipFile(io.BytesIO(exported(editor, "region=azerbaijan", "zip").content)) as packed:
        own = sorted(name for name in packed.namelist() if name.startswith(reference))
        assert len(own) == 3
        assert "quarantine" in packed.read(own[0]).decode()
        assert not any(b"OpenAction" in packed.read(name) or packed.read(name) == acting() for name in own)


def test_an_export_belongs_to_whoever_asked_and_goes_when_somebody_is_erased(newsroom: Newsroom) -> None:
    newsroom.add_editor("second@example.org", "Zweite Redakteurin", "editor")
    editor, other = newsroom.editor(), newsroom.editor("second@example.org")
    page = editor.post("/desk/export", data={"query": "", "format": "json"}).headers["location"]
    wait_for(lambda: f"{page}/file" in editor.get(page).text, what="the export")
    assert other.get(page).status_code == 404
    assert other.get(f"{page}/file").status_code == 404
    form = Form(newsroom, lang="en")
    link = form.send(documents(), email="vanishing@example.org").headers["location"]
    form.client.post(f"{link}/erase", data={"when": "now"})
    assert editor.get(page).status_code == 404
    audit = editor.get("/desk/audit").text
    assert "Export asked for: JSON" in audit


def test_what_somebody_may_no_longer_see_is_in_no_file_made_before(newsroom: Newsroom) -> None:
    newsroom.add_editor("third@example.org", "Dritter Redakteur", "admin")
    chief, other = newsroom.editor(), newsroom.editor("third@example.org")

    def made(editor: httpx.Client) -> str:
        page = str(editor.post("/desk/export", data={"query": "", "format": "json"}).headers["location"])
        wait_for(lambda: f"{page}/file" in editor.get(page).text, what="the export")
        return page

    mine, theirs = made(chief), made(other)
    team = chief.get("/desk/team").text
    [person] = re.findall(r"third@example\.org.*?/desk/team/([0-9a-f-]{36})/role", team, re.S)[:1]
    assert chief.post(f"/desk/team/{person}/role", data={"role": "editor"}).status_code == 303
    wait_for(lambda: other.get(theirs).status_code == 404, what="the export to go")
    assert chief.get(mine).status_code == 200
    address = f"/desk/applications/{apply(newsroom)}"
    hide = {"version": hidden(chief.get(address).text, "version"), "shown": ""}
    assert chief.post(f"{address}/reveal", data=hide).status_code == 303
    assert chief.get(mine).status_code == 404
