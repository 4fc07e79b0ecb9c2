"""What the form takes, at its edges."""

from typing import Any

import pytest

from app.applications import form
from app.calls import definition
from app.calls.loading import SHIPPED

CALL = definition.load(SHIPPED)
COMPLETE: dict[str, Any] = {
    "name": ["Nino"],
    "email": ["nino@example.org"],
    "regions": ["georgia"],
    "languages": ["ka"],
    "consent": ["yes"],
}


def wrong(**fields: list[str]) -> list[str]:
    """Which fields are wrong in a form that is complete but for these."""
    typed = form.parse(COMPLETE | fields, CALL)
    return [error.field_id for error in form.check(typed, CALL, lambda text: text)]


@pytest.mark.parametrize("value", ["yes", "on", "true", "1"])
def test_a_ticked_box_is_consent(value: str) -> None:
    assert wrong(consent=[value]) == []
    assert form.parse({"keep": [value]}, CALL).keep


@pytest.mark.parametrize("value", ["", "no", "off", "false", "0", "perhaps"])
def test_nothing_else_is(value: str) -> None:
    assert wrong(consent=[value]) == ["consent"]
    assert not form.parse({"keep": [value]}, CALL).keep


def test_case_means_nothing_in_a_languages_code() -> None:
    typed = form.parse(COMPLETE | {"languages": ["KA", "ka", "de-de", "SR-latn-rs"]}, CALL)
    assert typed.languages == ["ka", "de-DE", "sr-Latn-RS"]
    assert wrong(languages=["EN"]) == []
    assert wrong(languages=["en_US"]) == ["languages"]


@pytest.mark.parametrize("code", ["AC", "EA", "IC", "TA", "EU", "ZZ", "XX", "GEO", "G"])
def test_only_codes_of_countries_are_countries(code: str) -> None:
    assert wrong(country=[code]) == ["country"]


def test_countries_are_taken_however_their_code_is_written() -> None:
    assert wrong(country=["ge"]) == []
    assert wrong(country=["GE"]) == []


@pytest.mark.parametrize("name", ["\u200b", "\u2060\u2062", "\u202e", "  \u00a0 "])
def test_a_name_that_nobody_sees_is_none(name: str) -> None:
    assert wrong(name=[name]) == ["name"]


def test_lengths_are_counted_in_letters() -> None:
    assert wrong(name=["ა" * 200], latin_name=["x" * 200], about=["ფ" * 2000]) == []
    assert wrong(name=["ა" * 201], latin_name=["x" * 201], about=["ფ" * 2001]) == ["name", "latin_name", "about"]


def test_a_call_takes_no_field_that_it_has_dropped() -> None:
    few = CALL.model_copy(update={"optional_fields": ["country"]})
    assert "country" in form.expected_fields(few)
    assert not {"about", "topics", "links", "keep", "latin_name"} & set(form.expected_fields(few))
    assert {"name", "email", "regions", "languages", "consent", "draft"} <= set(form.expected_fields(few))
