"""Reviewing: hidden until one's own is there, blind, asked for and reminded, kept out of; on both databases."""

import io
import json
import re
import zipfile
from datetime import timedelta
from functools import partial
from pathlib import Path

import httpx
import pytest

from app.database import utcnow
from tests.newsroom import ROOT, SLUG, Form, Newsroom, documents, hidden, reference_of, wait_for
from tests.smtp_server import SmtpServer

NINO, LEVAN, ANNA = "chief@example.org", "levan@example.org", "anna@example.org"
NAME = "Unverwechselbar Beispiel"


@pytest.fixture(scope="module")
def team(newsroom: Newsroom) -> None:
    newsroom.add_editor(LEVAN, "Levan Kapanadze", "editor")
    newsroom.add_editor(ANNA, "Anna Weiß", "editor")
    newsroom.add_editor("ruth@example.org", "Ruth Lesend", "reader")


@pytest.fixture
def reference(newsroom: Newsroom, team: None) -> str:
    return applied(newsroom, SLUG)


def applied(newsroom: Newsroom, slug: str, name: str = NAME) -> str:
    """A new application, by its reference."""
    fields = {"name": name, "latin_name": f"Latin {name}", "email": f"{name.split()[0].lower()}@example.org"}
    sent = documents() | {"cv": (f"{name} CV.pdf", documents()["cv"][1])}
    answer = Form(newsroom, lang="de", slug=slug).send(
        sent, links=[f"https://{name.split()[0].lower()}.example/"], **fields
    )
    assert answer.status_code == 303, answer.text
    return reference_of(newsroom.browser().get(answer.headers["location"]).text)


def page(client: httpx.Client, reference: str) -> str:
    answer = client.get(f"/desk/applications/{reference}")
    assert answer.status_code == 200
    return answer.text


def review(client: httpx.Client, reference: str, **fields: str) -> httpx.Response:
    return client.post(f"/desk/applications/{reference}/review", data=fields)


def post(client: httpx.Client, reference: str, action: str, **fields: object) -> httpx.Response:
    return client.post(f"/desk/applications/{reference}/{action}", data=fields)


def row(client: httpx.Client, reference: str) -> str:
    """An application's row in the queue."""
    text = client.get("/desk/", params={"status": "open"}).text
    found = re.search(rf'<tbody id="row-{reference}".*?</tbody>', text, re.S)
    assert found
    return found[0]


def score(client: httpx.Client, reference: str) -> str:
    """The words of an application's score in the queue."""
    cell = re.search(r'data-label="Score".*?</td>', row(client, reference), re.S)
    assert cell
    return " ".join(re.sub(r"^[^>]*>|<[^>]+>", " ", cell[0]).split())


def person(client: httpx.Client, reference: str, name: str) -> str:
    """An editor's id, as the form that asks for reviews has it."""
    found = re.search(rf'name="editors" value="([0-9a-f-]{{36}})"[^>]*><span><bdi>{name}<', page(client, reference))
    assert found, f"{name} cannot be asked"
    return found[1]


def ask(client: httpx.Client, reference: str, name: str, *, days: int = 7) -> httpx.Response:
    due = (utcnow() + timedelta(days=days)).date().isoformat()
    return post(client, reference, "reviews/ask", editors=[person(client, reference, name)], due=due)


def test_others_scores_are_hidden_until_ones_own_are_there(newsroom: Newsroom, reference: str) -> None:
    nino, levan, ruth = newsroom.editor(NINO), newsroom.editor(LEVAN), newsroom.editor("ruth@example.org")
    scores = {"score_writing": "5", "score_regional-knowledge": "4", "score_languages": "", "recommendation": "yes"}
    assert review(nino, reference, comment="A rare <b>ear</b>.", **scores).status_code == 303
    before = page(levan, reference)
    assert "Others&#39; scores appear once yours is saved." in before or "Others' scores appear" in before
    assert "A rare" not in before
    assert '<strong class="score">4.5' not in before
    assert "1 of 2" in before  # that there is one is no secret
    assert score(nino, reference) == "4.5 (1) 1 review"
    assert score(levan, reference) == "– (1) 1 review"
    assert "A rare &lt;b&gt;ear" in page(ruth, reference)  # who only reads has no opinion to be swayed
    assert review(levan, reference, score_writing="2", recommendation="no").status_code == 303
    after = page(levan, reference)
    assert "A rare &lt;b&gt;ear" in after
    # Nino (2·4 + 2·5) / 4 = 4.5, Levan 2: together 3.25, written as CLDR rounds it
    assert re.search(r'<strong class="score">3\.[23]</strong> of 5 · 2 reviews', after)
    assert re.search(r">Writing</th><td class=\"number\">3\.5</td><td class=\"number\">2–5<", after)


def test_a_review_is_changed_and_withdrawn_by_its_writer(newsroom: Newsroom, reference: str) -> None:
    nino, levan = newsroom.editor(NINO), newsroom.editor(LEVAN)
    review(nino, reference, score_writing="5")
    review(nino, reference, score_writing="3", comment="On second thoughts")
    review(levan, reference, score_writing="1")
    assert re.search(r'<strong class="score">2\.0</strong> of 5 · 2 reviews', page(levan, reference))
    assert post(nino, reference, "review/withdraw").status_code == 303
    seen = page(levan, reference)
    assert "On second thoughts" not in seen
    assert re.search(r'<strong class="score">1\.0</strong> of 5 · 1 review\b', seen)
    assert "Review withdrawn" in seen
    assert "Review changed" in seen


def test_a_review_says_something_and_keeps_to_the_scale(newsroom: Newsroom, reference: str) -> None:
    nino = newsroom.editor(NINO)
    empty = review(nino, reference, score_writing="", comment="  ")
    assert empty.status_code == 422
    assert "Give at least one score" in empty.text
    beyond = review(nino, reference, score_writing="6", comment="kept words")
    assert beyond.status_code == 422
    assert "kept words" in beyond.text
    assert review(nino, reference, score_charm="3").status_code == 422
    assert review(nino, reference, score_writing="x").status_code == 422
    assert review(nino, reference, status="accepted", comment="x").status_code == 422
    assert "0 of 2" in page(nino, reference)


def test_reading_without_reviewing_is_a_choice_that_stays(newsroom: Newsroom, reference: str) -> None:
    nino, levan = newsroom.editor(NINO), newsroom.editor(LEVAN)
    review(nino, reference, score_writing="5", comment="Seen by who must not")
    assert "Seen by who must not" not in page(levan, reference)
    assert post(levan, reference, "review/read-without").status_code == 303
    assert "Seen by who must not" in page(levan, reference)
    refused = review(levan, reference, score_writing="5")
    assert refused.status_code == 403
    assert "would no longer be independent" in refused.text.replace("&#39;", "'")


def test_who_is_asked_sees_it_and_is_asked_no_more_when_it_is_done(
    newsroom: Newsroom, smtp: SmtpServer, reference: str
) -> None:
    nino, levan, anna = newsroom.editor(NINO), newsroom.editor(LEVAN), newsroom.editor(ANNA)
    assert ask(nino, reference, "Levan Kapanadze").status_code == 303
    assert ask(nino, reference, "Anna Weiß").status_code == 303
    assert "Your review is missing" in page(levan, reference)
    assert reference in levan.get("/desk/reviews").text
    assert re.search(r'To review(</span>)? <span class="count">\d', levan.get("/desk/").text)
    assert "your review is missing" in row(levan, reference)
    assert "reviews are missing" in row(nino, reference)
    mails = wait_for(lambda: [got for got in smtp.to(LEVAN) if reference in str(got.message["Subject"])])
    assert mails[0].message["Subject"] == f"Please review application {reference}"
    assert NAME not in mails[0].part("plain")  # nothing of the applicant but the reference
    assert review(levan, reference, recommendation="yes").status_code == 303
    assert reference not in levan.get("/desk/reviews").text
    assert "Your review is missing" not in page(levan, reference)
    anna_id = re.search(r"reviews/ask/([0-9a-f-]{36})/cancel", page(nino, reference))
    assert anna_id
    assert post(nino, reference, f"reviews/ask/{anna_id[1]}/cancel").status_code == 303
    assert reference not in anna.get("/desk/reviews").text
    assert post(levan, reference, "review/withdraw").status_code == 303  # what was asked for is missing again
    assert reference in levan.get("/desk/reviews").text


def test_asking_wants_somebody_and_a_day_to_come(newsroom: Newsroom, reference: str) -> None:
    nino = newsroom.editor(NINO)
    yesterday = ask(nino, reference, "Levan Kapanadze", days=-2)
    assert yesterday.status_code == 422
    assert "today or later" in yesterday.text
    assert "checked" in yesterday.text  # whom was asked is kept
    tomorrow = (utcnow() + timedelta(days=1)).date()  # the office's today may be a day ahead of UTC
    nobody = post(nino, reference, "reviews/ask", due=tomorrow.isoformat())
    assert nobody.status_code == 422
    assert "at least one colleague" in nobody.text


def test_who_has_a_conflict_of_interest_neither_reviews_nor_decides(newsroom: Newsroom, reference: str) -> None:
    nino, levan = newsroom.editor(NINO), newsroom.editor(LEVAN)
    assert review(levan, reference, score_writing="5").status_code == 303
    me = re.search(r'<option value="([0-9a-f-]{36})">Levan Kapanadze<', page(nino, reference))
    assert me
    assign = {"assignee": me[1], "version": hidden(page(nino, reference), "version")}
    assert post(nino, reference, "assign", **assign).status_code == 303
    assert post(levan, reference, "conflict-of-interest", reason=" ").status_code == 422
    assert post(levan, reference, "conflict-of-interest", reason="My <i>cousin</i>").status_code == 303
    seen = page(nino, reference)
    assert "My &lt;i&gt;cousin" in seen
    assert "0 of 2" in seen  # the review is gone
    assert f"conflict-of-interest/{me[1]}/take-back" in seen
    assert not re.search(rf'<option value="{me[1]}"', seen)  # no longer theirs, nor given to them again
    assign["version"] = hidden(seen, "version")
    assert post(nino, reference, "assign", **assign).status_code == 409
    refused = review(levan, reference, score_writing="5")
    assert refused.status_code == 403
    assert "conflict of interest" in refused.text
    move = {"version": hidden(page(levan, reference), "version"), "move": "shortlist"}
    assert post(levan, reference, "decide", **move).status_code == 403
    due = (utcnow() + timedelta(days=1)).date().isoformat()
    assert post(nino, reference, "reviews/ask", editors=[me[1]], due=due).status_code == 422
    back = f"conflict-of-interest/{me[1]}/take-back"
    assert post(levan, reference, back).status_code == 403  # only an administrator
    assert post(nino, reference, back).status_code == 303
    assert post(levan, reference, "decide", **move | {"version": hidden(page(levan, reference), "version")}).is_redirect
    assert "Takes part again: Levan Kapanadze" in page(nino, reference)


@pytest.fixture(scope="module")
def blind_call(newsroom: Newsroom, team: None, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A second call, reviewed blind."""
    text = (ROOT / "app" / "calls" / f"{SLUG}.toml").read_text("utf-8")
    text = text.replace(f'slug = "{SLUG}"', 'slug = "blind-call"').replace(
        "blind_reviews = false", "blind_reviews = true"
    )
    path: Path = tmp_path_factory.mktemp("call") / "blind.toml"
    path.write_text(text, "utf-8")
    newsroom.command("call", "load", str(path))
    return "blind-call"


def test_blind_reviewers_see_of_nobody_who_it_is(newsroom: Newsroom, blind_call: str) -> None:
    reference = applied(newsroom, blind_call, "Verhohlen Gezeichnet")
    nino, levan = newsroom.editor(NINO), newsroom.editor(LEVAN)
    path = f"/desk/applications/{reference}"
    listed = wait_for(lambda: mails_about(levan), what="mails in the list")
    everywhere = ["/desk/", "/desk/?call=blind-call", path, f"{path}?move=decline", "/desk/reviews"]
    everywhere += ["/desk/mail?state=sent", "/desk/mail?state=waiting", *listed]
    everywhere += [f"{path}?document=about", f"{path}?find=a", "/desk/mentions", "/desk/templates", "/desk/insights"]
    everywhere += ["/desk/contributors", *originals(levan, path)]

    def leaks(client: httpx.Client) -> set[str]:
        told = ("verhohlen", "gezeichnet")
        return {
            f"{word} on {address}"
            for address in everywhere
            for word in told
            if word in client.get(address).text.lower()
        }

    assert ask(nino, reference, "Levan Kapanadze").status_code == 303
    assert f"Applicant {reference}" in page(levan, reference)
    assert f"Applicant {reference}" in levan.get("/desk/reviews").text
    assert leaks(levan) == set()
    assert len(leaks(nino)) > 5  # an administrator sees it, so that the look above looked in the right places
    for original in originals(levan, path):
        download = wait_for(partial(handed_out, levan, original.removesuffix("/original")), what="the examination")
        assert re.search(r"CV\.pdf|Cover letter\.txt|Writing sample\.pdf", download)
        assert "Verhohlen" not in download
    assert post(levan, reference, "reveal", version="1", shown="yes").status_code == 403
    version = hidden(page(nino, reference), "version")
    assert post(nino, reference, "reveal", version=version, shown="yes").status_code == 303
    assert "Verhohlen" in page(levan, reference)
    assert "Name shown to reviewers" in page(levan, reference)


def originals(client: httpx.Client, path: str) -> set[str]:
    """The pages of the originals, as the page of an application links to them, and of every other document."""
    tabs = re.findall(r"document=([0-9a-f-]{36})", client.get(path).text)
    return {f"/desk/documents/{key}/original" for key in tabs}


def handed_out(client: httpx.Client, address: str) -> str:
    """Under which name a document is handed out, once it is."""
    answer = client.get(address)
    return answer.headers.get("content-disposition", "") if answer.status_code == 200 else ""


def mails_about(client: httpx.Client) -> list[str]:
    found = []
    for state in ("waiting", "sent"):
        found += re.findall(
            r'href="(/desk/mail/[0-9a-f-]{36})"[^>]*>Mail about', client.get(f"/desk/mail?state={state}").text
        )
    return found


def test_blind_reviewers_do_not_find_by_name_whose_application_it_is(newsroom: Newsroom, blind_call: str) -> None:
    reference = applied(newsroom, blind_call, "Unauffindbar Beispiel")
    levan = newsroom.editor(LEVAN)

    def found(q: str) -> bool:
        return reference in levan.get("/desk/", params={"q": q, "call": blind_call}).text

    wait_for(lambda: found("გამარჯობა"), what="finding by a document's text")
    assert not found("Unauffindbar")
    assert not found("unauffindbar@example.org")
    nino = newsroom.editor(NINO)
    version = hidden(page(nino, reference), "version")
    assert post(nino, reference, "reveal", version=version, shown="yes").status_code == 303
    wait_for(lambda: found("Unauffindbar"), what="finding by name what is no longer blind")


def test_a_letter_written_blind_carries_the_name_when_it_leaves(
    newsroom: Newsroom, smtp: SmtpServer, blind_call: str
) -> None:
    reference = applied(newsroom, blind_call)
    levan = newsroom.editor(LEVAN)
    panel = levan.get(f"/desk/applications/{reference}", params={"move": "decline"}).text
    assert "{name}" in panel
    version = hidden(panel, "version")
    fields = {"version": version, "move": "decline", "send": "yes", "subject": reference, "body": "Guten Tag {name}!"}
    assert post(levan, reference, "decide", **fields).status_code == 303
    mails = wait_for(
        lambda: [got for got in smtp.to("unverwechselbar@example.org") if got.message["Subject"] == reference]
    )
    assert f"Guten Tag {NAME}!" in mails[0].part("plain")


def test_the_editorial_mailbox_is_not_told_either_who_it_is(
    newsroom: Newsroom, smtp: SmtpServer, blind_call: str
) -> None:
    reference = applied(newsroom, blind_call, "Postalisch Verborgen")

    def announced() -> list[str]:
        office = smtp.to("redaktion@caucasuswatch.de")
        ours = [got for got in office if reference in got.part("plain")]
        return [str(got.message.items()) + got.part("plain") + got.part("html") for got in ours]

    [mail] = wait_for(announced, what="the announcement")
    assert reference in mail
    assert "ostalisch" not in mail  # neither in the text nor as the address to answer to


def test_who_asks_for_all_their_data_reads_the_reviews_without_names(newsroom: Newsroom, team: None) -> None:
    form = Form(newsroom, lang="en")
    link = form.send(documents(), email="data@example.org").headers["location"]
    reference = reference_of(form.client.get(link).text)
    nino, levan = newsroom.editor(NINO), newsroom.editor(LEVAN)
    assert ask(nino, reference, "Levan Kapanadze").status_code == 303
    review(levan, reference, score_writing="4", comment="A careful hand")
    with zipfile.ZipFile(io.BytesIO(form.client.get(link + "/export.zip").content)) as packed:
        told = packed.read("data.json").decode()
    assert [row["comment"] for row in json.loads(told)["held"]["review"]["rows"]] == ["A careful hand"]
    for name in ("Levan", "Kapanadze", LEVAN, "Nino Beridze", NINO):
        assert name not in told
