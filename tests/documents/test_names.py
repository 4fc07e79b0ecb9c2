"""File names of strangers are shown without what deceives, and never used as a path (promises S8, S9)."""

import base64
import json
import unicodedata
from pathlib import Path

import pytest

from app.documents.names import content_disposition, display_name

DATA = Path(__file__).parent.parent / "data"
CASES = json.loads((DATA / "hostile" / "names.json").read_text())


@pytest.mark.parametrize("case", CASES["names"], ids=lambda case: case["what"])
def test_a_shown_name_holds_nothing_that_deceives(case: dict[str, str]) -> None:
    name = display_name(case["name"])
    if case["expected"] == "keep_as_is":
        assert name == case["name"]
    assert name
    assert name not in (".", "..")
    assert not name.startswith(".")
    assert not set(name) & set('/\\:"<>|?*\0\r\n')
    assert len(name.encode()) <= 200
    assert not any(
        unicodedata.category(char) in ("Cc", "Cs") or char in "\u202a\u202b\u202d\u202e\u200b" for char in name
    )
    header = content_disposition(name)
    assert header.startswith("attachment; filename=")
    assert header.isascii()
    assert "\r" not in header
    assert "\n" not in header


@pytest.mark.parametrize("case", CASES["raw_byte_names"], ids=lambda case: case["what"])
def test_names_that_are_no_utf8_are_shown_somehow(case: dict[str, str]) -> None:
    assert display_name(base64.b64decode(case["name_base64"])).endswith(".pdf")


def test_every_name_of_the_corpus_comes_back_unchanged() -> None:
    for path in (DATA / "applicants").glob("*/*"):
        assert display_name(path.name) == path.name
