"""A receipt proves what was received, to anybody, with nothing but the published key."""

import base64
import hashlib
import json
import re
import time
from datetime import UTC, datetime
from html import unescape

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from app.applications import receipts
from tests.newsroom import PDF, Form, Newsroom, documents, wait_for
from tests.smtp_server import SmtpServer


def receipt_of(newsroom: Newsroom, lang: str = "de") -> tuple[str, str]:
    """The page of a new application's receipt, and the signed lines on it."""
    form = Form(newsroom, lang=lang)
    answer = form.send(documents(), email="receipt@example.org")
    assert answer.status_code == 303
    page = form.client.get(answer.headers["location"] + "/receipt").text
    found = re.search(r"-----BEGIN RECEIPT-----.*?-----END RECEIPT-----", page, re.DOTALL)
    assert found, page
    return page, unescape(found[0])


def test_the_receipt_names_every_document_and_its_code_leads_home(newsroom: Newsroom) -> None:
    page, _code = receipt_of(newsroom)

    assert page.count(hashlib.sha256(PDF.read_bytes()).hexdigest()) == 2
    assert "<svg" in page
    assert 'class="qr"' in page


def test_a_receipt_is_recognised_quoted_and_broken_and_a_forged_one_is_not(newsroom: Newsroom) -> None:
    _page, code = receipt_of(newsroom)
    client = newsroom.browser()
    quoted = "On Monday you wrote:\n" + "\n".join(f"> {line} " for line in code.splitlines())
    for text in (code, quoted, code.replace("\n", "\r\n")):
        answer = client.post("/en/verify", data={"receipt": text})
        assert answer.status_code == 200
        assert "This receipt is genuine" in answer.text
        assert "sample.pdf" in answer.text
    lines = code.splitlines()
    forged = lines[2][:10] + ("A" if lines[2][10] != "A" else "B") + lines[2][11:]
    for text in ("", "hello", "\n".join([*lines[:2], forged, *lines[3:]]), code[:200], "x." * 9000):
        answer = client.post("/en/verify", data={"receipt": text})
        assert answer.status_code == 422
        assert "This is not a receipt of ours" in answer.text


def test_the_published_key_checks_it_without_us(newsroom: Newsroom) -> None:
    _page, code = receipt_of(newsroom)
    key = newsroom.browser().get("/.well-known/receipt-keys.json").json()["keys"][0]
    head, body, signature = "".join(code.splitlines()[1:-1]).split(".")

    def decode(text: str) -> bytes:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))

    Ed25519PublicKey.from_public_bytes(decode(key["x"])).verify(decode(signature), f"{head}.{body}".encode())
    assert json.loads(decode(head))["kid"] == key["kid"]
    said = json.loads(decode(body))
    assert [each["kind"] for each in said["documents"]] == ["cv", "cover_letter", "writing_sample"]
    assert "ნინო" not in decode(body).decode()


def test_the_mail_carries_the_same_proof(newsroom: Newsroom, smtp: SmtpServer) -> None:
    answer = Form(newsroom, lang="hy").send(documents(), email=f"proof{newsroom.port}@example.org")
    assert answer.status_code == 303
    mail = wait_for(
        lambda: next((got for got in smtp.got if f"proof{newsroom.port}@example.org" in got.recipients), None)
    )
    text = mail.part("plain")
    answer = newsroom.browser().post("/hy/verify", data={"receipt": text})
    assert answer.status_code == 200, text


@pytest.mark.parametrize("piece", [receipts.BEGIN, "a" * 12 + ".", "-" * 7, receipts.BEGIN + "x.y.", "a"])
def test_reading_what_is_no_receipt_takes_no_time(piece: str) -> None:
    started = time.process_time()
    assert receipts.verify((piece * 20_000)[:20_000], ["k" * 40]) is None
    assert time.process_time() - started < 0.5  # a hundred times what it takes


def test_a_receipt_is_found_between_other_words() -> None:
    key = "k" * 40
    now = datetime.now(UTC)
    signed = receipts.sign(receipts.Receipt("i", "o", "CW-1", "c", now, now, []), [key])
    for text in (signed, f"See here:{signed}. Yours, N. N.", f"a.b.{receipts.BEGIN}{signed}{receipts.END}.c.d"):
        found = receipts.verify(text, [key])
        assert found
        assert found.reference == "CW-1"
