"""What files tell besides their text: found, removed without losing a word, or left as it was and said so."""

import io
import zipfile
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from PIL import Image

from app.documents import metadata, metadata_office, metadata_pictures, text
from app.documents.kinds import Format
from app.documents.sandbox import Limits
from app.documents.storage import Storage
from app.web.templating import environment
from tests.documents import telling_files
from tests.documents.telling_files import COMPANY, NAME
from tests.newsroom import PATIENCE, PDF

MADE: dict[Format, Callable[[], bytes]] = {
    Format.PDF: lambda: telling_files.pdf(PDF.read_bytes()),
    Format.DOCX: telling_files.docx,
    Format.ODT: telling_files.odt,
    Format.RTF: telling_files.rtf,
}


def removed(content: bytes, form: Format, folder: Path) -> bytes:
    made = Storage(folder).begin()
    try:
        metadata.remove(io.BytesIO(content), form, size=len(content), into=made)
        return made.read().read()
    finally:
        made.abandon()


@pytest.mark.parametrize("form", MADE)
def test_names_firms_and_places_are_found_and_gone_and_the_words_are_not(form: Format, tmp_path: Path) -> None:
    content = MADE[form]()
    told = metadata.read(io.BytesIO(content), form)
    assert ["author", NAME] in told
    assert any(COMPANY in value for _, value in told)
    assert (["marks", NAME] in told) is True
    assert (["place", "42.97, 47.50"] in told) is (form in (Format.PDF, Format.DOCX))
    made = removed(content, form, tmp_path)
    assert metadata.read(io.BytesIO(made), form) == []
    inside = [made]
    if form in (Format.DOCX, Format.ODT):
        with zipfile.ZipFile(io.BytesIO(made)) as archive:
            inside = [archive.read(name) for name in archive.namelist()]
    for piece in inside:
        assert NAME.encode() not in piece
        assert b"Kamerawerk" not in piece
    before, after = text.extract(io.BytesIO(content), form), text.extract(io.BytesIO(made), form)
    assert before.state == "read"
    assert (before.text, before.pages) == (after.text, after.pages)


def test_what_every_program_leaves_behind_names_nobody() -> None:
    assert metadata.judged([["program", "LibreOffice"], ["time", "D:20260101"], ["author", "anonymous"]]) == []
    assert metadata.judged([["author", "A\0b"], ["author", "A\0b"], ["evil", "x"], "x", ["author"]]) == [
        ["author", "Ab"]
    ]


def test_a_comment_in_a_pdf_keeps_its_words_and_a_picture_its_pixels_and_its_turn(tmp_path: Path) -> None:
    made = removed(MADE[Format.PDF](), Format.PDF, tmp_path)
    with pikepdf.open(io.BytesIO(made)) as document:
        page = document.pages[0].obj
        assert page.Annots[0].Contents == "Ein Kommentar"
        shot = page.Resources.XObject.Im0.read_raw_bytes()
    before = telling_files.picture()
    with Image.open(io.BytesIO(before)) as old, Image.open(io.BytesIO(shot)) as new:
        assert old.tobytes() == new.tobytes()
        assert dict(new.getexif()) == {0x0112: 6}
    assert metadata_pictures.without(b"\xff\xd8\xff") == b"\xff\xd8\xff"


def unpacked(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_a_docx_tells_of_parts_by_what_they_are_of_signatures_and_of_places_on_a_machine(tmp_path: Path) -> None:
    content = telling_files.docx_elsewhere()
    told = metadata.read(io.BytesIO(content), Format.DOCX)
    wanted = {
        ("author", f"{NAME} elsewhere"),
        ("signature", f"CN={NAME}"),
        ("deleted", ""),
        ("other", f"C:\\Users\\{NAME}\\a.jpg"),
        ("other", f"file:///C:/Users/{NAME}/a.docx"),
        ("other", f"{NAME} customXml"),
    }
    assert wanted <= set(map(tuple, told))
    made = removed(content, Format.DOCX, tmp_path)
    assert metadata.read(io.BytesIO(made), Format.DOCX) == [["deleted", ""]]  # said, and left in
    parts = unpacked(made)
    assert not any(name.startswith("_xmlsignatures") for name in parts)
    assert b"xmlsignatures" not in b"".join(parts.values())
    assert NAME.encode() not in b"".join(parts.values())
    assert b'title="Ein Haus"' in parts["word/document.xml"]
    assert b'<a:b xmlns:a="urn:b"/>' in parts["customXml/item1.xml"]


def test_an_odt_tells_of_what_stands_within_it_and_of_its_signature(tmp_path: Path) -> None:
    office = 'xmlns:o="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:d="http://purl.org/dc/elements/1.1/"'
    sig = (
        f"<document-signatures><Signature><X509SubjectName>{NAME} S</X509SubjectName></Signature></document-signatures>"
    )
    inside = {
        "Object 1/meta.xml": f"<o:meta {office}><d:creator>{NAME} M</d:creator></o:meta>",
        "Object 1/content.xml": f'<a xmlns:x="http://www.w3.org/1999/xlink" x:href="file:///home/{NAME}/a"/>',
        "META-INF/documentsignatures.xml": sig,
    }
    content = telling_files.odt(parts=inside)
    told = metadata.read(io.BytesIO(content), Format.ODT)
    for pair in (["editor", f"{NAME} M"], ["signature", f"{NAME} S"], ["other", f"file:///home/{NAME}/a"]):
        assert pair in told
    parts = unpacked(removed(content, Format.ODT, tmp_path))
    assert NAME.encode() not in b"".join(parts.values())
    assert "META-INF/documentsignatures.xml" not in parts


@pytest.mark.parametrize("binary", [False, True])
def test_an_rtf_tells_of_its_comments_variables_and_pictures(binary: bool, tmp_path: Path) -> None:
    content = telling_files.rtf_aside(binary=binary)
    told = metadata.read(io.BytesIO(content), Format.RTF)
    wanted = (["marks", NAME], ["marks", "VN"], ["other", f"Kunde: {COMPANY}"], ["author", NAME], ["deleted", ""])
    assert [pair for pair in wanted if pair not in told] == []
    made = removed(content, Format.RTF, tmp_path)
    assert metadata.read(io.BytesIO(made), Format.RTF) == [["deleted", ""]]
    shot = NAME.encode("utf-16-le")
    for gone in (NAME.encode(), COMPANY.encode(), b"4711" if not binary else b"Kunde", shot, shot.hex().encode()):
        assert gone not in made
    assert b"Aha" in made
    assert (b"\xff\xd9}" if binary else b"ffd9}") in made


def test_a_pdf_tells_of_signatures_attached_files_layers_and_packed_pictures(tmp_path: Path) -> None:
    content = telling_files.pdf_aside(PDF.read_bytes())
    told = metadata.read(io.BytesIO(content), Format.PDF)
    wanted = (
        *(["signature", f"{NAME} Derbent"], ["other", f"{NAME}.txt"], ["other", f"{NAME} tells"]),
        *(["program", f"{NAME} draws"], ["marks", f"{NAME} direct"], ["place", "42.97, 47.50"], ["author", NAME]),
    )
    assert [pair for pair in wanted if pair not in told] == []
    made = removed(content, Format.PDF, tmp_path)
    assert metadata.read(io.BytesIO(made), Format.PDF) == []
    with pikepdf.open(io.BytesIO(made)) as document:
        flat = io.BytesIO()
        document.save(flat, qdf=True)
        assert document.attachments["1.txt"].get_file().read_bytes() == b"Inhalt"
        assert str(document.pages[0].obj.Annots[1].Contents) == "Ja"
    assert NAME.encode() not in flat.getvalue()
    assert NAME.encode("utf-16-le") not in flat.getvalue()


def told_of(picture: bytes) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for key, value in metadata_pictures.told(picture):
        found.setdefault(key, set()).add(value)
    return found


@pytest.mark.parametrize("progressive", [False, True])
def test_a_picture_tells_every_part_of_it_that_is_left_out_and_what_stands_behind_it(progressive: bool) -> None:
    first = telling_files.marked_picture(progressive=progressive)
    behind = first + b"\0" + telling_files.picture()
    assert told_of(first) == {"author": {NAME, "(c) Firma"}, "other": {"XMP", "IPTC", "Notiz"}}
    assert told_of(behind)["other"] == {"XMP", "IPTC", "Notiz", "JPEG"}
    made = metadata_pictures.without(behind)
    assert told_of(made) == {}
    assert NAME.encode("utf-16-le") not in made
    assert b"Kamerawerk" not in made
    with Image.open(io.BytesIO(first)) as old, Image.open(io.BytesIO(made)) as new:
        assert old.tobytes() == new.tobytes()


def test_a_png_tells_its_texts() -> None:
    shot = telling_files.marked_png()
    assert told_of(shot) == {"author": {NAME}, "other": {"Comment: Notiz", "XML:com.adobe.xmp"}}
    assert told_of(metadata_pictures.without(shot)) == {}


def test_what_is_told_a_hundred_times_hides_nothing_else() -> None:
    many = "".join(f'<w:ins w:author="A{number % 50}"/>' for number in range(400))
    told = metadata.read(io.BytesIO(telling_files.docx(many)), Format.DOCX)
    assert ["place", "42.97, 47.50"] in told
    assert 1 < sum(key == "marks" for key, _ in told) < 10


def test_only_tags_are_changed_never_words_that_look_like_them() -> None:
    told = 'w:author="Echt"'
    xml = (
        f"<w:t>{told} &lt;w:ins {told}&gt;</w:t><![CDATA[<w:ins {told}>]]><!-- <w:ins {told}> --><w:ins a='>' {told}/>"
    )
    assert metadata_office.TOKEN.sub(metadata_office.tag, xml) == xml.replace(f"'>' {told}", "'>' w:author=\"\"")


PRINTERS = 'config:name="PrinterName" ' * 60_000
HOSTILE = {
    "endless tag": (Format.DOCX, lambda: telling_files.docx("<w:r><w:t " + "x" * 3_000_000)),
    "many attributes": (Format.DOCX, lambda: telling_files.docx("<w:r " + "w:a='" * 200_000 + "/>")),
    "printers": (Format.ODT, lambda: telling_files.odt(settings="<a><b:config-item " + PRINTERS + "</a>")),
    "comments without end": (Format.ODT, lambda: telling_files.odt(settings="<!--" * 2_000_000)),
    "group without end": (Format.RTF, lambda: telling_files.rtf()[:-60]),
    "group beyond the end": (Format.RTF, lambda: b"{\\rtf1{\\info\\bin999999999 }}"),
    "no objects": (Format.PDF, lambda: b"%PDF-1.7\n%%EOF"),
    "loops": (
        Format.PDF,
        lambda: b"%PDF-1.7\n1 0 obj<</Info 1 0 R/Metadata 1 0 R>>endobj\ntrailer<</Root 1 0 R/Info 1 0 R>>%%EOF",
    ),
}


@pytest.fixture
def half_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Half of what is allowed of the processor's time, and more by the clock: other work of this machine may be."""

    def limits(**given: Any) -> Limits:
        return Limits(**given | {"seconds": PATIENCE, "processor": given["processor"] // 2})

    monkeypatch.setattr(metadata, "Limits", limits)
    monkeypatch.setattr(metadata, "READING", limits(**asdict(metadata.READING)))


@pytest.mark.parametrize("what", HOSTILE)
def test_what_is_built_to_break_ends_in_time_and_is_left_as_it_was(
    what: str, tmp_path: Path, half_the_time: None
) -> None:
    form, made = HOSTILE[what]
    content = made()
    assert isinstance(metadata.read(io.BytesIO(content), form), list)
    with pytest.raises(metadata.NotRemoved) as left:
        removed(content, form, tmp_path)
    assert str(left.value) != "timeout"


def test_an_odts_printer_goes_and_its_other_settings_stay() -> None:
    item = '<config:config-item config:name="{}" config:type="string">{}</config:config-item>'
    xml = item.format("PrinterName", "Büro 3") + item.format("Zoom", "1") + item.format("PrinterSetup", "")
    assert metadata_office.without_printer(f"<a>{xml}</a>") == f"<a>{xml}</a>".replace("Büro 3", "")
    assert metadata_office.without_printer('<config-item config:name="PrinterName">') == (
        '<config-item config:name="PrinterName">'
    )


def test_earlier_versions_of_a_pdf_are_named_and_left_behind(tmp_path: Path) -> None:
    first = PDF.read_bytes()
    place = first[first.rindex(b"startxref") + 9 :].split()[0].decode()
    update = f"\n99 0 obj\n({NAME})\nendobj\nxref\n99 1\n{len(first) + 1:010} 00000 n \ntrailer\n"
    root = first[first.rindex(b"/Root") + 5 :].split()[0].decode()  # its number
    start = len(first) + update.index("xref")
    again = first + f"{update}<</Size 100/Root {root} 0 R/Prev {place}>>\nstartxref\n{start}\n%%EOF\n".encode()
    assert ["versions", "1"] in metadata.read(io.BytesIO(again), Format.PDF)
    made = removed(again, Format.PDF, tmp_path)
    assert made.count(b"%%EOF") == 1
    assert NAME.encode() not in made


def test_what_a_file_tells_is_shown_in_words_and_with_times_as_everywhere() -> None:
    told = [["other", "title-meta: Lebenslauf"], ["title", "Lebenslauf"], ["other", "shelf: 3"]]
    assert environment("en").filters["told"](told) == [("title", "Lebenslauf"), ("other", "shelf: 3")]
    for said in ("2026-03-01 12:30", "2026:03:01 12:30:00"):  # by whose clock, the file does not tell
        assert environment("en").filters["told"]([["time", said]]) == [("time", "1 March 2026, 12:30")]
    told = [["time", "2026-03-01T11:30:00Z"]]
    assert environment("en").filters["told"](told) == [("time", "1 March 2026, 12:30 (Berlin, GMT+1)")]
    for odd in ("", "yesterday", "2026:99:99 12:30:00", "9999-12-31T23:59:59-14:00"):
        assert environment("en").filters["told"]([["time", odd]]) == [("time", odd)]
