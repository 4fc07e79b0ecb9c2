"""What each page is to have: controls with labels of their own, ids that stand once, one heading."""

from collections import Counter
from html.parser import HTMLParser

from tests.newsroom import Form, Newsroom, documents, reference_of


class Markup(HTMLParser):
    """The ids of a page, its controls, what labels lead to, and how many main headings it has."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.ids: Counter[str] = Counter()
        self.labelled: set[str] = set()
        self.controls: list[tuple[str, bool]] = []  # id, and whether a label is round it
        self.headings = self.inside = 0
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        of = {name: value or "" for name, value in attrs}
        self.ids.update([of["id"]] if "id" in of else [])
        self.labelled.update([of["for"]] if tag == "label" and "for" in of else [])
        self.headings += tag == "h1"
        self.inside += tag == "label"
        if tag in ("input", "select", "textarea") and of.get("type") not in ("hidden", "submit"):
            self.controls.append((of.get("id", ""), self.inside > 0))

    def handle_endtag(self, tag: str) -> None:
        self.inside -= tag == "label"


def is_in_order(html: str) -> None:
    page = Markup(html)
    assert page.headings == 1
    assert [name for name, times in page.ids.items() if times > 1] == []
    assert [name for name, wrapped in page.controls if not wrapped and name not in page.labelled] == []
    assert page.labelled <= set(page.ids)


def test_the_form_and_the_private_page(newsroom: Newsroom) -> None:
    form = Form(newsroom, lang="en")
    is_in_order(form.client.get(form.path).text)
    is_in_order(form.send({}, name="", email="x", links=["not one"]).text)
    link = form.send(documents()).headers["location"]
    is_in_order(form.client.get(link).text)


def test_an_application_at_the_desk_with_each_of_its_forms_open(newsroom: Newsroom) -> None:
    form = Form(newsroom, lang="en")
    reference = reference_of(form.client.get(form.send(documents()).headers["location"]).text)
    editor = newsroom.editor()
    for query in ("", "?move=decline", "?move=shortlist", "?ask=document", "?ask=correction"):
        is_in_order(editor.get(f"/desk/applications/{reference}{query}").text)
    is_in_order(editor.get("/desk/").text)
