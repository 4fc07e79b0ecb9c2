"""Reading at the desk: pages as pictures, quarantine, finding, going on where one stopped. On both databases."""

import io
import re
from html import unescape
from pathlib import Path

import httpx
import pikepdf
import pytest

from tests.newsroom import Form, Newsroom, documents, errors, reference_of, wait_for

MD = "# Heading\n\nThe *shepherd* of Ushguli.\n\n| a | b |\n|---|---|\n| გიორგი | 2 |\n".encode()

SETTINGS = {"draw_pages": "received"}


def acting() -> bytes:
    """A PDF with a script that only a parser finds."""
    packed, document = io.BytesIO(), pikepdf.new()
    document.add_blank_page()
    document.Root.OpenAction = document.make_indirect(pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert(1)"))
    document.save(packed, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return packed.getvalue()


def applied(newsroom: Newsroom, editor: httpx.Client, *, name: str, files: dict[str, tuple[str, bytes]]) -> str:
    """Somebody has applied, and all documents have been read and drawn; the address of the application's page."""
    form = Form(newsroom, lang="en")
    answer = form.send(documents() | files, name=name)
    assert answer.status_code == 303, errors(answer.text)
    address = address_of(answer, form.client)
    wait_for(lambda: ready(editor, address), what="drawing")
    return address


def address_of(answer: httpx.Response, applicant: httpx.Client) -> str:
    """The desk's address of an application that was just sent; its private page names the reference."""
    reference = reference_of(applicant.get(answer.headers["location"]).text)
    return f"/desk/applications/{reference}"


def ready(editor: httpx.Client, address: str) -> bool:
    return all("data-under-way" not in editor.get(f"{address}?document={each}").text for each in tabs(editor, address))


def tabs(editor: httpx.Client, address: str) -> list[str]:
    """The documents' ids in the order of reading."""
    return list(dict.fromkeys(re.findall(r"\?document=([0-9a-f-]{36})", editor.get(address).text)))


def stored(newsroom: Newsroom) -> set[str]:
    return {path.name for path in (newsroom.data / "documents").glob("??/*")}


@pytest.fixture(scope="module")
def editor(newsroom: Newsroom) -> httpx.Client:
    return newsroom.editor()


def test_a_document_is_read_as_pictures_of_its_pages(newsroom: Newsroom, editor: httpx.Client) -> None:
    address = applied(newsroom, editor, name="Page Reader", files={"writing_sample": ("story.md", MD)})
    page = editor.get(address).text
    assert re.search(r'aria-current="true">\s*Writing sample', page)
    picture = re.search(r'<img src="(/desk/documents/[^"]+/pages/1\.webp)" width="(\d+)" height="(\d+)"', page)
    assert picture
    answer = editor.get(picture[1])
    assert answer.headers["content-type"] == "image/webp"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.content[8:12] == b"WEBP"
    assert int(picture[2]) > 1200
    assert editor.get(picture[1].replace("/1.webp", "/2.webp")).status_code == 404
    assert newsroom.browser().get(picture[1]).status_code == 303, "strangers see none"
    text = editor.get(f"{address}?show=text").text
    assert "shepherd" in text
    assert "/pages/1.webp" not in text


def test_finding_leads_to_the_page_and_finds_across_scripts(newsroom: Newsroom, editor: httpx.Client) -> None:
    address = applied(newsroom, editor, name="Found Person", files={"writing_sample": ("story.md", MD)})
    page = editor.get(address, params={"find": "giorgi"}).text
    assert "<mark>გიორგი</mark>" in page
    assert 'href="#page-1"' in page
    assert "is not in this document" in editor.get(address, params={"find": "xylophone"}).text
    assert '<mark id="found-1">' in editor.get(address, params={"find": "ushg", "show": "text"}).text


def test_what_would_act_is_kept_in_quarantine_until_an_editor_says_why(
    newsroom: Newsroom, editor: httpx.Client
) -> None:
    address = applied(newsroom, editor, name="Acting File", files={"writing_sample": ("story.pdf", acting())})
    document = tabs(editor, address)[0]
    original = f"/desk/documents/{document}"
    page = editor.get(address).text
    assert "The original is in quarantine." in page
    assert "/pages/1.webp" in page, "its pages are shown all the same"
    wait_for(lambda: "1 in quarantine" in editor.get("/desk/", params={"q": "Acting File"}).text, what="the index")
    assert editor.get(original).status_code == 403
    assert "content-disposition" not in editor.get(original).headers
    assert editor.get(f"{original}/original").text.count("It would run something") == 1
    assert editor.post(f"{original}/release", data={"reason": " "}).status_code == 422
    assert editor.get(original).status_code == 403
    assert editor.post(f"{original}/release", data={"reason": "The applicant explained it."}).status_code == 303
    answer = editor.get(original)
    assert answer.content == acting() or answer.content.startswith(b"%PDF")
    assert answer.headers["content-disposition"].startswith("attachment")
    history = unescape(editor.get(address).text)
    assert "Original released: Writing sample – The applicant explained it." in history
    assert "Original opened: Writing sample" in history


def test_a_reader_cannot_release_but_keeps_their_own_place(newsroom: Newsroom, editor: httpx.Client) -> None:
    newsroom.add_editor(f"ruth{newsroom.port}@example.org", "Ruth Lesend", "reader")
    reader = newsroom.editor(f"ruth{newsroom.port}@example.org")
    address = applied(newsroom, editor, name="Own Place", files={"writing_sample": ("story.pdf", acting())})
    first, second, *_ = tabs(editor, address)
    assert reader.post(f"/desk/documents/{first}/release", data={"reason": "because"}).status_code == 403
    assert reader.post(f"{address}/reading", data={"document": second, "page": 4}).status_code == 204
    assert f'?document={second}" aria-current="true"' in reader.get(address).text
    assert "You were on page 4" in reader.get(address).text
    assert f'?document={first}" aria-current="true"' in editor.get(address).text, "others begin at the beginning"
    foreign = reader.post(f"{address}/reading", data={"document": "01900000-0000-7000-8000-000000000000", "page": 2})
    assert foreign.status_code == 204
    assert "You were on page 4" in reader.get(address).text
    assert reader.post(f"{address}/reading", data={"document": second, "page": 0}).status_code == 422


def test_fsck_knows_the_pictures_and_erasing_takes_them_along(newsroom: Newsroom, editor: httpx.Client) -> None:
    before = stored(newsroom)
    form = Form(newsroom, lang="en")
    answer = form.send(documents() | {"writing_sample": ("story.md", MD)}, name="Forget Me")
    private, address = answer.headers["location"], address_of(answer, form.client)
    wait_for(lambda: ready(editor, address), what="drawing")
    assert editor.post(f"{address}/reading", data={"document": tabs(editor, address)[0], "page": 1}).status_code == 204
    kept = stored(newsroom) - before
    assert len(kept) > 3, "documents and pictures"
    assert newsroom.command("fsck", check=False).returncode == 0
    assert form.client.post(f"{private}/erase", data={"when": "now"}).status_code == 303
    wait_for(lambda: not kept & stored(newsroom), what="forgetting the bytes")


def test_an_original_that_is_not_examined_yet_is_not_handed_out(newsroom: Newsroom, tmp_path: Path) -> None:
    """Without a worker nothing is examined: the page says so, and so does the original."""
    with Newsroom(tmp_path, worker="separate") as waiting:
        editor = waiting.editor()
        form = Form(waiting, lang="en")
        address = address_of(form.send(documents()), form.client)
        document = tabs(editor, address)[0]
        assert "This document is being prepared" in editor.get(address).text
        answer = editor.get(f"/desk/documents/{document}")
        assert answer.status_code == 409
        assert "It has not been examined yet" in answer.text
