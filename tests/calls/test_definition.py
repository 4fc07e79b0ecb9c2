"""A call's file: complete in six languages, or refused in words that lead to the place."""

import re
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pydantic import BaseModel, ValidationError

from app.calls.definition import CallDefinition, CallInvalid, load
from app.calls.loading import SHIPPED
from app.documents.kinds import Kind
from app.web.languages import LANGUAGES

ROOT = Path(__file__).parent.parent.parent
SCRIPTS = {"de": "LATIN", "en": "LATIN", "az": "LATIN", "ru": "CYRILLIC", "ka": "GEORGIAN", "hy": "ARMENIAN"}
LATIN_EVERYWHERE = {"Caucasus", "Watch", "CV"}
FOUR_WEEKS = {
    "de": "vier Wochen",
    "en": "four weeks",
    "ru": "четырёх недель",
    "ka": "ოთხი კვირის",
    "hy": "չորս շաբաթվա",
    "az": "Dörd həftə",
}
Refusal = Callable[..., str]


@pytest.fixture(scope="module")
def call() -> CallDefinition:
    return load(SHIPPED)


@pytest.fixture
def refusal(tmp_path: Path) -> Refusal:
    """What is said about the article's call after one change to its file."""

    def change(old: str, new: str, *, count: int = 1) -> str:
        text = SHIPPED.read_text("utf-8")
        assert old in text, "the change would change nothing"
        path = tmp_path / "call.toml"
        path.write_text(text.replace(old, new, count), "utf-8")
        with pytest.raises(CallInvalid) as caught:
            load(path)
        message = str(caught.value)
        assert message.startswith(str(path))
        assert "\n" not in message
        return message

    return change


def words_of(call: CallDefinition) -> Iterator[tuple[str, str]]:
    """Every text of a call with its language."""
    for choice in [*call.regions, *call.topics]:
        yield from choice.names.items()
    for document in call.documents:
        yield from [*document.label.items(), *document.hint.items()]
    for criterion in call.criteria:
        yield from [*criterion.names.items(), *(criterion.hint or {}).items()]
    for language, text in call.texts.items():
        for value in text.model_dump().values():
            yield from ((language, line) for line in ([value] if isinstance(value, str) else value))


def test_the_article_s_call_is_complete(call: CallDefinition) -> None:
    assert call.slug == "caucasus-experts"
    assert call.organisation == "Caucasus Watch"
    assert [region.key for region in call.regions] == ["georgia", "armenia", "azerbaijan", "north-caucasus"]
    assert [document.kind for document in call.documents] == [Kind.CV, Kind.COVER_LETTER, Kind.WRITING_SAMPLE]
    assert call.closes_on is None
    assert call.retention_months == 6


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_says_the_same_number_of_things(call: CallDefinition, language: str) -> None:
    text = call.text(language)
    assert len(text.sought) == len(call.text("de").sought)
    assert len(text.offered) == 3
    assert len(text.wanted) == len(call.documents)
    assert len(text.next_steps) == 4


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_wanted_is_what_the_form_asks_for(call: CallDefinition, language: str) -> None:
    """One word for one document: the call's list ends as the form's label does, whatever article stands before it."""
    for wanted, document in zip(call.text(language).wanted, call.documents, strict=True):
        assert wanted.casefold().endswith(document.label[language].casefold())


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_promised_weeks_are_the_weeks_that_are_counted(call: CallDefinition, language: str) -> None:
    assert call.answer_within_weeks == 4
    assert FOUR_WEEKS[language] in call.text(language).next_steps[2]


def test_no_word_mixes_scripts_and_every_letter_is_in_its_usual_form(call: CallDefinition) -> None:
    for language, text in words_of(call):
        assert text == unicodedata.normalize("NFC", text)
        for word in set(re.findall(r"[^\W\d_]+", text)) - LATIN_EVERYWHERE:
            scripts = {unicodedata.name(letter).split()[0] for letter in word}
            assert scripts == {SCRIPTS[language]}, f"{language}: {word}"


def test_armenian_ends_its_sentences_as_armenian_does(call: CallDefinition) -> None:
    text = call.text("hy")
    for sentence in [text.summary, text.lead, *text.next_steps, text.closing]:
        assert sentence.endswith("։")
        assert not set(sentence) & {":", "?", "!"}


def test_the_addresses_of_the_call_stand_in_its_file_alone(call: CallDefinition) -> None:
    addresses = [call.editorial_address, call.questions_address]
    found = []
    for folder in ("app", "templates", "docs"):
        for path in (ROOT / folder).rglob("*"):
            if path.suffix in {".py", ".html", ".txt", ".po", ".md", ".js", ".toml"} and path != SHIPPED:
                found += [path for address in addresses if address in path.read_text("utf-8")]
    assert found == []


def test_it_survives_the_database_unchanged(call: CallDefinition) -> None:
    assert CallDefinition.model_validate(call.model_dump(mode="json")) == call


def test_a_call_that_was_read_cannot_be_changed(call: CallDefinition) -> None:
    parts: list[BaseModel] = [call, call.regions[0], call.documents[0], call.text("de")]
    for part in parts:
        with pytest.raises(ValidationError):
            setattr(part, next(iter(type(part).model_fields)), "other")


def test_a_missing_name_tells_language_and_place(refusal: Refusal) -> None:
    message = refusal(', hy = "Էներգետիկա"', "")
    assert "topics.energy.names" in message
    assert "missing: hy" in message


def test_a_blank_text_is_a_missing_one(refusal: Refusal) -> None:
    assert "topics.energy.names.hy" in refusal('hy = "Էներգետիկա"', 'hy = " "')
    assert "texts.ka.wanted.2" in refusal('"ტექსტის ნიმუში"]', '""]')


def test_a_missing_text_tells_language_and_key(refusal: Refusal) -> None:
    assert "texts.az.closing is missing" in refusal('closing = "Sualınız var?', 'x = "Sualınız var?')


def test_a_missing_language_is_named(refusal: Refusal) -> None:
    message = refusal("[texts.az]", "[texts.tr]")
    assert "missing: az" in message
    assert "not one of them: tr" in message


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('slug = "caucasus-experts"', 'slug = "Caucasus Experts"', "slug"),
        ("opens_on = 2026-11-01", 'opens_on = "soon"', "opens_on"),
        ("opens_on = 2026-11-01", "opens_on = 2026-11-01\ncloses_on = 2026-10-31", "closes_on: a day not before"),
        ('timezone = "Europe/Berlin"', 'timezone = "Berlin"', "timezone: allowed: a name of the tz database"),
        ("retention_months = 6", "retention_months = 0", "retention_months: allowed: Input should be greater"),
        ("retention_months = 6", "retention_month = 6", "retention_month is not a key of a call"),
        ('key = "energy"', 'key = "economy"', "topics: allowed: each only once; twice here: economy"),
        ('kind = "cv"', 'kind = "photo"', "documents.photo.kind: allowed: Input should be 'cv', 'cover_letter'"),
        ('kind = "cv"', 'kind = "cover_letter"', "documents: allowed: each only once; twice here: cover_letter"),
        ('languages_offered = ["ka"', 'languages_offered = ["Georgian"', "not one: Georgian"),
        ('languages_offered = ["ka"', 'languages_offered = ["ka", "ka"', "twice here: ka"),
        ('"links", "keep"', '"links", "photo"', "optional_fields.7"),
        ('key = "reliability"', 'key = "writing"', "criteria: allowed: each only once; twice here: writing"),
        ("weight = 2", "weight = 0", "criteria.regional-knowledge.weight: allowed:"),
        ("scale = 5", "scale = 1", "scale: allowed:"),
        ("reviews_wanted = 2", "reviews_wanted = 0", "reviews_wanted: allowed:"),
        ("blind_reviews = false", "blind_reviews = 7", "blind_reviews: allowed:"),
        ('reference_prefix = "CW"', 'organisation_url = "example.org"\nreference_prefix = "CW"', "organisation_url"),
    ],
)
def test_what_is_wrong_is_told_with_its_key(refusal: Refusal, old: str, new: str, told: str) -> None:
    assert told in refusal(old, new)


def test_an_address_that_is_none_is_refused(refusal: Refusal, call: CallDefinition) -> None:
    assert "editorial_address: allowed:" in refusal(call.editorial_address, "redaktion")


def test_more_than_one_fault_is_counted(refusal: Refusal) -> None:
    assert refusal('key = "energy"', 'key = "Energy !"\nwrong = 1').endswith("(and 1 more)")


def test_a_file_that_is_no_toml_or_not_there_is_named(refusal: Refusal, tmp_path: Path) -> None:
    assert "is not TOML" in refusal("[[regions]]", "[[regions")
    with pytest.raises(CallInvalid, match=r"nowhere\.toml cannot be read: No such file"):
        load(tmp_path / "nowhere.toml")


def test_a_file_saved_with_a_byte_order_mark_is_read(tmp_path: Path, call: CallDefinition) -> None:
    path = tmp_path / "call.toml"
    path.write_text(SHIPPED.read_text("utf-8"), "utf-8-sig")
    assert load(path) == call


def test_a_call_may_ask_questions_of_its_own(tmp_path: Path) -> None:
    texts = "{ " + ", ".join(f'{language} = "…"' for language in LANGUAGES) + " }"
    path = tmp_path / "call.toml"
    question = f'\n[[questions]]\nkey = "reach"\nkind = "long"\nlabel = {texts}\nhint = {texts}\n'
    path.write_text(SHIPPED.read_text("utf-8") + question, "utf-8")
    assert [(each.key, each.required) for each in load(path).questions] == [("reach", False)]


def test_a_document_that_the_call_does_not_ask_for_is_an_error_by_name(call: CallDefinition) -> None:
    assert call.document(Kind.CV).label["de"] == "Lebenslauf"
    without = call.model_copy(update={"documents": call.documents[1:]})
    with pytest.raises(LookupError, match="asks for no cv"):
        without.document(Kind.CV)
