"""The letters: complete in text alone, in six languages, with nothing of a stranger's that would run or lead away."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from html.parser import HTMLParser

import pytest

from app.mail import letters
from app.mail.letters import LINK, Letter
from app.web import days, templating
from app.web.languages import LANGUAGES

DECISIONS = ["shortlisted", "trial_piece", "accepted", "contributor", "declined", "reopened"]
DOCUMENTS = [
    letters.Received("CV", "რეზიუმე.pdf", 1_240_000),
    letters.Received("Cover letter", "письмо.docx", 8_000),
    letters.Received("Writing sample", "text & <b>.md", 3_000),
]


@pytest.fixture(autouse=True)
def berlin() -> Iterator[None]:
    before = days.timezone()
    days.use_timezone("Europe/Berlin")
    yield
    days.use_timezone(before.key)


def receipt(language: str, *, name: str = "ნინო ბერიძე") -> Letter:
    return letters.receipt(
        letters.ReceiptFacts(
            language=language,
            organisation="The Magazine",
            call_title="Experts & writers",
            name=name,
            reference="CW-7K3M9Q",
            received_at=datetime(2026, 11, 24, 23, 30, tzinfo=UTC),
            answer_by=date(2026, 12, 20),
            questions_address="questions@example.org",
            documents=DOCUMENTS,
        )
    )


def new_application() -> Letter:
    return letters.new_application(
        letters.NewApplicationFacts(
            organisation="The Magazine",
            call_title="Experten",
            reference="CW-7K3M9Q",
            name="ნინო ბერიძე",
            latin_name="Nino Beridze",
            country="Georgien",
            regions=["Georgien", "Armenien"],
            languages=["Georgisch", "Russisch"],
            topics=["Wahlen"],
            documents=DOCUMENTS,
            desk_link="https://apply.example.org/desk/applications/CW-7K3M9Q",
        )
    )


def withdrawal_facts(language: str) -> letters.WithdrawalFacts:
    return letters.WithdrawalFacts(language, "The Magazine", "Experts", "ნინო", "CW-7K3M9Q", "https://example.org/desk")


def decision_facts(language: str, *, kept: bool = False, name: str = "ნინო") -> letters.DecisionFacts:
    return letters.DecisionFacts(language, "The Magazine", "Experts", name, "CW-7K3M9Q", "questions@example.org", kept)


def every_letter(language: str) -> list[Letter]:
    """All letters that exist, in one language."""
    made = [receipt(language), letters.withdrawn(withdrawal_facts(language))]
    made += [letters.withdrawal(withdrawal_facts(language)), new_application()]
    for kind in DECISIONS:
        subject, body = letters.decision_text(kind, decision_facts(language))
        made.append(letters.from_text(kind, language, subject=subject, body=body, organisation="The Magazine"))
    return made


class Page(HTMLParser):
    """What an HTML part has: its tags with their attributes, and its words."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words += data

    def all(self, name: str) -> list[str]:
        return [value for _, attributes in self.tags for key, value in attributes.items() if key == name and value]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_letter_is_complete_as_text_and_calm_as_html(language: str) -> None:
    for letter in every_letter(language):
        assert "CW-7K3M9Q" in letter.subject
        assert "\n" not in letter.subject
        assert "The Magazine" in letter.html
        # Nothing of a template is left, and nothing is escaped that is not markup.
        assert not re.search(r"\{[{%]|%\(|\bNone\b|&(amp|lt|gt|#39);", letter.text), letter.text
        assert not re.search(r"\n\n\n|[ \t]\n|(?<!\.)\.\.(?!\.)", letter.text), letter.text
        page = Page(letter.html)
        assert ("html", letter.language) in [(tag, attributes.get("lang")) for tag, attributes in page.tags]
        assert {tag for tag, _ in page.tags}.isdisjoint({"img", "script", "link", "iframe", "form", "object", "base"})
        assert page.all("src") == []
        assert "url(" not in letter.html
        assert "prefers-color-scheme: dark" in letter.html


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_receipt_says_what_came_when_and_what_comes_next(language: str) -> None:
    letter = receipt(language)
    shown = templating.filters(language)
    for words in (
        "ნინო ბერიძე",
        "Experts & writers",
        "CW-7K3M9Q",
        "00:30 (",  # the next day already, in the newsroom's time
        shown["date"](date(2026, 11, 25)),
        shown["date"](date(2026, 12, 20)),
        "რეზიუმე.pdf",
        "text & <b>.md",
        shown["bytes"](1_240_000),
        "questions@example.org",
    ):
        assert words in letter.text
        assert words in Page(letter.html).words
    assert re.search(r"00:30 \([^)]*\+0?1", letter.text)
    assert re.search(r"CV[:՝] რეზიუმე\.pdf", letter.text)  # Armenian has a mark of its own
    assert letter.text.count(LINK) == 1
    assert Page(letter.html).all("href") == [LINK]


def test_the_announcement_names_no_stranger_in_its_subject() -> None:
    letter = new_application()
    assert letter.subject == "Neue Bewerbung CW-7K3M9Q: Georgien, Armenien"
    for words in ("ნინო ბერიძე (Nino Beridze)", "Georgisch", "Wahlen", "რეზიუმე.pdf", "/desk/applications/CW-7K3M9Q"):
        assert words in letter.text
        assert words in Page(letter.html).words or words in Page(letter.html).all("href")[0]


def test_both_sides_hear_of_a_withdrawal() -> None:
    assert "ნინო" in letters.withdrawal(withdrawal_facts("de")).text
    assert "https://example.org/desk" in letters.withdrawal(withdrawal_facts("de")).text
    assert "https://example.org/desk" not in letters.withdrawn(withdrawal_facts("ka")).text


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_decision_has_words_of_its_own(language: str) -> None:
    bodies = [letters.decision_text(kind, decision_facts(language))[1] for kind in DECISIONS]
    bodies.append(letters.decision_text("declined", decision_facts(language, kept=True))[1])
    assert len(set(bodies)) == len(DECISIONS) + 1
    assert all("ნინო" in body and "questions@example.org" in body for body in bodies)


@pytest.mark.parametrize(
    "name", ["Visit http://evil.example", "www.evil.example", "win@evil.example", "evil.example/x"]
)
def test_e06_a_name_is_no_advertisement_in_a_mail_to_whoever_has_the_address(name: str) -> None:
    texts = [receipt("en", name=name).text, receipt("en", name=name).html]
    texts.append(letters.decision_text("declined", decision_facts("en", name=name))[1])
    for text in texts:
        assert name not in text
        assert not re.search(r"https?://evil|www\.evil|@evil|evil\.example", text)


@pytest.mark.parametrize("name", ["J. R. O'Neil", "Əşrəf Çıraqbəyli", "Лусабер Цовикян-Мл.", "ნინო-მარია ბერიძე"])
def test_a_name_is_greeted_as_it_was_written(name: str) -> None:
    assert f"Dear {name}," in receipt("en", name=name).text


def test_an_editors_text_becomes_paragraphs_and_links_and_nothing_more() -> None:
    body = 'Dear Nino,\n\nsee https://example.org/a?b=1&c=2. Or (http://example.org/x)!\nSecond line <b>"x"</b>'
    letter = letters.from_text("declined", "en", subject="About", body=body, organisation="The Magazine")
    assert letter.kind == "declined"
    assert letter.text == body + "\n"
    page = Page(letter.html)
    assert page.all("href") == ["https://example.org/a?b=1&c=2", "http://example.org/x"]
    assert "b" not in [tag for tag, _ in page.tags]
    assert 'Second line <b>"x"</b>' in page.words
    assert [tag for tag, _ in page.tags].count("p") == 3  # the organisation's name and two paragraphs


@pytest.mark.parametrize(
    "text", ["javascript:alert(1)", "data:text/html,<b>", "[x](javascript:alert(1))", "//evil.org/x"]
)
def test_only_web_addresses_become_links(text: str) -> None:
    letter = letters.from_text("declined", "en", subject="About", body=text, organisation="The Magazine")
    assert Page(letter.html).all("href") == []
    assert text in Page(letter.html).words


@pytest.mark.parametrize(
    "text", ["{{ 7 * 7 }}", "{% for x in facts %}{{ x }}{% endfor %}", "%(reference)s %s", "{0!r}"]
)
def test_s16_what_an_editor_or_an_applicant_writes_is_never_a_template(text: str) -> None:
    letter = letters.from_text("declined", "en", subject=text, body=text, organisation=text)
    assert (letter.subject, letter.text) == (text, text + "\n")
    assert Page(letter.html).words.count(text) == 3  # title, organisation, body
    assert text in receipt("en", name=text).text
    assert text in letters.decision_text("declined", decision_facts("en", name=text))[1]


@pytest.mark.parametrize("language", LANGUAGES)
def test_mails_about_a_draft_carry_its_link_once_and_the_day_of_its_end(language: str) -> None:
    facts = letters.DraftFacts(language, "The Magazine", "Experts & writers", datetime(2026, 12, 20, 12, tzinfo=UTC))
    day = templating.filters(language)["date"](date(2026, 12, 20))
    for letter in (letters.draft_link(facts), letters.draft_reminder(facts)):
        assert day in letter.text
        assert day in Page(letter.html).words
        assert letter.text.count(LINK) == 1
        assert Page(letter.html).all("href") == [LINK]
        assert not re.search(r"\n\n\n|[ \t]\n|(?<!\.)\.\.(?!\.)|%\(|\{[{%]", letter.text), letter.text
