"""People and numbers at the desk, over HTTP: doubles merged and split, contributors, the overview, sources."""

import re
from urllib.parse import parse_qs, urlsplit

import httpx

from tests.newsroom import Form, Newsroom, documents, hidden, reference_of, wait_for


def apply(newsroom: Newsroom, *, source: str = "", **fields: object) -> str:
    """A reference."""
    form = Form(newsroom, lang="de")
    if source:
        form.path += f"?source={source}"
    answer = form.send(documents(), **fields)
    assert answer.status_code == 303, answer.text
    page = form.client.get(answer.headers["location"]).text
    return reference_of(page)


def page_of(editor: httpx.Client, reference: str) -> str:
    answer = editor.get(f"/desk/applications/{reference}")
    assert answer.status_code == 200
    return answer.text


def say(editor: httpx.Client, reference: str, says: str, other: str, version: str | None = None) -> httpx.Response:
    data = {"says": says, "other": other, "version": version or hidden(page_of(editor, reference), "version")}
    return editor.post(f"/desk/applications/{reference}/person", data=data)


def test_a_double_is_found_merged_split_and_kept_apart(newsroom: Newsroom) -> None:
    editor = newsroom.editor()
    one = apply(newsroom, name="Шушан Арутюнян", email="shushan.h@gmail.com")
    other = apply(newsroom, name="Shushan Arutyunyan", email="shushanh+cw@gmail.com")
    section = wait_for(lambda: people(editor, one) if other in people(editor, one) else "", what="finding the double")
    assert "same mailbox" in section
    assert "same name" in section
    assert say(editor, one, "same", other).status_code == 303
    text = people(editor, other)
    assert "Other applications of this person" in text
    assert "from another address: shushan.h@gmail.com" in text
    assert f"Same person as {one}" in re.sub(r"\s+", " ", page_of(editor, other))
    assert say(editor, one, "split", other).status_code == 303
    assert "Kept apart on purpose" in people(editor, one)
    assert "Likely the same person" not in people(editor, one)


def people(editor: httpx.Client, reference: str) -> str:
    found = re.search(r'<section aria-labelledby="people".*?</section>', page_of(editor, reference), re.S)
    return found[0] if found else ""


def test_n7_two_editors_who_say_different_things_are_told(newsroom: Newsroom) -> None:
    editor = newsroom.editor()
    one = apply(newsroom, name="Eins Person", email="eins@example.org")
    other = apply(newsroom, name="Zwei Person", email="zwei@example.org")
    version = hidden(page_of(editor, one), "version")
    assert say(editor, one, "same", other, version).status_code == 303
    late = say(editor, one, "apart", other, version)
    assert late.status_code == 409
    assert "Somebody else" in late.text
    assert f'name="other" value="{other}"' in late.text


def test_a_reference_that_is_not_there_and_one_address_are_told(newsroom: Newsroom) -> None:
    editor = newsroom.editor()
    one = apply(newsroom, name="Drei Person", email="drei@example.org")
    again = apply(newsroom, name="Drei Person", email="DREI@example.org")
    assert again in people(editor, one)
    unknown = say(editor, one, "same", "cw-000000")
    assert unknown.status_code == 422
    assert "no other application with the reference" in unknown.text
    assert say(editor, one, "same", one).status_code == 422
    assert say(editor, one, "split", again).status_code == 422
    assert say(editor, one, "apart", again).status_code == 422


def test_contributors_stand_in_the_pool_once_and_can_be_narrowed(newsroom: Newsroom) -> None:
    editor = newsroom.editor()
    email = "pool@example.org"
    for _ in range(2):
        reference = apply(newsroom, name="Pool Person", email=email, regions=["armenia"], topics=["energy"], keep="yes")
        for move in ("review", "accept"):
            version = hidden(page_of(editor, reference), "version")
            data = {"move": move, "version": version, "send": "yes", "subject": "Gut", "body": "Ja, gern."}
            assert editor.post(f"/desk/applications/{reference}/decide", data=data).status_code == 303
    page = editor.get("/desk/contributors").text
    assert page.count("Pool Person</bdi>") == 1
    assert reference in page
    fitting = {"region": "armenia", "language": "ka", "topic": "energy", "keep": "yes"}
    assert "Pool Person" in editor.get("/desk/contributors", params=fitting).text
    for facet, value in {"region": "georgia", "language": "de", "topic": "culture", "keep": "no"}.items():
        assert "Pool Person" not in editor.get("/desk/contributors", params=fitting | {facet: value}).text, facet
    assert editor.get("/desk/contributors", params={"region": "\0'--"}).status_code == 200
    assert email in page
    newsroom.add_editor("reads@example.org", "Ruth Lesend", "reader")
    read = newsroom.editor("reads@example.org").get("/desk/contributors").text
    assert "Pool Person" in read
    assert email not in read


def test_where_applicants_come_from_is_carried_from_the_call_to_the_overview(newsroom: Newsroom) -> None:
    editor = newsroom.editor()
    before = sources(editor).get("uni-tbilisi", 0)
    client = newsroom.browser()
    call = client.get("/de/calls/caucasus-experts?source=Uni-Tbilisi").text
    address = re.search(r'href="(/de/calls/caucasus-experts/apply[^"]*)"', call)
    assert address
    assert parse_qs(urlsplit(address[1]).query) == {"source": ["uni-tbilisi"]}
    form = client.get(address[1]).text
    assert f'action="{address[1]}"' in form
    assert 'action="/ka/calls/caucasus-experts/apply?source=uni-tbilisi"' in form
    apply(newsroom, name="Quelle Person", email="quelle@example.org", source="uni-tbilisi")
    assert sources(editor)["uni-tbilisi"] == before + 1
    for hostile in ("<script>", "a" * 41, "=1+1", "a b"):
        assert "source=" not in client.get("/de/calls/caucasus-experts", params={"source": hostile}).text


def sources(editor: httpx.Client) -> dict[str, int]:
    answer = editor.get("/desk/insights/source.csv?period=all")
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.headers["content-disposition"].startswith("attachment")
    lines = answer.content.decode("utf-8-sig").splitlines()[1:]
    return {line.split(",")[0]: int(line.split(",")[1]) for line in lines}


def test_the_overview_and_every_table_of_it_answer(newsroom: Newsroom) -> None:
    apply(newsroom, name="Zahl Person", email="zahl@example.org", topics=["energy"], country="GE")
    editor = newsroom.editor()
    page = editor.get("/desk/insights?call=caucasus-experts&period=4w").text
    tables = set(re.findall(r"/desk/insights/([a-z]+)\.csv\?call=caucasus-experts&amp;period=4w", page))
    assert tables == {"status", "region", "language", "topic", "country", "source", "places", "weeks", "times"}
    for table in tables:
        assert editor.get(f"/desk/insights/{table}.csv").status_code == 200
    assert editor.get("/desk/insights/nothing.csv").status_code == 404
    assert editor.get("/desk/insights?call=nothing").status_code == 404
    assert editor.get("/desk/insights?period=never").status_code == 422
