"""What applicants can do with their data: have it, have it erased, have the link sent again (P2, P3, S4)."""

import io
import json
import re
import zipfile

from tests.newsroom import PDF, Form, Newsroom, documents, reference_of, wait_for
from tests.smtp_server import SmtpServer


def applied(newsroom: Newsroom, email: str, **fields: str) -> tuple[Form, str, str]:
    """A new application: its form, its private page's path, its reference."""
    form = Form(newsroom, lang="en")
    answer = form.send(documents(), email=email, **fields)
    assert answer.status_code == 303
    link = answer.headers["location"]
    reference = reference_of(form.client.get(link).text)
    return form, link, reference


def test_p2_everything_held_is_handed_out_at_once(newsroom: Newsroom) -> None:
    form, link, reference = applied(newsroom, "export@example.org", about="I know the mountains", keep="yes")
    editor = newsroom.editor()
    editor.post(f"/desk/applications/{reference}/notes", data={"text": "@Nino Beridze, a note about the person"})
    answer = form.client.get(link + "/export.zip")
    assert answer.status_code == 200
    assert answer.headers["content-disposition"].startswith("attachment")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as packed:
        assert packed.testzip() is None
        held = json.loads(packed.read("data.json"))["held"]
        names = packed.namelist()
        assert packed.read("documents/01-cv-cv.pdf") == PDF.read_bytes()
    assert len([name for name in names if name.startswith("documents/")]) == 3
    person = held["application"]["rows"][0]
    assert (person["name"], person["email"], person["about"]) == (
        "ნინო წერეთელი",
        "export@example.org",
        "I know the mountains",
    )
    assert [row["text"] for row in held["note"]["rows"]] == ["@…, a note about the person"]
    assert {row["kind"] for row in held["event"]["rows"]} >= {"received", "noted", "exported"}
    assert "Nino Beridze" not in json.dumps(held, ensure_ascii=False)
    assert all(held[table]["purpose"] for table in held)


def test_the_pool_is_joined_and_left_on_the_private_page(newsroom: Newsroom) -> None:
    form, link, reference = applied(newsroom, "pool@example.org")
    assert "You may keep them" in form.client.get(link).text
    assert form.client.post(link + "/keep", data={"keep": "yes"}).status_code == 303
    assert "Do not keep them any longer" in form.client.get(link).text
    page = newsroom.editor().get(f"/desk/applications/{reference}", params={"document": "about"}).text
    assert "may be kept" in page
    form.client.post(link + "/keep", data={"keep": ""})
    assert "You may keep them" in form.client.get(link).text


def test_erasing_in_a_week_can_be_taken_back(newsroom: Newsroom) -> None:
    form, link, reference = applied(newsroom, "week@example.org")
    form.client.post(link + "/erase", data={"when": "week"})
    page = form.client.get(link).text
    assert "Everything will be erased on" in page
    assert "Erase now" in page
    assert 'name="keep"' not in page
    assert "wants everything erased" in newsroom.editor().get(f"/desk/applications/{reference}").text
    form.client.post(link + "/erase", data={"when": "never"})
    assert "Everything will be erased on" not in form.client.get(link).text


def test_p3_erasing_now_leaves_nothing_and_tells_the_office(newsroom: Newsroom, smtp: SmtpServer) -> None:
    form, link, reference = applied(newsroom, "gone@example.org", name="Erasable Person")
    receipt = re.search(
        r"-----BEGIN RECEIPT-----.*?-----END RECEIPT-----", form.client.get(link + "/receipt").text, re.DOTALL
    )
    answer = form.client.post(link + "/erase", data={"when": "now"})
    assert answer.headers["location"] == "/en/erased"
    assert form.client.get("/en/erased").status_code == 200
    assert form.client.get(link).status_code == 404
    editor = newsroom.editor()
    assert editor.get(f"/desk/applications/{reference}").status_code == 404
    assert reference not in editor.get("/desk/", params={"q": "Erasable Person"}).text
    told = wait_for(
        lambda: next((got for got in smtp.got if f"{reference} wurde gel" in str(got.message["Subject"])), None),
        what="the notice to the office",
    )
    assert "Erasable" not in told.part("plain")
    assert receipt
    assert form.client.post("/en/verify", data={"receipt": receipt[0]}).status_code == 200


def test_s4_a_lost_link_comes_by_mail_and_nobody_is_told_whether_there_is_one(
    newsroom: Newsroom, smtp: SmtpServer
) -> None:
    _form, link, reference = applied(newsroom, f"lost.{newsroom.port}@example.org")
    client = newsroom.browser()
    known = client.post("/en/lost-link", data={"email": f"Lost.{newsroom.port}@example.org"})
    unknown = client.post("/en/lost-link", data={"email": "nobody@example.org"})
    assert known.status_code == unknown.status_code == 200
    assert known.text == unknown.text

    def sent() -> str | None:
        for got in smtp.got:
            if f"lost.{newsroom.port}@example.org" in got.recipients and "The link to" in str(got.message["Subject"]):
                return got.part("plain")
        return None

    text = wait_for(sent, what="the mail with the link")
    fresh = re.search(r"/en/applications/[\w-]{43}", text)
    assert fresh
    assert fresh[0] != link
    assert reference in client.get(fresh[0]).text
    assert client.get(link).status_code == 200
    assert not [got for got in smtp.got if "nobody@example.org" in got.recipients]
    assert client.post("/en/lost-link", data={"email": "no address"}).status_code == 422
