"""A field that comes twice is refused at the desk and on small pages, too (promise S18)."""

import pytest

from tests.newsroom import PASSWORD, Form, Newsroom, documents, reference_of


def test_s18_the_last_of_two_is_never_taken(newsroom: Newsroom) -> None:
    form = Form(newsroom, lang="en")
    reference = reference_of(form.client.get(form.send(documents()).headers["location"]).text)
    editor = newsroom.editor()
    address = f"/desk/applications/{reference}"
    assert editor.post(f"{address}/decide", data={"version": ["7", "1"], "move": "decline"}).status_code == 422
    assert editor.post(f"{address}/notes", data={"text": ["one", "two"]}).status_code == 422
    assert editor.post(f"{address}/decide", data={"version": "1", "move": "decline"}).status_code == 303


@pytest.mark.parametrize("field", ["email", "password", "next"])
def test_s18_signing_in_takes_each_field_once(newsroom: Newsroom, field: str) -> None:
    data = {"email": "chief@example.org", "password": PASSWORD, "next": "/desk/"}
    twice = data | {field: [data[field], data[field]]}
    assert newsroom.browser().post("/desk/login", data=twice).status_code == 422
    assert newsroom.browser().post("/desk/login", data=data).status_code == 303


def test_boxes_may_be_ticked_as_often_as_there_are(newsroom: Newsroom) -> None:
    assert newsroom.editor().post("/desk/views/look", data={"columns": ["age", "score"]}).status_code == 303
