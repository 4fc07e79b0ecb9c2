"""tus 1.0 by raw HTTP: what the protocol asks, what we refuse, and that what is acknowledged is there (N3, S12)."""

import base64
import fcntl
import hashlib
import json
import random
import socket
import sqlite3
import threading
from contextlib import closing
from datetime import timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest
import time_machine

from app.applications import uploads
from app.database import transaction, utcnow
from tests.newsroom import PATIENCE, PDF, SLUG, Form, Newsroom, away_from_midnight, documents, errors, wait_for
from tests.tus import PIECE, Tus, metadata

CHANCE = random.Random(7)
WORDLESS = bytes(128 + byte % 128 for byte in range(256))  # no letter, so that no chance spells what PDFs may not say
BUFFERS = 330_000  # what may wait between the line and the application, and is lost with the line


def document(size: int = 3_000_000) -> bytes:
    """A PDF that nobody else has, of just this size."""
    return b"%PDF-1.4\n%" + CHANCE.randbytes(size - 20).translate(WORDLESS) + b"\n%%EOF\n   "


@pytest.fixture
def tus(newsroom: Newsroom) -> Tus:
    return Tus(newsroom, Form(newsroom).draft)


def same(newsroom: Newsroom, draft: str, contents: dict[str, bytes]) -> None:
    """Sends the draft and compares what the desk hands out, byte for byte."""
    form = Form(newsroom)
    form.draft = draft
    sent = form.send({}, email=f"t{draft[:8].lower().replace('_', '-').strip('-')}@example.org")
    assert sent.status_code == 303, sent.text
    sums = {hashlib.sha256(content).hexdigest() for content in contents.values()}
    stored = {hashlib.sha256(path.read_bytes()).hexdigest() for path in (newsroom.data / "documents").glob("??/*")}
    assert sums <= stored


def test_what_the_server_can_do_is_told(newsroom: Newsroom, tus: Tus) -> None:
    answer = tus.client.options("/uploads/")
    assert answer.status_code == 204
    assert answer.headers["tus-version"] == "1.0.0"
    extensions = set(answer.headers["tus-extension"].split(","))
    assert extensions == {"creation", "creation-with-upload", "termination", "expiration", "checksum"}
    assert answer.headers["tus-max-size"] == "20000000"
    assert "sha1" in answer.headers["tus-checksum-algorithm"]


def test_three_documents_in_pieces_make_an_application_byte_for_byte(newsroom: Newsroom, tus: Tus) -> None:
    before = set(partials(newsroom))
    contents = {"cv": document(), "cover_letter": document(70_000), "writing_sample": document(2_500_001)}
    for kind, content in contents.items():
        address = tus.begin(kind, f"{kind}.pdf", len(content))
        at = 0
        while at < len(content):
            end = min(at + CHANCE.randrange(1, 900_000), len(content))
            answer = tus.piece(address, at, content[at:end])
            assert answer.status_code == 204, answer.text
            assert answer.headers["upload-offset"] == str(end)
            assert parsedate_to_datetime(answer.headers["upload-expires"]) > utcnow() + timedelta(days=6)
            at = end
    here = tus.here()
    assert here["received"].keys() == contents.keys()
    assert here["under_way"] == {}
    same(newsroom, tus.draft, contents)
    wait_for(lambda: set(partials(newsroom)) <= before, what="removing the pieces")


def test_a_small_document_comes_with_its_announcement(newsroom: Newsroom, tus: Tus) -> None:
    content = PDF.read_bytes()
    answer = tus.create("cv", "cv.pdf", len(content), content)
    assert answer.status_code == 201
    assert answer.headers["upload-offset"] == str(len(content))
    assert tus.here()["received"]["cv"]["name"] == "cv.pdf"
    half = tus.create("cover_letter", "letter.pdf", len(content), content[:100])
    assert half.headers["upload-offset"] == "100"
    assert tus.piece(half.headers["location"], 100, content[100:]).status_code == 204
    assert tus.here()["received"].keys() == {"cv", "cover_letter"}


def test_n3_what_came_before_the_line_broke_counts(newsroom: Newsroom, tus: Tus) -> None:
    content = document(2_000_000)
    address = tus.begin("cv", "cv.pdf", len(content))
    at = 0
    for cut in (1, 40_000, 1_200_000):
        head = (
            f"PATCH {address} HTTP/1.1\r\nHost: x\r\nTus-Resumable: 1.0.0\r\nContent-Type: {PIECE}\r\n"
            f"Upload-Offset: {at}\r\nContent-Length: {len(content) - at}\r\n\r\n"
        )
        ended = pieces_ended(newsroom)
        with socket.create_connection(("127.0.0.1", newsroom.port)) as line:
            line.sendall(head.encode() + content[at : at + cut])
        wait_for(lambda: pieces_ended(newsroom) > ended, what="the end of the piece")  # noqa: B023
        now = tus.offset(address)
        assert max(at, at + cut - BUFFERS) <= now <= at + cut
        at = now
    assert 1_200_000 - BUFFERS <= at <= 1_240_001
    assert tus.piece(address, at, content[at:]).status_code == 204
    assert tus.here()["received"]["cv"]["size"] == "2\N{NO-BREAK SPACE}MB"


def pieces_ended(newsroom: Newsroom) -> int:
    """Of how many pieces the server has written that they are over, one way or the other."""
    return newsroom.log.read_bytes().count(b'"method": "PATCH"')


def test_pieces_that_do_not_go_on_where_the_upload_stands_are_refused(newsroom: Newsroom, tus: Tus) -> None:
    content = document(10_000)
    address = tus.begin("cv", "cv.pdf", len(content))
    assert tus.piece(address, 0, content[:4000]).status_code == 204
    for offset in (0, 3999, 4001, 10_000):
        answer = tus.piece(address, offset, content[offset : offset + 10])
        assert answer.status_code == 409
        assert tus.offset(address) == 4000
    for offset in ("", "-1", "x", "1e3", "4,0", "9" * 20):
        assert tus.piece(address, offset, b"x").status_code == 400
    assert tus.piece(address, 4000, content[4000:] + b"more").status_code == 413
    assert tus.client.patch(address, headers={"Upload-Offset": "4000"}, content=b"x").status_code == 415


@pytest.mark.parametrize("algorithm", ["sha1", "sha256"])
def test_a_piece_counts_only_when_its_checksum_fits(newsroom: Newsroom, tus: Tus, algorithm: str) -> None:
    content = document(2_400_000)
    address = tus.begin("cv", "cv.pdf", len(content))

    def told(data: bytes) -> str:
        return f"{algorithm} {base64.b64encode(hashlib.new(algorithm, data).digest()).decode()}"

    def summed(at: int, data: bytes, checksum: str) -> int:
        return tus.piece(address, at, data, **{"Upload-Checksum": checksum}).status_code

    assert summed(0, content[:1_500_000], told(content[:1_500_000])) == 204
    assert summed(1_500_000, b"x" * 900_000, told(content[1_500_000:])) == 460
    assert tus.offset(address) == 1_500_000
    for odd in ("md5 rL0Y20zC+Fzt72VPzMSk2A==", f"{algorithm} !", f"{algorithm} YQ==", ""):
        assert summed(1_500_000, content[1_500_000:], odd) == 400
    assert summed(1_500_000, content[1_500_000:], told(content[1_500_000:])) == 204
    assert tus.here()["received"].keys() == {"cv"}


def test_two_at_once_do_not_mix(newsroom: Newsroom, tus: Tus) -> None:
    content = document(3_000_000)
    address = tus.begin("cv", "cv.pdf", len(content))
    answers: list[int] = []

    def send() -> None:
        answers.append(Tus(newsroom, tus.draft).piece(address, 0, content).status_code)

    both = [threading.Thread(target=send) for _ in range(4)]
    for each in both:
        each.start()
    for each in both:
        each.join()
    assert set(answers) <= {204, 409, 410, 423}
    at = tus.offset(address)
    assert at == len(content) or tus.piece(address, at, content[at:]).status_code == 204
    assert tus.here()["received"].keys() == {"cv"}
    assert not [
        each for each in json.loads(newsroom.command("fsck", "--json", check=False).stdout) if "damaged" in str(each)
    ]


def test_a_piece_that_finds_another_on_its_way_does_not_wait_for_it(newsroom: Newsroom, tus: Tus) -> None:
    before = set(partials(newsroom))
    address = tus.begin("cv", "cv.pdf", 10)
    assert tus.piece(address, 0, b"%PDF").status_code == 204
    (mine,) = set(partials(newsroom)) - before
    with (newsroom.data / "documents" / "partial" / mine).open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        assert tus.piece(address, 4, b"-1.4").status_code == 423
        assert tus.offset(address) == 4
    assert tus.piece(address, 4, b"-1.4").status_code == 204


def test_whoever_begins_hundreds_of_documents_a_day_has_to_wait(tmp_path: Path) -> None:
    away_from_midnight()

    def spend() -> None:
        """Let all that was counted for a day have been as often as it may be."""
        with closing(sqlite3.connect(newsroom.data / "aufruf.db", isolation_level=None, timeout=PATIENCE)) as rows:
            rows.execute("UPDATE rate SET count = 300 WHERE window_ends > datetime('now', '+2 hours')")

    with Newsroom(tmp_path, rate_limits="on") as newsroom:
        known, new = Tus(newsroom, Form(newsroom).draft), Form(newsroom)
        known.begin("cv", "cv.pdf", 10)
        save = {"draft": known.draft, "name": "N"}
        spend()
        assert known.create("cv", "cv.pdf", 10).status_code == 429
        path = f"/en/calls/{SLUG}/draft"
        assert new.client.post(path, data=save).status_code == 200
        new.client.post(path, data=save | {"draft": new.draft})
        spend()
        assert new.client.post(path, data=save | {"draft": Form(newsroom).draft}).status_code == 429
        assert new.client.post(path, data=save | {"draft": new.draft}).status_code == 200


def test_an_upload_can_be_ended_and_another_takes_its_place(newsroom: Newsroom, tus: Tus) -> None:
    before = set(partials(newsroom))
    first = tus.begin("cv", "cv.pdf", 5000)
    tus.piece(first, 0, b"%PDF-")
    second = tus.begin("cv", "other.pdf", 5000)
    assert tus.client.head(first).status_code == 404
    assert tus.client.delete(second).status_code == 204
    assert tus.client.delete(second).status_code == 404
    assert tus.here() == {"received": {}, "under_way": {}, "refused": {}}
    third = tus.begin("cv", "cv.pdf", 10)
    renamed = {"X-HTTP-Method-Override": "DELETE"}
    assert tus.client.post(third, headers=renamed | {"X-HTTP-Method-Override": "TRACE"}).status_code == 405
    assert tus.client.post(third, headers=renamed).status_code == 204
    wait_for(lambda: set(partials(newsroom)) <= before, what="removing the pieces")


def partials(newsroom: Newsroom) -> list[str]:
    return [path.name for path in (newsroom.data / "documents" / "partial").glob("*")]


REFUSED = [
    ("password", "cv_geschuetzt.pdf", "password"),
    ("program", b"MZ" + bytes(300), "a program"),
    ("page", b"<html><script>alert(1)</script></html>", "a web page"),
    ("cut", b"%PDF-1.7\n" + bytes(500), "damaged"),
]


@pytest.mark.parametrize(("_name", "content", "word"), REFUSED, ids=[each[0] for each in REFUSED])
def test_a_document_that_is_refused_is_named_with_the_reason_and_leaves_nothing(
    newsroom: Newsroom, tus: Tus, _name: str, content: str | bytes, word: str
) -> None:
    if isinstance(content, str):
        content = next((Path(__file__).parent.parent / "data" / "applicants").glob(f"*/{content}")).read_bytes()
    before = set((newsroom.data / "documents").glob("??/*"))
    address = tus.begin("cv", "cv.pdf", len(content))
    answer = tus.piece(address, 0, content)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert word in answer.json()["detail"]
    # Who lost that answer asks where the upload stands, and then what has become of it.
    assert tus.offset(address) == len(content)
    assert word in tus.here()["refused"]["cv"]
    assert tus.piece(address, len(content), b"").status_code == 410
    assert set((newsroom.data / "documents").glob("??/*")) <= before
    page = tus.client.get(f"/en/drafts/{tus.draft}")
    assert word in page.text


def test_what_would_be_refused_in_any_case_is_refused_before_it_is_sent(newsroom: Newsroom, tus: Tus) -> None:
    assert tus.create("cv", "cv.pdf", 20_000_001).status_code == 413
    assert tus.create("cv", "cv.pdf", 10**15 - 1).status_code == 413
    for name, word in (
        ("photo.JPG", "a picture"),
        ("cv.exe", "a program"),
        ("cv.xlsx", "save it as PDF"),
        ("cv.pdf.docm", "another kind"),
    ):
        answer = tus.create("cv", name, 5000)
        assert answer.status_code == 422
        assert word in answer.json()["detail"]
        assert name != "cv.exe" or "PDF and choose" not in answer.json()["detail"]  # a program is not saved as PDF
    assert tus.create("cv", "cv.pdf", 0).status_code == 422
    # The form sent after it says why, and not only that the document is missing; until one arrives.
    assert "This file is empty" in tus.here()["refused"]["cv"]
    form = Form(newsroom, lang="en")
    form.draft = tus.draft
    said = errors(form.send({kind: file for kind, file in documents().items() if kind != "cv"}, step="check").text)
    assert set(said) == {"cv"}
    assert "This file is empty" in said["cv"]
    assert form.send({"cv": documents()["cv"]}, step="check").status_code == 303


def test_creations_that_the_protocol_or_the_form_does_not_allow(newsroom: Newsroom, tus: Tus) -> None:
    for size in ("", "-1", "x", "1.5", "9" * 16):
        assert tus.create("cv", "cv.pdf", size).status_code == 400
    assert tus.create("cv", "cv.pdf", 10, **{"Upload-Defer-Length": "1"}).status_code == 400
    assert tus.create("cv", "cv.pdf", 10, told={"draft": "short"}).status_code == 422
    assert tus.create("passport", "cv.pdf", 10).status_code == 422
    assert tus.create("attachment", "cv.pdf", 10).status_code == 422
    assert tus.create("cv", "cv.pdf", 10, told={"call": "none"}).status_code == 404
    assert tus.create("cv", "cv.pdf", 10, told={"modified": "yesterday"}).status_code == 422
    assert tus.create("cv", "cv.pdf", 10, told={"status": "accepted"}).status_code == 422
    assert tus.create("cv", "cv.pdf", 10, b"x" * 11).status_code == 413
    twice = metadata(draft=tus.draft, call=SLUG, kind="cv") + ",kind " + base64.b64encode(b"cv").decode()
    assert tus.create("cv", "cv.pdf", 10, **{"Upload-Metadata": twice}).status_code == 422
    assert tus.create("cv", "cv.pdf", 10, **{"Upload-Metadata": "draft not-base64!"}).status_code == 400
    assert tus.create("cv", "cv.pdf", 10, b"x", **{"Content-Type": "text/plain"}).status_code == 415
    for version in ("", "0.2.2", "2.0.0"):
        answer = tus.create("cv", "cv.pdf", 10, **{"Tus-Resumable": version})
        assert answer.status_code == 412
        assert answer.headers["tus-version"] == "1.0.0"


NAMES = json.loads((Path(__file__).parent.parent / "data" / "hostile" / "names.json").read_text())


def test_s9_names_are_cleaned_and_never_a_path(newsroom: Newsroom, tus: Tus) -> None:
    content = PDF.read_bytes()
    hostile = [
        "../../etc/passwd.pdf",
        "C:\\x\\cv.pdf",
        "cv\u202efdp.pdf",
        'a"><img src=x>.pdf',
        "a\r\nX: y.pdf",
        "\xff",
    ]
    for name in [*hostile, b"\xff\xfe.pdf", " ", "x" * 5000 + ".pdf"]:
        answer = tus.create("cv", name, len(content), content)
        assert answer.status_code == 201, (name, answer.text)
        shown = tus.here()["received"]["cv"]["name"]
        assert not set(shown) & set('/\\"<>\r\n\u202e')
        assert len(shown.encode()) <= 200
    assert "<img" not in tus.client.get(f"/en/drafts/{tus.draft}").text


def test_after_the_application_was_sent_nothing_is_added(newsroom: Newsroom, tus: Tus) -> None:
    form = Form(newsroom)
    form.draft = tus.draft
    address = tus.begin("cv", "later.pdf", 5000)
    assert form.send(documents(), email="after@example.org").status_code == 303
    assert tus.client.head(address).status_code == 404
    assert tus.create("cv", "cv.pdf", 10).status_code == 410


def test_an_upload_whose_time_is_over_is_gone_with_its_bytes(connected: str, tmp_path: Path) -> None:
    from app.applications import drafts
    from app.calls import loading
    from app.documents.kinds import Kind
    from app.documents.storage import Storage

    storage = Storage(tmp_path)
    with transaction() as session:
        call = loading.load_file(session, loading.SHIPPED)
        session.flush()
        upload = uploads.begin(session, drafts.new_token(), call.id, uploads.Announced(Kind.CV, "a.pdf", 10, None))
    uploads.append(storage, upload, 0, b"%PDF")
    assert [key for key, _ in storage.partials()] == [upload.storage_key]
    with time_machine.travel(utcnow() + timedelta(days=8), tick=False):
        with pytest.raises(uploads.UploadGone):
            uploads.append(storage, upload, 4, b"-")
        with transaction() as session:
            assert uploads.expire(session) == 1
        uploads.sweep(storage, before=utcnow())
    assert list(storage.partials()) == []
