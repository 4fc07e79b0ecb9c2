"""From the form to the desk and the mailboxes, over real HTTP, on both databases."""

import re
from html import unescape
from pathlib import Path

import pytest
import yaml

from app.applications import form
from app.web.languages import LANGUAGES
from app.web.templating import filters
from tests.newsroom import Form, Newsroom, documents, errors, originals, reference_of, wait_for
from tests.smtp_server import SmtpServer

APPLICANTS = sorted((Path(__file__).parent.parent / "data" / "applicants").iterdir())


def test_a_complete_form_makes_an_application_with_a_private_page_and_both_mails(
    newsroom: Newsroom, smtp: SmtpServer
) -> None:
    answer = Form(newsroom).send(documents(), email="first@example.org")
    assert answer.status_code == 303
    page = newsroom.browser().get(answer.headers["location"])
    assert page.status_code == 200
    reference = reference_of(page.text)
    receipts = wait_for(lambda: [got for got in smtp.to("first@example.org") if reference in got.message["Subject"]])
    receipt = receipts[0]
    assert f"{newsroom.url}{answer.headers['location']}" in receipt.part("plain")
    assert receipt.message["Content-Language"] == "ka"
    office = "redaktion@caucasuswatch.de"
    announced = wait_for(lambda: [got for got in smtp.to(office) if reference in got.message["Subject"]])
    assert "Georgien" in announced[0].message["Subject"]
    assert "ნინო წერეთელი" in announced[0].part("plain")
    assert f"/desk/applications/{reference}" in announced[0].part("plain")
    assert answer.headers["location"].split("/")[-1] not in announced[0].part("plain")


def test_a_missing_field_costs_nothing(newsroom: Newsroom) -> None:
    form = Form(newsroom, lang="en")
    answer = form.send(documents(), name=None, email="second@example.org")
    assert answer.status_code == 422
    assert list(errors(answer.text)) == ["name"]
    assert answer.text.count("✓") == 3
    assert 'value="second@example.org"' in answer.text
    again = form.send({}, email="second@example.org")
    assert again.status_code == 303, again.text


def test_a_refused_document_does_not_cost_the_others(newsroom: Newsroom) -> None:
    form = Form(newsroom, lang="en")
    files = documents() | {"writing_sample": ("sample.pdf", b"<html><script>alert(1)</script></html>")}
    answer = form.send(files)
    assert answer.status_code == 422
    assert errors(answer.text).keys() == {"writing_sample"}
    assert "a web page" in errors(answer.text)["writing_sample"]
    assert answer.text.count("✓") == 2
    assert form.send({"writing_sample": documents()["writing_sample"]}).status_code == 303


def test_the_same_draft_sent_twice_makes_one_application(newsroom: Newsroom) -> None:
    form = Form(newsroom)
    first, second = form.send(documents()), form.send(documents())
    assert first.status_code == second.status_code == 303
    assert first.headers["location"] == second.headers["location"]


@pytest.mark.parametrize("folder", APPLICANTS, ids=lambda folder: folder.name)
def test_every_applicant_of_the_corpus_can_apply_and_is_found(newsroom: Newsroom, folder: Path) -> None:
    person = yaml.safe_load((folder / "application.yaml").read_text())
    files = {}
    for kind, about in person["documents"].items():
        files[kind] = (about["file"], (folder / about["file"]).read_bytes())
    form = Form(newsroom, lang=person["ui_language"])
    fields = {
        "name": person["native_name"],
        "latin_name": person["name"],
        "email": person["email"],
        "country": person["country"],
        "regions": person["regions"],
        "languages": person["languages"],
        "about": person["motivation"],
        "links": person["published_work"],
        "keep": "yes",
    }
    answer = form.send(files, **fields)
    if "password" in person["documents"]["cv"]:
        assert answer.status_code == 422
        assert errors(answer.text).keys() == {"cv"}
        files["cv"] = documents()["cv"]
        answer = form.send({"cv": files["cv"]}, **fields)
    assert answer.status_code == 303, errors(answer.text)
    reference = reference_of(form.client.get(answer.headers["location"]).text)
    editor = newsroom.editor()

    def found(q: str) -> list[str]:
        page = editor.get("/desk/", params={"q": q})
        assert page.status_code == 200, page.text
        return list(dict.fromkeys(re.findall(r'href="/desk/applications/(CW-[0-9A-Z]{6})[?"]', page.text)))

    wait_for(lambda: found(person["search_phrase"]) == [reference], what=f"finding {person['search_phrase']}")
    assert found(person["native_name"]) == [reference]
    assert found(person["name"]) == [reference]
    for document, (name, content) in zip(originals(editor, reference), files.values(), strict=True):
        assert editor.get(document).content == content, name
        page = editor.get(f"/desk/applications/{reference}?document={document.rpartition('/')[2]}")
        assert name in page.text


@pytest.mark.parametrize(
    ("lang", "between"),
    [
        ("de", ("Oman", "Österreich", "Pakistan")),
        ("en", ("Afghanistan", "Åland Islands", "Albania")),
        ("ru", ("Иордания", "Ирак", "Йемен")),
        ("ka", ("აზერბაიჯანი", "საქართველო", "სომხეთი")),
        ("hy", ("Ադրբեջան", "Հայաստան", "Վրաստան")),
        ("az", ("Cibuti", "Çad", "Danimarka")),
        ("az", ("Estoniya", "Əfqanıstan", "Finlandiya")),
        ("az", ("Xorvatiya", "İran", "Kanada")),
    ],
)
def test_countries_stand_where_their_readers_look_for_them(newsroom: Newsroom, lang: str, between: list[str]) -> None:
    page = newsroom.browser().get(f"/{lang}/calls/caucasus-experts/apply").text
    names = [unescape(name) for name in re.findall(r'<option value="[A-Z]{2}">([^<]+)', page)]
    places = [names.index(name) for name in between]
    assert places == sorted(places)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_country_of_the_list_has_a_name(lang: str) -> None:
    name_of = filters(lang)["country_name"]
    assert [code for code in form.countries() if name_of(code) == code] == []
