"""Save and come back, check, then send: a draft lives on the server, and its address is all that leads to it."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from uuid import UUID

import httpx
import pytest
import sqlalchemy as sa

from app.database import engine_for
from tests.newsroom import FIELDS, Form, Newsroom, away_from_midnight, documents, errors, hidden, wait_for
from tests.smtp_server import SmtpServer

SETTINGS = {"draw_pages": "received"}


def step(form: Form, which: str, files: dict[str, tuple[str, bytes]] | None = None, **fields: object) -> httpx.Response:
    return form.send(files or {}, step=which, **fields)


def words_of(html: str) -> list[str]:
    listed = html[html.index('<ol class="words"') :]
    return re.findall(r"<li>([a-z]+)</li>", listed[: listed.index("</ol>")])


def rows(newsroom: Newsroom, statement: str) -> list[tuple[object, ...]]:
    url = newsroom.environment["AUFRUF_DATABASE_URL"].replace("postgresql://", "postgresql+psycopg://")
    engine = engine_for(url)
    with engine.connect() as connection:
        found = [tuple(row) for row in connection.execute(sa.text(statement))]
    engine.dispose()
    return found


def test_a_form_is_saved_half_filled_in_and_brought_back_by_its_link_on_another_device(newsroom: Newsroom) -> None:
    form = Form(newsroom, lang="en")
    saved = step(form, "save", {"cv": documents()["cv"]}, email=None, consent=None, about="One\nTwo")
    assert saved.status_code == 303
    assert saved.headers["location"] == f"/en/drafts/{form.draft}/saved"
    page = form.client.get(saved.headers["location"])
    assert f"{newsroom.url}/en/drafts/{form.draft}" in page.text
    elsewhere = newsroom.browser().get(f"/ka/drafts/{form.draft}")
    assert elsewhere.status_code == 200
    assert hidden(elsewhere.text, "draft") == form.draft
    assert 'value="ნინო წერეთელი"' in elsewhere.text
    assert "One\nTwo" in elsewhere.text
    assert "cv.pdf" in elsewhere.text
    assert re.search(r'value="georgia" checked', elsewhere.text)
    assert not errors(elsewhere.text)
    assert "set-cookie" not in elsewhere.headers


def test_the_words_lead_back_however_they_are_written_and_wrong_ones_lead_nowhere(newsroom: Newsroom) -> None:
    form = Form(newsroom, lang="en")
    step(form, "save", name="Wordy")
    words = words_of(form.client.get(f"/en/drafts/{form.draft}/saved").text)
    assert len(words) == 7
    assert f">{newsroom.url}/en/continue</a>" in form.client.get(f"/en/drafts/{form.draft}/saved").text  # for paper
    anyone = newsroom.browser()
    for typed in (" ".join(words), ", ".join(word.upper() for word in words), "-".join(word[:4] for word in words)):
        answer = anyone.post("/ka/continue", data={"phrase": typed})
        assert answer.headers.get("location") == f"/ka/drafts/{form.draft}", typed
    for typed in ("", "abandon " * 7, " ".join(words[:6]), " ".join(reversed(words)), "გამარჯობა", "a" * 500):
        answer = anyone.post("/en/continue", data={"phrase": typed})
        assert answer.status_code == 422, typed
        assert "lead to nothing" in answer.text
        assert list(errors(answer.text)) == ["phrase"]


def test_neither_the_link_nor_the_words_stand_in_the_database(newsroom: Newsroom) -> None:
    form = Form(newsroom, lang="en")
    step(form, "save", name="Hidden Away")
    words = words_of(form.client.get(f"/en/drafts/{form.draft}/saved").text)
    drafts = [str(row) for row in rows(newsroom, "SELECT * FROM draft") if "Hidden Away" in str(row)]
    assert len(drafts) == 1
    assert form.draft not in drafts[0]
    assert " ".join(words) not in drafts[0]
    assert not all(word in drafts[0] for word in words)  # one may be: "away", "example", "age"


def test_what_is_typed_is_saved_as_it_is_typed(newsroom: Newsroom) -> None:
    form = Form(newsroom, lang="en")
    path = form.path.replace("/apply", "/draft")
    answer = form.client.post(path, data={"draft": form.draft, "name": "N"})
    assert answer.json() == {"saved": True, "address": f"/en/drafts/{form.draft}"}
    form.client.post(path, data={"draft": form.draft, "name": "Nino", "links": ["https://example.org", ""]})
    page = form.client.get(f"/en/drafts/{form.draft}").text
    assert 'value="Nino"' in page
    assert 'value="https://example.org"' in page
    assert form.client.post(path, data={"draft": form.draft, "name": "x" * 110_000}).status_code == 422
    assert form.client.post(path, data={"draft": form.draft, "status": "accepted"}).status_code == 422
    assert 'value="Nino"' in form.client.get(f"/en/drafts/{form.draft}").text


def test_everything_is_shown_before_it_is_sent_and_each_part_can_be_changed(newsroom: Newsroom) -> None:
    form = Form(newsroom, lang="en")
    answer = step(form, "check", documents(), email="check@example.org", about="I write <b>about</b> rivers.")
    assert answer.headers["location"] == f"/en/drafts/{form.draft}/check"
    page = form.client.get(answer.headers["location"])
    assert page.status_code == 200
    for shown in (
        "ნინო წერეთელი",
        "check@example.org",
        "Georgian and Russian",
        "&lt;b&gt;about&lt;/b&gt;",
        "letter.txt",
    ):
        assert shown in page.text, shown
    for field in ("name", "email", "regions", "about", "cv", "writing_sample", "consent"):
        assert f'href="/en/drafts/{form.draft}#{field}"' in page.text
    sent = form.client.post(f"/en/drafts/{form.draft}/send", data={"seen": hidden(page.text, "seen")})
    assert sent.status_code == 303
    assert "CW-" in form.client.get(sent.headers["location"]).text
    assert rows(newsroom, "SELECT count(*) FROM application WHERE email = 'check@example.org'") == [(1,)]


def test_the_pages_of_the_documents_are_shown_as_the_editors_will_see_them(newsroom: Newsroom) -> None:
    form = Form(newsroom, lang="en")
    step(form, "check", documents(), email="pages@example.org")
    path = f"/en/drafts/{form.draft}/check"

    def pictures() -> list[str]:
        return re.findall(r'<img src="([^"]+\.webp)"', form.client.get(path).text)

    found = wait_for(lambda: len(pictures()) == 3 and pictures(), what="pictures of three pages")
    for address in found:
        answer = newsroom.browser().get(address)
        assert answer.headers["content-type"] == "image/webp"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.content.startswith(b"RIFF")
    other = Form(newsroom, lang="en")
    step(other, "save", name="Curious")
    assert newsroom.browser().get(found[0].replace(form.draft, other.draft)).status_code == 404


def test_what_is_missing_is_named_before_the_check_and_everything_is_kept(newsroom: Newsroom) -> None:
    form = Form(newsroom, lang="en")
    answer = step(form, "check", {"cv": documents()["cv"]}, email="nobody")
    assert answer.status_code == 422
    assert list(errors(answer.text)) == ["email", "cover_letter", "writing_sample"]
    assert form.client.get(f"/en/drafts/{form.draft}/check").status_code == 422
    assert form.client.post(f"/en/drafts/{form.draft}/send", data={"seen": ""}).status_code in (409, 422)
    again = form.client.get(f"/en/drafts/{form.draft}").text
    assert 'value="nobody"' in again
    assert "cv.pdf" in again
    assert step(form, "dance").status_code == 422


def test_what_changed_on_another_device_is_shown_before_it_is_sent(newsroom: Newsroom) -> None:
    form = Form(newsroom, lang="en")
    step(form, "check", documents(), email="two@example.org")
    seen = hidden(form.client.get(f"/en/drafts/{form.draft}/check").text, "seen")
    path = form.path.replace("/apply", "/draft")
    newer = {"draft": form.draft} | FIELDS | {"email": "changed@example.org"}
    assert newsroom.browser().post(path, data=newer).json()["saved"]
    answer = form.client.post(f"/en/drafts/{form.draft}/send", data={"seen": seen})
    assert answer.status_code == 409
    assert "changed@example.org" in answer.text
    again = form.client.post(f"/en/drafts/{form.draft}/send", data={"seen": hidden(answer.text, "seen")})
    assert again.status_code == 303


def test_n4_one_draft_on_two_devices_makes_one_application(newsroom: Newsroom) -> None:
    form = Form(newsroom, lang="en")
    step(form, "check", documents(), email="once@example.org")
    seen = hidden(form.client.get(f"/en/drafts/{form.draft}/check").text, "seen")
    other = newsroom.browser()
    first = form.client.post(f"/en/drafts/{form.draft}/send", data={"seen": seen})
    second = other.post(f"/en/drafts/{form.draft}/send", data={"seen": seen})
    third = form.send(documents(), email="once@example.org")
    fourth = other.get(f"/en/drafts/{form.draft}")
    assert {each.headers["location"] for each in (first, second, third, fourth)} == {first.headers["location"]}
    assert rows(newsroom, "SELECT count(*) FROM application WHERE email = 'once@example.org'") == [(1,)]
    kept = other.post(form.path.replace("/apply", "/draft"), data={"draft": form.draft, "name": "Late"})
    assert kept.json()["saved"] is False


def test_after_sending_nothing_of_the_draft_is_left_but_the_application(newsroom: Newsroom, smtp: SmtpServer) -> None:
    form = Form(newsroom, lang="en")
    step(form, "save", documents(), email="left@example.org")
    words = words_of(form.client.get(f"/en/drafts/{form.draft}/saved").text)
    mail = {"email": "left@example.org", "remind": "yes"}
    assert form.client.post(f"/en/drafts/{form.draft}/mail", data=mail).status_code == 303
    wait_for(lambda: smtp.to("left@example.org"))
    waiting = "SELECT kind FROM outgoing_mail WHERE recipient = 'left@example.org' AND state = 'waiting'"
    assert wait_for(lambda: rows(newsroom, waiting) == [("draft_reminder",)])
    assert form.send({}, email="left@example.org").status_code == 303
    assert ("draft_reminder",) not in rows(newsroom, waiting)
    found = rows(
        newsroom,
        "SELECT d.fields, d.phrase_hash, d.sealed_token FROM draft d JOIN application a ON a.draft_id = d.id"
        " WHERE a.email = 'left@example.org'",
    )
    assert found == [(None, None, None)]
    assert newsroom.browser().post("/en/continue", data={"phrase": " ".join(words)}).status_code == 422


def test_the_link_comes_by_mail_with_a_reminder_five_days_before_the_end(newsroom: Newsroom, smtp: SmtpServer) -> None:
    form = Form(newsroom, lang="ka")
    step(form, "save", name="https://evil.example Visit")
    path = f"/ka/drafts/{form.draft}"
    refused = form.client.post(f"{path}/mail", data={"email": "a@b.de, c@d.de"})
    assert refused.status_code == 422
    assert list(errors(refused.text)) == ["email"]
    assert form.client.post(f"{path}/mail", data={"email": "back@example.org", "remind": "yes"}).status_code == 303
    link = f"{newsroom.url}{path}"
    got = wait_for(lambda: [mail for mail in smtp.to("back@example.org") if link in mail.part("plain")])[0]
    assert "evil" not in (got.part("plain") + got.part("html")).replace(link, "")
    assert got.message["Content-Language"] == "ka"
    due = rows(newsroom, "SELECT due_at FROM outgoing_mail WHERE kind = 'draft_reminder' ORDER BY id DESC")[0][0]
    moment = datetime.fromisoformat(str(due)).replace(tzinfo=UTC)
    assert 24 <= (moment - datetime.now(UTC)).days <= 25
    # Who has not applied yet is nobody for the desk to see.
    assert "back@example.org" not in newsroom.editor().get("/desk/mail?state=sent").text
    for _ in range(5):
        answer = form.client.post(f"{path}/mail", data={"email": "back@example.org"})
    assert answer.status_code == 422


def test_a_draft_can_be_erased_at_once(newsroom: Newsroom) -> None:
    form = Form(newsroom, lang="en")
    step(form, "save", documents(), name="Forget Me")
    form.client.post(f"/en/drafts/{form.draft}/mail", data={"email": "forget@example.org"})
    gone = form.client.post(f"/en/drafts/{form.draft}/forget")
    assert gone.status_code == 303
    assert "is erased" in form.client.get(gone.headers["location"]).text
    assert form.client.get(f"/en/drafts/{form.draft}").status_code == 404
    assert not [row for row in rows(newsroom, "SELECT fields FROM draft") if "Forget Me" in str(row)]
    assert not rows(newsroom, "SELECT id FROM outgoing_mail WHERE recipient = 'forget@example.org'")
    assert wait_for(lambda: '"orphan"' not in newsroom.command("fsck", "--json", check=False).stdout)


@pytest.mark.parametrize("part", ["", "/saved", "/check", "/documents"])
def test_s2_a_foreign_or_odd_token_opens_no_draft(newsroom: Newsroom, part: str) -> None:
    for token in ("x" * 43, "x" * 22, "..%2f", "a", "y" * 200):
        assert newsroom.browser().get(f"/en/drafts/{token}{part}").status_code == 404


@pytest.mark.parametrize("path", ["/ru/applications/mistyped", "/ru/drafts/mistyped"])
def test_a_link_that_leads_nowhere_names_the_ways_back(newsroom: Newsroom, path: str) -> None:
    answer = newsroom.browser().get(path)
    assert answer.status_code == 404
    assert 'href="/ru/lost-link"' in answer.text
    assert 'href="/ru/continue"' in answer.text


def test_hostile_words_stay_text_on_every_page_of_a_draft(newsroom: Newsroom) -> None:
    form = Form(newsroom, lang="en")
    hostile = "'\"--></script><img src=x onerror=alert(1)>"
    names = {kind: (f"{hostile}.pdf", content) for kind, (_, content) in documents().items() if kind != "cover_letter"}
    files = names | {"cover_letter": documents()["cover_letter"]}
    answer = step(form, "check", files, name=hostile, about=hostile, email="h@example.org")
    for path in ("", "/check", "/saved"):
        page = form.client.get(f"/en/drafts/{form.draft}{path}").text
        assert "<img" not in page
    assert hostile in unescape(form.client.get(answer.headers["location"]).text)


def test_five_mails_about_a_draft_are_the_most_also_when_asked_for_at_once(newsroom: Newsroom) -> None:
    form = Form(newsroom, lang="en")
    step(form, "save", name="Hasty")

    def ask(_: int) -> int:
        mail = {"email": "hasty@example.org"}
        return newsroom.browser().post(f"/en/drafts/{form.draft}/mail", data=mail).status_code

    with ThreadPoolExecutor(12) as many:
        answers = sorted(many.map(ask, range(12)))
    assert answers == [303] * 5 + [422] * 7


def test_s13_words_cannot_be_guessed_one_after_the_other_nor_a_mailbox_filled_with_links(tmp_path: Path) -> None:
    away_from_midnight()
    with Newsroom(tmp_path, rate_limits="on") as newsroom:
        anyone = newsroom.browser()
        answers = [anyone.post("/en/continue", data={"phrase": "abandon " * 7}) for _ in range(21)]
        mails = []
        for _ in range(6):
            form = Form(newsroom, lang="en")
            step(form, "save", name="Filler")
            mails.append(form.client.post(f"/en/drafts/{form.draft}/mail", data={"email": "v@example.org"}).status_code)
    assert {answer.status_code for answer in answers[:20]} == {422}
    assert answers[20].status_code == 429
    assert int(answers[20].headers["retry-after"]) > 0
    assert mails == [303] * 5 + [422]


def test_a_page_with_a_number_that_no_document_has_is_not_there(newsroom: Newsroom) -> None:
    form = Form(newsroom, lang="en")
    step(form, "save", documents(), name="Numbers")
    document = UUID(str(rows(newsroom, "SELECT id FROM document ORDER BY id DESC LIMIT 1")[0][0]))
    for number in (0, 10**6, 10**20):
        answer = form.client.get(f"/en/drafts/{form.draft}/documents/{document}/{number}.webp")
        assert answer.status_code == 404
