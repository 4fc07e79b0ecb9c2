"""Documents are taken by content, and every file of the corpus ends as its index says (promise S10)."""

import io
import re
import time
import zipfile
import zlib
from pathlib import Path

import pytest
import yaml

from app.documents import inspection, text
from app.documents.findings import Reason, Refused
from app.documents.kinds import Format

DATA = Path(__file__).parent.parent / "data"
HOSTILE = [
    case
    for case in yaml.safe_load((DATA / "hostile" / "index.yaml").read_text())
    if (DATA / "hostile" / case["file"]).exists()
]
PEOPLE = sorted((DATA / "applicants").iterdir())
MAX = 20_000_000

# Harmless in structure: only the deep look sees what is wrong with them (test_drawing.py).
LEFT_FOR_THE_DEEP_LOOK = {
    "pdf-pages-loop.pdf",
    "pdf-count-huge.pdf",
    "pdf-mediabox-huge.pdf",
    "pdf-outline-loop.pdf",
    "pdf-prev-loop.pdf",
    "pdf-deep-array.pdf",
}


def look(content: bytes, name: str) -> Format | Refused:
    """What the quick look says."""
    try:
        return inspection.quick_check(open_file(content), name=name, size=len(content), max_size=MAX)
    except Refused as refused:
        return refused


def open_file(content: bytes) -> io.BufferedRandom:
    import tempfile

    file = tempfile.TemporaryFile()  # noqa: SIM115 - its reader closes it by forgetting it
    file.write(content)
    file.seek(0)
    return file  # type: ignore[return-value]


@pytest.mark.parametrize("case", HOSTILE, ids=lambda case: case["file"])
def test_s10_every_hostile_file_ends_as_it_should(case: dict[str, str]) -> None:
    content = (DATA / "hostile" / case["file"]).read_bytes()
    started = time.process_time()
    verdict = look(content, case["file"])
    assert time.process_time() - started < 5
    refused = isinstance(verdict, Refused)
    if case["file"] not in LEFT_FOR_THE_DEEP_LOOK:
        assert refused == (case["expected"] == "reject"), verdict
    if isinstance(verdict, Format):
        found = text.extract(open_file(content), verdict)
        assert "\0" not in found.text


@pytest.mark.parametrize("folder", PEOPLE, ids=lambda folder: folder.name)
def test_every_document_of_the_corpus_is_taken_and_read(folder: Path) -> None:
    person = yaml.safe_load((folder / "application.yaml").read_text())
    for kind, about in person["documents"].items():
        content = (folder / about["file"]).read_bytes()
        verdict = look(content, about["file"])
        if "password" in about:
            assert isinstance(verdict, Refused)
            assert verdict.reason is Reason.PASSWORD
            continue
        assert isinstance(verdict, Format), (about["file"], verdict)
        assert verdict.content_type.split(";")[0] in (about["content_type"], "text/plain")
        found = text.extract(open_file(content), verdict)
        assert found.state == ("read" if about["text_extractable"] else "no_text")
        if kind == "writing_sample":
            assert person["search_phrase"] in re.sub(r"\s+", " ", found.text)


def container(entries: dict[str, bytes], *, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A ZIP archive."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", method) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return packed.getvalue()


SCHEMAS = b"http://schemas.openxmlformats.org"
TYPES = (
    b'<Types xmlns="' + SCHEMAS + b'/package/2006/content-types"><Override PartName="/word/document.xml" ContentType='
    b'"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>'
)
WORD = b'<w:document xmlns:w="' + SCHEMAS + b'/wordprocessingml/2006/main"><w:body/></w:document>'


def docx(**more: bytes) -> bytes:
    return container({"[Content_Types].xml": TYPES, "word/document.xml": WORD} | more)


def paragraphs(elements: int) -> bytes:
    return WORD.replace(b"<w:body/>", b"<w:body>" + b"<w:p><w:r><w:t/></w:r></w:p>" * (elements // 3) + b"</w:body>")


def test_a_document_of_three_hundred_pages_is_taken() -> None:
    assert look(docx(**{"word/document.xml": paragraphs(400_000)}), "long.docx") is Format.DOCX


def bombs() -> dict[str, tuple[str, bytes, Reason]]:
    """Hostile files that are made here, since they are large or many."""
    plain = zlib.compress(bytes(100_000_000), 9)
    bomb = b"%PDF-1.4\n1 0 obj<</Filter/FlateDecode>>stream\n" + plain + b"\nendstream endobj\n"
    return {
        "100 MB of zeros in a part": ("a.docx", docx(**{"word/x.xml": bytes(100_000_001)}), Reason.UNSAFE),
        "a million elements": ("a.docx", docx(**{"word/document.xml": paragraphs(1_000_000)}), Reason.UNSAFE),
        "a part that is no XML": ("a.docx", docx(**{"word/x.xml": b"<w>"}), Reason.DAMAGED),
        "a symlink's name": ("a.docx", docx(**{"../../evil": b"x"}), Reason.UNSAFE),
        "an absolute name": ("a.docx", docx(**{"/etc/passwd": b"x"}), Reason.UNSAFE),
        "two thousand entries": ("a.docx", docx(**{f"x{n}": b"" for n in range(2000)}), Reason.UNSAFE),
        "an archive in an archive": ("a.docx", docx(**{"word/x.bin": container({"a": b"b"})}), Reason.UNSAFE),
        "LZMA": (
            "a.docx",
            container({"[Content_Types].xml": TYPES, "word/document.xml": WORD}, method=14),
            Reason.UNSAFE,
        ),
        "its end cut off": ("a.docx", docx()[:-22], Reason.DAMAGED),
        "a PDF without an end": ("a.pdf", bomb, Reason.DAMAGED),
        "braces without end": ("a.rtf", b"{\\rtf1" + b"{" * 100_000, Reason.UNSAFE),
        "an old Word file": ("a.doc", bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600), Reason.WRONG_KIND),
        "an encrypted Word file": (
            "a.docx",
            bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600) + "EncryptedPackage".encode("utf-16-le"),
            Reason.PASSWORD,
        ),
        "a name that lies": ("a.docx", b"%PDF-1.4\nx\n%%EOF", Reason.MISMATCH),
        "a text called PDF": ("a.pdf", b"Hello", Reason.MISMATCH),
    }


@pytest.mark.parametrize(("name", "content", "reason"), bombs().values(), ids=bombs().keys())
def test_s10_bombs_and_lies_are_refused_at_once(name: str, content: bytes, reason: Reason) -> None:
    started = time.process_time()
    verdict = look(content, name)
    assert isinstance(verdict, Refused), verdict
    assert verdict.reason is reason
    assert time.process_time() - started < 5


def test_the_limit_is_the_limit() -> None:
    pdf = b"%PDF-1.4\n%" + bytes(100) + b"\n%%EOF"
    file = open_file(pdf)
    assert inspection.quick_check(file, name="a.pdf", size=len(pdf), max_size=len(pdf)) is Format.PDF
    with pytest.raises(Refused) as refused:
        inspection.quick_check(file, name="a.pdf", size=len(pdf), max_size=len(pdf) - 1)
    assert refused.value.reason is Reason.TOO_LARGE


def test_content_decides_where_the_name_says_nothing() -> None:
    assert look(docx(), "document") is Format.DOCX
    assert look(b"{\\rtf1 Hello}", "letter") is Format.RTF
    assert look("გამარჯობა".encode(), "letter.md") is Format.MD
