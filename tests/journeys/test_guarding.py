"""What strangers send is text everywhere, a body that was cut is refused, and nothing is left of what was refused."""

import hashlib
import json
import re
import socket
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.applications.form import completed
from app.database import engine_for
from tests.newsroom import (
    FIELDS,
    PATIENCE,
    PDF,
    ROOT,
    SLUG,
    Form,
    Newsroom,
    documents,
    errors,
    files_below,
    originals,
    reference_of,
    wait_for,
)

NAMES = json.loads((Path(__file__).parent.parent / "data" / "hostile" / "names.json").read_text())
BOUNDARY = "----aufruf"


def body_of(form: Form, files: dict[str, tuple[str, bytes]], **fields: str) -> bytes:
    """A multipart body as a browser writes it."""
    parts = []
    for name, value in ({"draft": form.draft} | FIELDS | fields).items():
        for each in value if isinstance(value, list) else [value]:
            parts.append(f'Content-Disposition: form-data; name="{name}"\r\n\r\n{each}'.encode())
    for kind, (name, content) in files.items():
        head = f'Content-Disposition: form-data; name="{kind}"; filename="{name}"\r\n'
        parts.append(head.encode() + b"Content-Type: application/pdf\r\n\r\n" + content)
    lines = b"".join(f"--{BOUNDARY}\r\n".encode() + part + b"\r\n" for part in parts)
    return lines + f"--{BOUNDARY}--\r\n".encode()


def twice(form: Form) -> bytes:
    """A body with two CVs."""
    end = len(f"--{BOUNDARY}--\r\n")
    return body_of(form, {"cv": ("a.pdf", b"x")})[:-end] + body_of(form, {"cv": ("b.pdf", b"y")})


def post_raw(newsroom: Newsroom, path: str, body: bytes) -> int:
    """POST these bytes over a socket of our own; the status."""
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{newsroom.port}\r\nContent-Length: {len(body)}\r\n"
    head += f"Content-Type: multipart/form-data; boundary={BOUNDARY}\r\nConnection: close\r\n\r\n"
    with socket.create_connection(("127.0.0.1", newsroom.port), timeout=PATIENCE) as connection:
        connection.sendall(head.encode() + body)
        answer = connection.recv(4096)
    return int(answer.split()[1])


def count(newsroom: Newsroom, table: str) -> int:
    url = newsroom.environment["AUFRUF_DATABASE_URL"].replace("postgresql://", "postgresql+psycopg://")
    engine = engine_for(url)
    with engine.connect() as connection:
        number = connection.execute(sa.text(f"SELECT count(*) FROM {table}")).scalar_one()
    engine.dispose()
    return int(number)


def stored(newsroom: Newsroom) -> set[str]:
    return {path.name for path in (newsroom.data / "documents").rglob("*") if path.is_file()}


def test_n12_a_body_that_was_cut_is_never_accepted_wherever_it_was_cut(newsroom: Newsroom) -> None:
    form = Form(newsroom)
    pdf = PDF.read_bytes()
    body = body_of(form, dict.fromkeys(("cv", "cover_letter", "writing_sample"), ("a.pdf", pdf)))
    ends = [found.start() for found in re.finditer(re.escape(f"--{BOUNDARY}".encode()), body)]
    cuts = set(range(0, len(body), 4096)) | {end + step for end in ends[-4:] for step in range(-3, 14)}
    whole = len(body) - 2  # the closing boundary is whole; only its line end is missing
    before = count(newsroom, "application")
    for cut in sorted(cut for cut in cuts if 0 <= cut < whole):
        assert post_raw(newsroom, form.path, body[:cut]) in (400, 422), cut
    assert count(newsroom, "application") == before
    assert post_raw(newsroom, form.path, body) == 303


def test_n4_the_same_draft_posted_twenty_times_at_once_makes_one_application(newsroom: Newsroom) -> None:
    form = Form(newsroom)
    applications, mails = count(newsroom, "application"), count(newsroom, "outgoing_mail")

    def send(_: int) -> tuple[int, str]:
        twin = Form.__new__(Form)
        twin.client, twin.draft, twin.path = newsroom.browser(), form.draft, form.path
        answer = twin.send(documents())
        return answer.status_code, answer.headers.get("location", answer.text[:300])

    with ThreadPoolExecutor(20) as pool:
        answers = set(pool.map(send, range(20)))
    assert len(answers) == 1, answers
    assert next(iter(answers))[0] == 303
    assert count(newsroom, "application") == applications + 1
    assert count(newsroom, "outgoing_mail") == mails + 2


def test_n12_what_was_acknowledged_is_what_was_sent(newsroom: Newsroom) -> None:
    files = documents()
    private = Form(newsroom).send(files).headers["location"]
    reference = reference_of(newsroom.browser().get(private).text)
    editor = newsroom.editor()
    links = originals(editor, reference)
    sums = [hashlib.sha256(editor.get(link).content).hexdigest() for link in links]
    assert sums == [hashlib.sha256(content).hexdigest() for _name, content in files.values()]


def test_n13_a_refused_document_leaves_nothing(newsroom: Newsroom) -> None:
    tables = ("draft", "document", "application", "applicant", "outgoing_mail", "event", "job")
    wait_for(lambda: count(newsroom, "job") <= 1, what="the worker's rest")
    before = {table: count(newsroom, table) for table in tables}, stored(newsroom)
    for content in (b"", b"MZ" + bytes(200), b"%PDF-1.7\n", b"<html>"):
        answer = Form(newsroom).send({"cv": ("cv.pdf", content or b" ")}, name=None)
        assert answer.status_code == 422
    assert ({table: count(newsroom, table) for table in tables}, stored(newsroom)) == before


def test_a_document_too_large_is_named_with_the_limit_and_the_others_are_kept(newsroom: Newsroom) -> None:
    form = Form(newsroom, lang="en")
    large = b"%PDF-1.7\n" + bytes(20_100_000) + b"%%EOF"
    answer = form.send({"cv": ("cv.pdf", large)} | {k: v for k, v in documents().items() if k != "cv"})
    assert answer.status_code in (413, 422)
    assert "larger than 20" in errors(answer.text)["cv"]
    assert "CV" in errors(answer.text)["cv"]
    assert answer.text.count("✓") == 2


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("a document twice", lambda form: twice(form)),
        ("a field twice", lambda form: body_of(form, {}).replace(b'name="email"', b'name="name"')),
        ("a body twice", lambda form: body_of(form, documents()) * 2),
        ("something behind the end", lambda form: body_of(form, documents()) + b"more"),
        ("an unknown field", lambda form: body_of(form, {}, status="accepted")),
        ("a document as text", lambda form: body_of(form, {}, cv="text")),
        ("a text as document", lambda form: body_of(form, {"about": ("a.txt", b"x")})),
        ("NUL in a name", lambda form: body_of(form, {}, name="a\0b")),
        ("a control character", lambda form: body_of(form, {}, about="a\x1b[2Jb")),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_s18_what_is_doubled_unknown_or_unprintable_is_refused(newsroom: Newsroom, name: str, body: object) -> None:
    form = Form(newsroom)
    before = count(newsroom, "application")
    assert post_raw(newsroom, form.path, body(form)) in (400, 422), name  # type: ignore[operator]
    assert count(newsroom, "application") == before


@pytest.mark.parametrize("case", NAMES["names"], ids=lambda case: case["what"])
def test_s8_file_names_are_text_everywhere(newsroom: Newsroom, case: dict[str, str]) -> None:
    form = Form(newsroom, lang="en")
    name = case["name"]
    quoted = name.replace("\\", "\\\\").replace('"', '\\"').replace("\r", "").replace("\n", "")
    body = body_of(form, {kind: (quoted, PDF.read_bytes()) for kind in ("cv", "cover_letter", "writing_sample")})
    if case["expected"] != "keep_as_is" and not name:
        return  # an empty name is an empty control
    status = post_raw(newsroom, form.path, body)
    if status != 303:  # a name that claims another format than the content is refused, in words
        assert status in (400, 422), status
        return
    editor = newsroom.editor()
    reference = re.search(r"/desk/applications/(CW-[0-9A-Z]{6})", editor.get("/desk/").text)
    assert reference
    page = editor.get(f"/desk/applications/{reference[1]}").text
    assert "<img src=x" not in page
    link = originals(editor, reference[1])[-1]
    answer = editor.get(link)
    assert answer.headers["content-disposition"].startswith("attachment;")
    assert "bcc" not in answer.headers
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"].startswith("sandbox")
    assert all(re.fullmatch(r"[0-9a-f]{32}", key) for key in stored(newsroom))
    if case["expected"] == "keep_as_is":
        from html import escape

        assert escape(name, quote=False) in page


def test_s7_markup_in_every_field_is_shown_as_text(newsroom: Newsroom) -> None:
    evil = "<img src=x onerror=alert(1)>\"'--></title>"
    fields = {"name": evil, "latin_name": evil, "about": evil * 3, "links": ["https://example.org/<script>alert(1)"]}
    refused = Form(newsroom, lang="en").send({}, **fields)
    assert refused.status_code == 422
    assert "<img src=x" not in refused.text
    answer = Form(newsroom, lang="en").send(documents(), **fields)
    assert answer.status_code == 303
    editor = newsroom.editor()
    private = newsroom.browser().get(answer.headers["location"]).text
    reference = reference_of(private)
    pages = [private] + [editor.get(path).text for path in ("/desk/", f"/desk/applications/{reference}", "/desk/audit")]
    for page in pages:
        assert "<img src=x" not in page
        assert "<script>alert" not in page


def test_links_that_are_not_web_addresses_are_refused(newsroom: Newsroom) -> None:
    for link in (
        "javascript:alert(1)",
        "data:text/html,x",
        "https://user@evil.example",
        "//evil.example",
        "ftp://x.example",
    ):
        assert "links-1" in errors(Form(newsroom, lang="en").send({}, links=[link]).text), link
    typed = ["kaukasus.ge/text", "no address", "https://two.example"]
    said = errors(Form(newsroom, lang="en").send({}, links=typed).text)
    assert [field for field in said if field.startswith("links")] == ["links-2"]
    assert completed("kaukasus.ge:8080/text?a=b") == "https://kaukasus.ge:8080/text?a=b"


def test_s22_links_in_mails_come_from_the_settings_and_next_stays_here(newsroom: Newsroom) -> None:
    client = newsroom.browser()
    for next_ in ("https://evil.example/", "//evil.example", "/\\evil.example", "/de/"):
        data = {"email": "chief@example.org", "password": "a good long pass phrase", "next": next_}
        answer = newsroom.browser().post("/desk/login", params={"next": next_}, data=data)
        assert not answer.headers.get("location", "/desk/").startswith(("http", "//", "/\\")), next_
    page = client.get("/de/calls/caucasus-experts", headers={"Host": "evil.example"})
    assert "evil.example" not in page.text


def test_s21_nothing_of_the_senders_machine_is_kept(newsroom: Newsroom) -> None:
    marked = "MarkedBrowser/77.31"
    form = Form(newsroom)
    body = body_of(form, documents())
    head = f"POST {form.path} HTTP/1.1\r\nHost: localhost\r\nUser-Agent: {marked}\r\nContent-Length: {len(body)}\r\n"
    head += f"Content-Type: multipart/form-data; boundary={BOUNDARY}\r\nConnection: close\r\n\r\n"
    with socket.create_connection(("127.0.0.1", newsroom.port), PATIENCE, ("127.0.0.77", 0)) as connection:
        connection.sendall(head.encode() + body)
        assert b" 303 " in connection.recv(4096)
    for path, content in files_below(newsroom.data.parent):
        assert marked.encode() not in content, path
        assert b"127.0.0.77" not in content, path


def test_s18_control_characters_are_refused_at_the_desk_on_both_databases(newsroom: Newsroom) -> None:
    form = Form(newsroom)
    assert form.send(documents()).status_code == 303
    editor = newsroom.editor()
    reference = reference_of(editor.get("/desk/?sort=received").text)
    for path, field in (("notes", "text"), ("labels", "labels")):
        data = {field: "before\0after", "version": "1"} if path == "labels" else {field: "before\0after"}
        answer = editor.post(f"/desk/applications/{reference}/{path}", data=data)
        assert answer.status_code == 422, path


SECOND_CALL = (ROOT / "app" / "calls" / f"{SLUG}.toml").read_text().replace(f'slug = "{SLUG}"', 'slug = "another-call"')


def test_a_draft_of_one_call_is_not_sent_through_another(newsroom: Newsroom, tmp_path: Path) -> None:
    (tmp_path / "another.toml").write_text(SECOND_CALL)
    newsroom.command("call", "load", str(tmp_path / "another.toml"))
    first = Form(newsroom)
    assert first.send(documents(), consent=None).status_code == 422  # its documents are kept under the first call
    second = Form(newsroom, slug="another-call")
    second.draft = first.draft
    assert second.send({}).status_code == 422
    assert second.send(documents()).status_code == 422
    assert first.send({}).status_code == 303
