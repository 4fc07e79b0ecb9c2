"""What is said about a document that is not taken: what is wrong with it, and what to do about just that."""

import io

import pytest

from app.applications.refusals import message
from app.documents.findings import Refused
from app.documents.inspection import quick_check

TEXT = "Ein Text über Eisenbahnen, Zchenis Zqali.\n".encode()


def said(name: str, content: bytes = TEXT, language: str = "en") -> str:
    with pytest.raises(Refused) as refused:
        quick_check(io.BytesIO(content), name=name, size=len(content), max_size=1_000_000)
    return message(refused.value, 1_000_000, language)


@pytest.mark.parametrize("name", ["sample.bat", "sample.sh", "sample.py", "sample.PS1", "sample.reg"])
def test_a_text_with_a_program_s_name_is_told_so_and_how_to_name_it(name: str) -> None:
    told = said(name)
    assert told.startswith("By its name this is a program")
    assert ".txt" in told
    assert "PDF" not in told


@pytest.mark.parametrize("name", ["sample.csv", "sample.log", "sample.tex", "sample.html", "sample.png"])
def test_a_text_with_another_thing_s_name_is_told_to_take_a_text_s(name: str) -> None:
    told = said(name)
    assert told.startswith("This is plain text, but by its name something else")
    assert ".txt" in told
    assert "PDF" not in told


def test_what_is_no_text_is_called_what_it_is() -> None:
    assert "a program" in said("sample.bat", b"MZ" + bytes(600))
    assert "a program" in said("sample.sh", b"#!/bin/sh\necho hello\n")
    assert "save it as PDF" in said("page.html", b"<!doctype html><p>Hello")
