"""From the call to the mail in one's own language; into another one without losing place or what was typed (A4)."""

import re
from collections.abc import Iterator
from html import unescape
from typing import Any

import httpx
import pytest

from app.web.languages import LANGUAGES
from app.web.templating import translator
from tests.newsroom import Form, Newsroom, documents, hidden, reference_of, wait_for
from tests.smtp_server import SmtpServer

FORM = "/{}/calls/caucasus-experts/apply"
LEFT = re.compile(r"^/(?:de|en|ru|ka|hy|az)(?=/)")


@pytest.fixture(scope="module")
def newsroom(tmp_path_factory: pytest.TempPathFactory, smtp: SmtpServer) -> Iterator[Newsroom]:
    """One database is enough here: words do not differ."""
    with Newsroom(tmp_path_factory.mktemp("languages"), smtp_url=smtp.url) as running:
        yield running


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a4_from_the_call_to_the_mail_in_ones_own_language(newsroom: Newsroom, smtp: SmtpServer, lang: str) -> None:
    client = newsroom.browser(**{"Accept-Language": f"{lang}, en;q=0.5"})
    _ = translator(lang)

    def read(path: str) -> str:
        answer = client.get(path, follow_redirects=True)
        assert answer.status_code == 200
        assert f'<html lang="{lang}"' in answer.text
        assert answer.headers["content-language"] == lang
        return answer.text

    front = read("/")
    call = read(re.search(rf'href="(/{lang}/calls/[^"]+)"', front)[1])  # type: ignore[index]
    form = Form(newsroom, lang=lang)
    assert f'href="{form.path}"' in call
    kept = form.send(documents(), step="check", email=f"own-{lang}@example.org")
    assert kept.status_code == 303
    check = read(kept.headers["location"])
    assert _("Check your application") in unescape(check)
    sent = client.post(f"/{lang}/drafts/{form.draft}/send", data={"seen": hidden(check, "seen")})
    private = read(sent.headers["location"])
    assert _("Your application") in unescape(private)
    assert _("Signed") in unescape(read(f"{sent.headers['location']}/receipt"))
    mail = wait_for(lambda: smtp.to(f"own-{lang}@example.org"), what="the receipt")[0]
    assert mail.message["Content-Language"] == lang
    reference = reference_of(private)
    assert reference in mail.message["Subject"]
    title = re.search(r"<h1>(.+?)</h1>", call)[1]  # type: ignore[index]
    assert unescape(title) in " ".join(mail.part("plain").split())
    assert sent.headers["location"] in mail.part("plain")
    # What looks like a colon ends an Armenian sentence: what is named stands behind another sign.
    assert (": " in mail.part("plain")) is (lang != "hy")


class Menu:
    """The languages of a page: addresses, or buttons that send the page's form along."""

    def __init__(self, html: str, to: str) -> None:
        link = re.search(rf'<a href="([^"]+)" lang="{to}" hreflang', html)
        button = re.search(
            rf'<button form="([^"]+)" formaction="([^"]+)" name="step" value="language" lang="{to}"', html
        )
        assert bool(link) is not bool(button), html[:1500]
        self.sends = bool(button)
        self.address = unescape((link or button)[1 if link else 2])  # type: ignore[index]
        if button:
            form = re.search(rf'<form id="{button[1]}"[^>]*>', html)
            assert form, f"no form {button[1]}"
            action = re.search(r'action="([^"]+)"', form[0])
            self.files = "multipart" in form[0]
            # Where it sends to is where the form sends to, but for the language.
            mine = LEFT.sub("", unescape(action[1])) if action else LEFT.sub("", self.address)
            assert mine.split("?")[0] == LEFT.sub("", self.address).split("?")[0]

    def choose(self, client: httpx.Client, typed: dict[str, Any]) -> httpx.Response:
        """As a browser without scripts does: a form with documents sends one, or its empty control."""
        if not self.sends:
            return client.get(self.address, follow_redirects=True)
        chosen = {"cv": ("cv.txt", b"A life in a few lines.")} if "draft" in typed else {"attachments": ("", b"")}
        files = chosen if self.files else None
        return client.post(self.address, data=typed | {"step": "language"}, files=files, follow_redirects=True)


def same_place(one: str, other: str) -> bool:
    return LEFT.sub("", one).split("?")[0] == LEFT.sub("", other).split("?")[0]


def test_every_public_page_keeps_its_place_in_another_language_and_what_is_typed(newsroom: Newsroom) -> None:
    client = newsroom.browser()
    half, whole = Form(newsroom, lang="de"), Form(newsroom, lang="de")
    half.send({}, step="save", email="half@example.org")
    whole.send(documents(), step="check", email="whole@example.org")
    link = Form(newsroom, lang="de").send(documents(), email="sent@example.org").headers["location"]
    draft = f"/de/drafts/{half.draft}"
    pages: list[tuple[str, dict[str, Any], str]] = [
        ("/de/", {}, ""),
        ("/de/calls/caucasus-experts?source=radio", {}, "?source=radio"),
        ("/de/privacy", {}, ""),
        ("/de/accessibility", {}, ""),
        ("/de/erased", {}, ""),
        ("/de/lost-link?asked=yes", {}, 'role="status"'),
        ("/de/lost-link", {"email": "half@typed"}, 'value="half@typed"'),
        ("/de/verify", {"receipt": "half of a receipt"}, "half of a receipt</textarea>"),
        ("/de/continue", {"phrase": "one two"}, 'value="one two"'),
        (f"{draft}/saved", {"email": "other@typed", "remind": "yes"}, 'value="other@typed"'),
        (f"/de/drafts/{whole.draft}/check", {}, "whole@example.org"),
        (link, {"text": "Half a question"}, "Half a question</textarea>"),
        (f"{link}/receipt", {}, "BEGIN"),
        ("/de/nothing", {}, ""),
    ]
    for path, typed, kept in pages:
        html = client.get(path).text
        there = Menu(html, "ka").choose(client, typed)
        assert there.status_code in (200, 404), path
        assert '<html lang="ka"' in there.text, path
        assert same_place(path, str(there.url.path)) or typed, path
        assert kept in there.text, path
        assert 'class="error"' not in there.text, path
        # And with nothing typed one is simply there.
        if typed:
            standing = re.search(r'type="email" value="([^"]+)"', html)
            bare = Menu(html, "ru").choose(client, {"email": standing[1]} if standing else {})
            assert same_place(path, str(bare.url.path)), path
            assert '<html lang="ru"' in bare.text
    for path in (FORM.format("de"), draft):
        html = client.get(path).text
        typed = {"draft": hidden(html, "draft"), "name": "ნინო", "about": "Half a sentence"}
        there = Menu(html, "hy").choose(client, typed)
        assert str(there.url.path) == f"/hy/drafts/{typed['draft']}"
        for kept in ('value="ნინო"', "Half a sentence</textarea>", "cv.txt"):
            assert kept in there.text, kept
    untouched = client.get(FORM.format("de")).text
    data = {"draft": hidden(untouched, "draft"), "step": "language"}
    there = client.post(Menu(untouched, "hy").address, data=data, files={"cv": ("", b"")})
    assert there.headers["location"] == FORM.format("hy")


def test_the_accessibility_statement_says_in_every_language_what_bitv_asks_for(newsroom: Newsroom) -> None:
    client = newsroom.browser()
    for lang in LANGUAGES:
        page = client.get(f"/{lang}/accessibility").text
        for said in ("BITV 2.0", "EN 301 549", "WCAG", "mailto:i.dostalik@", "2026", "§ 16" if lang == "de" else "BGG"):
            assert said in page, f"{lang}: {said}"
        assert "info@schlichtungsstelle-bgg.de" in page
        assert len(re.findall("<h2>", page)) == 5
        assert client.get(f"/{lang}/").text.count(f'href="/{lang}/accessibility"') == 1


def test_a5_public_pages_come_packed_and_those_of_the_desk_do_not(newsroom: Newsroom) -> None:
    form = Form(newsroom)
    link = form.send(documents(), email="packed@example.org").headers["location"]
    again = Form(newsroom).send({}, step="check", email=None)
    assert again.status_code == 422
    for answer in (again, form.client.get("/ka/"), form.client.get(form.path), form.client.get(link)):
        assert answer.headers["content-encoding"] == "gzip"
        assert answer.num_bytes_downloaded < 12_000
    sizes = {form.client.get("/ka/privacy").num_bytes_downloaded for _ in range(10)}
    assert len(sizes) > 1  # a length tells nothing
    for path in ("/desk/", "/desk/account"):
        assert "content-encoding" not in newsroom.editor().get(path).headers


def test_what_was_refused_or_broken_off_is_told_in_another_language_where_one_was(newsroom: Newsroom) -> None:
    form = Form(newsroom, lang="de")
    wrong = {"cv": ("cv.pdf", b"<html><script>alert(1)</script></html>")}
    answer = form.client.post(
        FORM.format("en"), data={"draft": form.draft, "name": "Nino", "step": "language"}, files={"cv": wrong["cv"]}
    )
    assert answer.status_code == 422
    assert "a web page" in answer.text
    assert 'value="Nino"' in answer.text
    saved = form.client.post(f"/de/drafts/{form.draft}/mail", data={"email": "nowhere"})
    assert saved.status_code == 422
    assert Menu(saved.text, "az").choose(form.client, {"email": "nowhere"}).status_code == 200
    # Where something was sent to and cannot be looked at, the page above is shown.
    lost = form.client.post("/de/drafts/" + "x" * 43 + "/send", data={"seen": ""})
    assert lost.status_code == 404
    assert Menu(lost.text, "az").address == "/az/drafts/" + "x" * 43
