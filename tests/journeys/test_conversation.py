"""Editors and applicant to each other: messages, requests, answers, documents replaced; on both databases."""

import re
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import httpx
import pytest
import sqlalchemy as sa

from app.database import engine_for
from tests.journeys.test_guarding import BOUNDARY, count, post_raw, stored
from tests.newsroom import PDF, Form, Newsroom, documents, errors, files_below, hidden, reference_of, wait_for
from tests.smtp_server import Got, SmtpServer

OFFICE = "redaktion@caucasuswatch.de"
TXT = ("piece.txt", "Ein Probetext über Eisenbahnen, Zchenis Zqali".encode())


class Applicant:
    """Somebody with a private page in English, as a browser sees it."""

    def __init__(self, newsroom: Newsroom, address: str, **fields: Any) -> None:
        self.newsroom, self.address = newsroom, address
        answer = Form(newsroom, lang="en").send(documents(), email=address, **fields)
        assert answer.status_code == 303, answer.text
        self.client = newsroom.browser()
        self.link = answer.headers["location"]
        self.reference = reference_of(self.page())

    def page(self) -> str:
        answer = self.client.get(self.link)
        assert answer.status_code == 200
        return answer.text

    def form(self, html: str, which: str = "") -> str:
        """The address of a form on the page: of new messages, or of the first answer ("answer")."""
        found = [each.replace("&amp;", "&") for each in re.findall(r' action="([^"]+/messages[^"]*)"', html)]
        return next(each for each in found if ("answers=" in each) is bool(which))

    def write(self, text: str = "", files: list[tuple[str, Any]] | None = None, *, to: str = "") -> httpx.Response:
        """Send a form as a browser does, its empty file controls too."""
        to = to or self.form(self.page())
        parts = files or [("attachments", ("", b""))]
        return self.client.post(to, data={"text": text}, files=[(name, (*file, "x/y")) for name, file in parts])

    def replace(self, kind: str, file: tuple[str, bytes]) -> httpx.Response:
        return self.client.post(f"{self.link}/documents", files={kind: (*file, "x/y")})


class Desk:
    """An editor at one application's page."""

    def __init__(self, editor: httpx.Client, reference: str) -> None:
        self.client = editor
        self.path = f"/desk/applications/{reference}"

    def page(self, **view: str) -> str:
        answer = self.client.get(self.path, params=view)
        assert answer.status_code == 200
        return answer.text

    def post(self, action: str, **fields: str) -> httpx.Response:
        data = {"version": hidden(self.page(), "version")} | fields
        return self.client.post(f"{self.path}/{action}", data=data)

    def ask(self, what: str, **fields: str) -> None:
        answer = self.post("requests", what=what, **fields)
        assert answer.status_code == 303, errors(answer.text) or answer.text


@pytest.fixture
def applicant(newsroom: Newsroom) -> Applicant:
    return Applicant(newsroom, f"{uuid4().hex[:12]}@example.org")


@pytest.fixture(scope="module")
def editor(newsroom: Newsroom) -> httpx.Client:
    return newsroom.editor()


@pytest.fixture
def desk(editor: httpx.Client, applicant: Applicant) -> Desk:
    return Desk(editor, applicant.reference)


@pytest.fixture(scope="module")
def thoughtful(newsroom: Newsroom) -> Iterator[Newsroom]:
    """The same newsroom, in which mails of the desk wait ten minutes."""
    newsroom.stop()
    newsroom.environment["AUFRUF_UNDO_MINUTES"] = "10"
    newsroom.start()
    yield newsroom
    newsroom.environment["AUFRUF_UNDO_MINUTES"] = "0"


def mail(smtp: SmtpServer, address: str, *words: str) -> Got:
    """The mail to an address with these words in its text, when it has come."""

    def come() -> Got | None:
        return next((got for got in smtp.to(address) if all(each in got.part("plain") for each in words)), None)

    return wait_for(come, what=f"a mail with {words}")


def multipart(parts: list[tuple[str, str | None, bytes]]) -> bytes:
    """A body as a browser writes it: names, file names where they are files, contents."""
    body = b""
    for name, file, content in parts:
        head = f'Content-Disposition: form-data; name="{name}"' + (f'; filename="{file}"' if file else "")
        body += f"--{BOUNDARY}\r\n{head}\r\n\r\n".encode() + content + b"\r\n"
    return body + f"--{BOUNDARY}--\r\n".encode()


def contents(newsroom: Newsroom) -> list[bytes]:
    """Everything that the storage holds."""
    return [content for _, content in files_below(newsroom.data / "documents")]


def row(newsroom: Newsroom, statement: str, **values: str) -> Any:
    """One row of the newsroom's database."""
    engine = engine_for(newsroom.environment["AUFRUF_DATABASE_URL"].replace("postgresql://", "postgresql+psycopg://"))
    with engine.connect() as connection:
        found = connection.execute(sa.text(statement), values).one()
    engine.dispose()
    return found


def turn(newsroom: Newsroom, reference: str) -> str:
    """Whose turn it is, and why."""
    return " ".join(row(newsroom, "SELECT turn, turn_reason FROM application WHERE reference = :it", it=reference))


def key_of_cv(newsroom: Newsroom, reference: str) -> str:
    """Under which name the storage keeps an application's CV."""
    statement = """SELECT storage_key FROM document JOIN application ON application.draft_id = document.draft_id
        WHERE reference = :it AND document.kind = 'cv'"""
    return str(row(newsroom, statement, it=reference)[0])


def test_from_the_trial_piece_asked_for_to_its_arrival_and_the_decision(
    newsroom: Newsroom, smtp: SmtpServer, applicant: Applicant, desk: Desk
) -> None:
    panel = desk.page(move="ask_trial_piece")
    assert 'name="topic"' not in panel  # not from here: nobody has begun to read
    assert desk.post("decide", move="shortlist").status_code == 303
    panel = desk.page(move="ask_trial_piece")
    for name in ("topic", "length", "fee", "due"):
        assert f'name="{name}"' in panel
    agreed = {"topic": "Railways of Imereti", "length": "6,000 characters", "fee": "300 €", "due": "2099-03-31"}
    ending = re.search(r"Your reference: CW-\w{6}\n[^<\n]+", panel)[0].replace("\n", "\r\n")  # type: ignore[index]
    body = f"Dear Nino,\r\n\r\nplease write for us.\r\n\r\n{ending}"
    letter = {"send": "yes", "subject": "A trial piece", "body": body}
    assert desk.post("decide", move="ask_trial_piece", **agreed, **letter).status_code == 303
    assert turn(newsroom, applicant.reference) == "applicant trial_piece_asked"

    asked = mail(smtp, applicant.address, "please write for us")
    assert asked.message["Subject"] == "A trial piece"
    for words in ("Railways of Imereti", "6,000 characters", "300 €", "31 March 2099"):
        assert words in asked.part("plain")
        assert words in asked.part("html")
    assert asked.part("plain").count(ending.split("\r\n")[1]) == 1  # our letters' ending, and the editor's, once
    link = re.search(rf"{re.escape(newsroom.url)}(/en/applications/[\w-]+)", asked.part("plain"))
    assert link
    assert link[1] != applicant.link  # the first one is kept nowhere: each mail has its own, to the same page
    applicant.link = link[1]

    page = applicant.page()
    assert "Railways of Imereti" in page
    assert "We have asked you for a trial piece" in page
    answer = applicant.write("Here it is.", [("document", TXT)], to=applicant.form(page, "answer"))
    assert answer.status_code == 303, errors(answer.text)
    page = applicant.client.get(answer.headers["location"]).text
    assert "Your answer has arrived" in page
    assert "piece.txt" in page

    assert turn(newsroom, applicant.reference) == "us answered"
    told = mail(smtp, OFFICE, f"/desk/applications/{applicant.reference}", "Here it is.")
    assert told.message["Subject"] == f"Neue Nachricht zu {applicant.reference}"
    assert "piece.txt" in told.part("plain")
    page = desk.page()
    assert "Here it is." in page
    link = re.search(r'\?document=([0-9a-f-]{36})#documents"><bdi>piece.txt', page)
    assert link

    def found() -> bool:
        return applicant.reference in desk.client.get("/desk/", params={"q": "Zchenis Zqali"}).text

    wait_for(found, what="finding words of the trial piece")
    assert desk.client.get(f"/desk/documents/{link[1]}").content == TXT[1]
    assert "Ein Probetext" in desk.page(document=link[1])  # it is read at the desk like any other document
    assert desk.post("decide", move="accept").status_code == 303
    assert turn(newsroom, applicant.reference) == "nobody ended"


def test_a_document_asked_for_again_takes_the_earlier_ones_place(
    newsroom: Newsroom, smtp: SmtpServer, applicant: Applicant, desk: Desk
) -> None:
    desk.post("decide", move="review")
    desk.ask("document", document_kind="cv", ask_text="The second page is missing.")
    assert turn(newsroom, applicant.reference) == "applicant document_asked"
    assert "The second page is missing." in mail(smtp, applicant.address, "second page").part("plain")
    old = key_of_cv(newsroom, applicant.reference)
    new = ("whole cv.pdf", PDF.read_bytes())
    answer = applicant.write("", [("document", new)], to=applicant.form(applicant.page(), "answer"))
    assert answer.status_code == 303, errors(answer.text)
    page = desk.page()
    assert "whole cv.pdf" in page
    assert ">cv.pdf<" not in page
    assert "Document replaced by the applicant: CV" in page
    assert turn(newsroom, applicant.reference) == "us answered"
    assert key_of_cv(newsroom, applicant.reference) != old
    wait_for(lambda: old not in stored(newsroom), what="the old bytes going")


def test_messages_go_both_ways_and_change_whose_turn_it_is(
    newsroom: Newsroom, smtp: SmtpServer, applicant: Applicant, desk: Desk
) -> None:
    assert applicant.write("May I send photos, too?").status_code == 303
    assert turn(newsroom, applicant.reference) == "us replied"
    assert "May I send photos" in desk.page()
    assert desk.post("messages", message="Yes, <b>please</b>: https://example.org/how").status_code == 303
    assert turn(newsroom, applicant.reference).startswith("us")
    assert "replied" not in turn(newsroom, applicant.reference)
    got = mail(smtp, applicant.address, "<b>please</b>")
    assert "&lt;b&gt;please" in got.part("html")
    assert f"{newsroom.url}/en/applications/" in got.part("plain")
    assert got.message["Reply-To"] == OFFICE
    assert got.message["References"]
    assert "&lt;b&gt;please&lt;/b&gt;" in applicant.page()
    assert "private page opened" in desk.page()
    assert applicant.write("Thank you!").status_code == 303
    last = re.findall(r'action="[^"]+/(messages/[0-9a-f-]{36}/settle)"', desk.page())
    assert len(last) == 1
    assert desk.post(last[0]).status_code == 303
    assert "replied" not in turn(newsroom, applicant.reference)


def test_a_question_about_a_request_makes_it_our_turn_and_its_answer_theirs_again(
    newsroom: Newsroom, applicant: Applicant, desk: Desk
) -> None:
    desk.ask("correction", ask_text="Which years did you live in Gyumri?", due="2099-01-31")
    applicant.write("Do you mean the first time?")
    assert turn(newsroom, applicant.reference) == "us replied"
    desk.post("messages", message="Both, please.")
    assert turn(newsroom, applicant.reference) == "applicant correction_asked"
    to = applicant.form(applicant.page(), "answer")
    assert "text" in next(iter(errors(applicant.write("", to=to).text)))
    assert applicant.write("2004 to 2011.", to=to).status_code == 303
    assert turn(newsroom, applicant.reference) == "us answered"
    assert applicant.write("2004 to 2011.", to=to).status_code == 303  # the same form again is the same message
    assert desk.page().count("2004 to 2011.") == 1


def test_what_is_no_longer_needed_is_told_and_an_answer_to_it_is_not_lost(
    newsroom: Newsroom, smtp: SmtpServer, applicant: Applicant, desk: Desk
) -> None:
    desk.ask("document", document_kind="writing_sample")
    to = applicant.form(applicant.page(), "answer")
    cancel = re.search(r'action="[^"]+/(requests/[0-9a-f-]{36}/cancel)"', desk.page())
    assert cancel
    assert desk.post(cancel[1]).status_code == 303
    assert "no longer need" in mail(smtp, applicant.address, "no longer need").part("plain")
    answer = applicant.write("My new sample", [("document", TXT)], to=to)
    assert answer.status_code == 409
    assert "no longer asked for" in errors(answer.text)["text"]
    assert "My new sample" in answer.text
    assert "✓ received" in answer.text
    assert applicant.write("My new sample", to=applicant.form(answer.text)).status_code == 303
    page = desk.page()
    assert "piece.txt" in page
    assert "sample.pdf" in page  # nothing was replaced


def test_n2_an_error_on_the_private_page_costs_neither_words_nor_files(
    newsroom: Newsroom, applicant: Applicant, desk: Desk
) -> None:
    files = [("attachments", ("one.txt", b"the first")), ("attachments", ("evil.pdf", b"MZ" + bytes(300)))]
    answer = applicant.write("Words that took an hour", [*files, ("attachments", ("two.txt", b"the second"))])
    assert answer.status_code == 422
    assert "evil.pdf" in errors(answer.text)["attachments"]
    assert "Words that took an hour</textarea>" in answer.text
    assert answer.text.count("✓ received") == 2
    to = applicant.form(answer.text)
    large = applicant.write("Words" * 1200, to=to)
    assert large.status_code == 422
    assert "5,000" in errors(large.text)["text"]
    assert large.text.count("✓ received") == 2
    # What has come may be taken out again, and the words stay.
    steps = dict(re.findall(r'name="step" value="(drop-[^"]+)"[^>]*>Do not send it<span[^>]*> – ([^<]+)<', large.text))
    two = next(step for step, name in steps.items() if name == "two.txt")
    less = applicant.client.post(to, data={"text": "Words that took an hour", "step": two})
    assert less.status_code == 200
    assert "Words that took an hour</textarea>" in less.text
    assert less.text.count("✓ received") == 1
    assert applicant.client.post(to, data={"text": "x", "step": "drop-all"}).text.count("✓ received") == 1
    assert "Words that took" not in desk.page()  # nothing was sent yet
    assert "one.txt" not in desk.page()
    again = [
        ("attachments", ("one.txt", b"the first")),
        ("attachments", ("three.txt", b"the third")),
    ]  # chosen once more: it is there once
    assert applicant.write("Words that took an hour", again, to=to).status_code == 303
    page = desk.page()
    for words in ("Words that took an hour", "one.txt", "three.txt"):
        assert words in page
    assert "two.txt" not in page
    assert len(re.findall(r"<bdi>one.txt</bdi></a>", page)) == 1


def test_n12_a_message_whose_body_was_cut_is_not_sent_and_what_came_whole_is_kept(
    newsroom: Newsroom, applicant: Applicant, desk: Desk
) -> None:
    to = applicant.form(applicant.page())
    body = multipart([("attachments", "whole.txt", b"came whole" * 50), ("text", None, b"cut")])
    messages = count(newsroom, "message")
    ends = [found.start() for found in re.finditer(re.escape(BOUNDARY.encode()), body)]
    for cut in sorted({end + step for end in ends[1:] for step in (-3, 0, 5)} - {len(body)}):
        if cut < len(body) - 4:
            assert post_raw(newsroom, to, body[:cut]) in (400, 422), cut
    assert count(newsroom, "message") == messages
    assert "whole.txt" in applicant.client.post(to, data={"text": ""}, files={"attachments": ("x.pdf", b"MZ")}).text
    assert applicant.write("not cut", to=to).status_code == 303
    page = desk.page()
    assert "whole.txt" in page
    assert "not cut" in page


def test_s18_what_the_form_does_not_have_is_refused_and_its_words_stand_there_again(
    newsroom: Newsroom, applicant: Applicant
) -> None:
    to = applicant.form(applicant.page())
    text = ("text", None, b"kept words")
    file = ("attachments", "a.txt", b"x")
    for parts in (
        [text, ("status", None, b"accepted")],
        [text, text],
        [text, ("attachments", None, b"not a file")],
        [text, ("document", "cv.pdf", PDF.read_bytes())],  # nobody asked for one
        [text, *[file] * 6],
    ):
        answer = applicant.client.post(
            to,
            content=multipart(parts),
            headers={"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"},
        )
        assert answer.status_code == 422, parts
        assert "kept words</textarea>" in answer.text, parts
    assert applicant.client.post(to.replace("reply=", "reply=../"), data={"text": "x"}).status_code == 422
    large = [("attachments", ("large.txt", b"x" * 20_100_000))]
    answer = applicant.write("kept words", large, to=to)
    assert "larger than 20" in errors(answer.text)["attachments"]
    assert "kept words</textarea>" in answer.text


def test_documents_are_replaced_until_the_review_begins_and_not_after(
    newsroom: Newsroom, applicant: Applicant, desk: Desk
) -> None:
    page = applicant.page()
    assert page.count('action="' + applicant.link + '/documents"') == 3
    refused = applicant.replace("cv", ("cv.docx", b"not one"))
    assert refused.status_code == 422
    assert "cv.docx" in errors(refused.text)["cv"]
    assert "Choose a file" in errors(applicant.replace("cv", ("", b"")).text)["cv"]
    assert applicant.replace("cv", ("newer cv.pdf", PDF.read_bytes())).status_code == 303
    page = applicant.page()
    assert "newer cv.pdf" in page
    assert ">cv.pdf<" not in page
    assert "Document replaced by the applicant: CV" in desk.page()
    desk.post("decide", move="review")
    assert f'action="{applicant.link}/documents"' not in applicant.page()
    late = applicant.replace("cv", ("newest cv.pdf", PDF.read_bytes()))
    assert late.status_code == 409
    assert "The review has begun" in late.text
    assert "newest cv.pdf" not in applicant.page()
    desk.ask("document", document_kind="cv")
    assert applicant.replace("cv", ("asked for.pdf", PDF.read_bytes())).status_code == 303
    assert "asked for.pdf" in desk.page()
    assert turn(newsroom, applicant.reference) == "us answered"


def test_an_editor_who_has_not_seen_the_newest_message_is_told_before_deciding(
    newsroom: Newsroom, applicant: Applicant, desk: Desk
) -> None:
    read = hidden(desk.page(), "version")
    applicant.write("I have moved to Batumi")
    data = {"version": read, "move": "decline"}
    answer = desk.client.post(f"{desk.path}/decide", data=data)
    assert answer.status_code == 409
    assert "I have moved to Batumi" in answer.text
    data = {"version": read, "message": "Words of an editor"}
    answer = desk.client.post(f"{desk.path}/messages", data=data)
    assert answer.status_code == 409
    assert "Words of an editor" in answer.text


def test_a_preview_shows_the_mail_and_sends_nothing(newsroom: Newsroom, applicant: Applicant, desk: Desk) -> None:
    mails = count(newsroom, "outgoing_mail")
    answer = desk.post("messages", message="How are you?", step="preview")
    assert answer.status_code == 200
    assert "Preview: this has not been sent." in answer.text
    assert "Dear ნინო წერეთელი," in answer.text
    assert "[private link, only for the applicant]" in answer.text
    assert answer.text.count('/messages#preview"') == 1  # the page opens where the preview stands
    assert ">\nHow are you?</textarea>" in answer.text
    fields = {"what": "correction", "ask_text": "Which years?", "due": "2099-01-31", "step": "preview"}
    answer = desk.post("requests", **fields)
    assert "31 January 2099" in answer.text
    assert 'value="2099-01-31"' in answer.text
    assert count(newsroom, "outgoing_mail") == mails


def test_a_message_begun_with_a_template_greets_once_and_leaves_no_place_open(
    newsroom: Newsroom, smtp: SmtpServer, applicant: Applicant, desk: Desk
) -> None:
    words = {"subject": "To meet ({reference})", "body": "Hello {name},\n\nlet us talk about {topic}."}
    texts = {f"{part}_{lang}": text for lang in ("de", "en", "ru", "ka", "hy", "az") for part, text in words.items()}
    made = desk.client.post("/desk/templates", data={"kind": "message", "name": "To meet"} | texts)
    assert made.status_code == 303, made.text
    found = re.search(r'<option value="([0-9a-f-]{36})"[^>]*>To meet', desk.page())
    assert found
    page = desk.page(template=found[1])
    assert "let us talk about {topic}.</textarea>" in page
    assert f'value="To meet ({applicant.reference})"' in page
    fields = {"template": found[1], "subject": hidden_subject(page)}
    refused = desk.post("messages", message="Hello you,\n\nlet us talk about {topic}.", **fields)
    assert refused.status_code == 422
    assert "{topic}" in refused.text
    assert desk.post("messages", message="Hello you,\n\nlet us talk about trains.", **fields).status_code == 303
    got = mail(smtp, applicant.address, "let us talk about trains.")
    assert got.message["Subject"] == f"To meet ({applicant.reference})"
    assert "Dear " not in got.part("plain")


def hidden_subject(html: str) -> str:
    """What stands in the subject of the message's box."""
    found = re.search(r'name="subject" type="text" value="([^"]*)"', html)
    assert found
    return found[1]


def test_what_cannot_be_asked_for_is_said_and_stays_as_it_was_typed(applicant: Applicant, desk: Desk) -> None:
    for fields, words in (
        ({"what": "trial_piece", "ask_text": "too early"}, "This cannot be asked for here"),
        ({"what": "correction", "ask_text": " "}, "Write what is to be corrected"),
        ({"what": "correction", "ask_text": "late", "due": "2020-01-01"}, "Choose a day that is still to come"),
        ({"what": "document", "document_kind": "attachment", "ask_text": "which"}, "This cannot be asked for here"),
    ):
        answer = desk.post("requests", **fields)
        assert answer.status_code == 422, fields
        assert words in answer.text, fields
        assert fields["ask_text"].strip() in answer.text
    nothing = desk.post("messages", message="  ").text
    assert re.search(r'id="message-error">There is nothing to send yet[^<]*</p>\s*<textarea id="message"', nothing)
    desk.post("decide", move="shortlist")
    late = desk.post("decide", move="ask_trial_piece", topic="Trains", due="2020-01-01")
    assert late.status_code == 422
    assert "Choose a day that is still to come" in late.text
    assert 'value="Trains"' in late.text
    assert "Shortlisted" in desk.page()


@pytest.mark.parametrize(
    "name", ["<img src=x onerror=alert(1)>.txt", "=?utf-8?q?a=0D=0ABcc:_x@y.z?=.txt", "..\\..\\etc.txt"]
)
def test_s7_hostile_names_and_words_are_text_everywhere(
    newsroom: Newsroom, smtp: SmtpServer, applicant: Applicant, desk: Desk, name: str
) -> None:
    evil = "<script>alert(1)</script> =?utf-8?q?a=0D=0ABcc:_x@y.z?=\r\nBcc: x@y.z"
    assert applicant.write(evil, [("attachments", (name, b"text"))]).status_code == 303
    for page in (applicant.page(), desk.page(), desk.client.get("/desk/mail", params={"state": "sent"}).text):
        assert "<img src=x" not in page
        assert "<script>alert" not in page
    told = mail(smtp, OFFICE, f"/desk/applications/{applicant.reference}", "alert(1)")
    assert told.message["Bcc"] is None
    assert told.recipients == [OFFICE]
    assert "alert" not in told.message["Subject"]
    assert "<script>" not in told.part("html")


def test_s2_one_applicants_link_neither_reads_nor_answers_anothers(
    newsroom: Newsroom, applicant: Applicant, desk: Desk
) -> None:
    other = Applicant(newsroom, f"{uuid4().hex[:12]}@example.org")
    desk.ask("document", document_kind="cv")
    to = applicant.form(applicant.page(), "answer")
    stolen = to.replace(applicant.link, other.link)
    answer = other.write("mine now", [("document", TXT)], to=stolen)
    assert answer.status_code == 409  # what it answers is not asked of them
    assert "mine now" not in desk.page()
    staged = applicant.write("", [("attachments", ("secret.txt", b"mine")), ("attachments", ("x.pdf", b"MZ"))])
    token = re.search(r"reply=([\w-]+)", applicant.form(staged.text))
    assert token
    assert "secret.txt" not in other.write("", to=f"{other.link}/messages?reply={token[1]}").text


def test_p3_erasing_takes_messages_requests_and_what_was_being_written(
    newsroom: Newsroom, applicant: Applicant, desk: Desk
) -> None:
    applicant.write("unforgettable words", [("attachments", ("sent.txt", b"unforgettable file"))])
    desk.ask("correction", ask_text="unforgettable question")
    half = applicant.write(
        "x", [("attachments", ("half.txt", b"unforgettable half")), ("attachments", ("x.pdf", b"MZ"))]
    )
    assert "half.txt" in half.text
    assert row(newsroom, "SELECT count(*) FROM reply")[0] > 0
    identity = row(newsroom, "SELECT id FROM application WHERE reference = :it", it=applicant.reference)[0]
    answer = applicant.client.get(f"{applicant.link}/export.zip")
    assert answer.status_code == 200, answer.text
    export = answer.content
    for words in (b"unforgettable words", b"unforgettable question", b"half.txt"):
        assert words in export
    assert applicant.client.post(f"{applicant.link}/erase", data={"when": "now"}).status_code == 303
    for table in ("message", "request", "reply", "private_link", "outgoing_mail"):
        left = row(newsroom, f"SELECT count(*) FROM {table} WHERE application_id = :it", it=identity)[0]
        assert left == 0, table
    wait_for(
        lambda: not any(b"unforgettable" in stored_bytes for stored_bytes in contents(newsroom)), what="the bytes going"
    )


def test_until_it_leaves_a_message_can_be_taken_back_and_is_not_shown(
    thoughtful: Newsroom, smtp: SmtpServer, applicant: Applicant, desk: Desk
) -> None:
    desk.post("messages", message="Written too quickly")
    desk.ask("correction", ask_text="Also too quickly")
    assert "too quickly" not in applicant.page()
    backs = re.findall(r'action="[^"]+/(messages/[0-9a-f-]{36}/take-back)"', desk.page())
    assert len(backs) == 2
    again = desk.post(backs[0])
    assert again.status_code == 303
    box = desk.client.get(again.headers["location"]).text
    assert "Written too quickly</textarea>" in box
    assert desk.post(backs[1]).status_code == 303
    assert turn(thoughtful, applicant.reference).startswith("us")
    assert "too quickly" not in desk.page()
    assert desk.post(backs[0]).status_code == 409
    waiting = desk.client.get("/desk/mail", params={"state": "taken_back"}).text
    assert waiting.count("About your application") + waiting.count("We need something from you") >= 2
    assert not [got for got in smtp.to(applicant.address) if "too quickly" in got.part("plain")]


def test_a_trial_piece_decided_and_taken_back_is_not_asked_for(
    thoughtful: Newsroom, applicant: Applicant, desk: Desk
) -> None:
    desk.post("decide", move="shortlist")
    desk.post("decide", move="ask_trial_piece", topic="Trains", send="yes", subject="Piece", body="Write, please.")
    assert "Trains" in desk.page()
    assert turn(thoughtful, applicant.reference) == "applicant trial_piece_asked"
    assert desk.post("take-back").status_code == 303
    assert turn(thoughtful, applicant.reference) == "us deciding"
    assert "Trains" not in applicant.page()
    assert "Piece" in desk.client.get("/desk/mail", params={"state": "taken_back"}).text
    assert not re.search(r"/requests/[0-9a-f-]{36}/cancel", desk.page())
