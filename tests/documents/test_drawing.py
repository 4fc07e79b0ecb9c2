"""Every file of the corpus ends as its index says, at the form and behind it, within limits (promises S10, S11, P7)."""

import io
import struct
import tempfile
import zlib
from pathlib import Path
from typing import Any, BinaryIO

import pikepdf
import pytest
import yaml
from PIL import Image

from app.documents import inside, inspection, pictures, sandbox
from app.documents.findings import Refused
from app.documents.kinds import Format
from app.documents.sandbox import Limits, SandboxFailed
from tests.newsroom import PATIENCE

DATA = Path(__file__).parent.parent / "data"
HOSTILE = [
    case
    for case in yaml.safe_load((DATA / "hostile" / "index.yaml").read_text())
    if (DATA / "hostile" / case["file"]).exists()
]
PEOPLE = sorted((DATA / "applicants").iterdir())
MAX = 20_000_000


def opened(content: bytes) -> BinaryIO:
    file = tempfile.TemporaryFile()  # noqa: SIM115 - its reader closes it by forgetting it
    file.write(content)
    file.flush()
    file.seek(0)
    return file


def taken(content: bytes, name: str) -> Format | None:
    """What the form takes it for; None when it refuses."""
    try:
        return inspection.quick_check(opened(content), name=name, size=len(content), max_size=MAX)
    except Refused:
        return None


def drawn(content: bytes, form: str, **limits: Any) -> tuple[list[dict[str, Any]], list[bytes], str]:
    """What the child tells of a document's pages, their pictures, and why it ended, if badly."""
    told, made = [], []
    usual = {"seconds": PATIENCE, "memory": 1_000_000_000, "output": 60_000_000, "processor": 100}
    bounds = Limits(**(usual | limits))
    try:
        for words, picture in sandbox.pieces("draw_pages", opened(content), form, limits=bounds):
            told.append(words)
            made += [picture] if picture else []
    except SandboxFailed as failed:
        return told, made, failed.reason
    return told, made, ""


def pdf(*objects: bytes, pages: str = "/Kids[3 0 R]/Count 1") -> bytes:
    """A PDF of one page whose content is the fourth object, with more objects behind it."""
    written = [b"<</Type/Catalog/Pages 2 0 R>>", f"<</Type/Pages{pages}>>".encode()]
    written += [b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<<>>>>", *objects]
    body = b"%PDF-1.5\n"
    places = []
    for number, each in enumerate(written, 1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, each)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    start = len(body)
    size = len(written) + 1
    body += b"xref\n0 %d\n0000000000 65535 f \n%strailer<</Size %d/Root 1 0 R>>\n" % (size, table, size)
    return body + b"startxref\n%d\n%%%%EOF\n" % start


def stream(content: bytes, more: bytes = b"") -> bytes:
    return b"<</Length %d%s>>\nstream\n%s\nendstream" % (len(content), more, content)


def acting(**root: Any) -> bytes:
    """A PDF whose catalogue holds something more, packed into object streams and encrypted with an empty password."""
    packed, document = io.BytesIO(), pikepdf.new()
    document.add_blank_page()
    for name, value in root.items():
        document.Root[f"/{name}"] = document.make_indirect(value)
    mode = pikepdf.ObjectStreamMode.generate
    document.save(packed, object_stream_mode=mode, encryption=pikepdf.Encryption(owner="o", user=""))
    return packed.getvalue()


EMPTY = stream(b"")
MADE_HERE = {
    "a gigabyte in a page": (
        "a.pdf",
        lambda: pdf(stream(zlib.compress(bytes(300_000_000), 9), b"/Filter/FlateDecode")),
    ),
    "twice packed": (
        "a.pdf",
        lambda: pdf(stream(zlib.compress(zlib.compress(bytes(300_000_000), 9)), b"/Filter[/FlateDecode/FlateDecode]")),
    ),
    "a picture of four thousand million points": (
        "a.pdf",
        lambda: pdf(EMPTY, stream(b"x", b"/Subtype/Image/Width 65500/Height 65500/BitsPerComponent 1")),
    ),
    "a program attached": (
        "a.pdf",
        lambda: pdf(EMPTY, stream(zlib.compress(b"MZ" + bytes(500)), b"/Type/EmbeddedFile/Filter/FlateDecode")),
    ),
    "a launch in a page's own actions": (
        "a.pdf",
        lambda: acting(AA=pikepdf.Dictionary(WC=pikepdf.Dictionary(S=pikepdf.Name.Launch, F="calc.exe"))),
    ),
    "a form with XFA": ("a.pdf", lambda: acting(AcroForm=pikepdf.Dictionary(XFA=pikepdf.String("<xdp/>")))),
    "a script in an object stream": (
        "a.pdf",
        lambda: acting(OpenAction=pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert(1)")),
    ),
}


@pytest.mark.parametrize("case", HOSTILE, ids=lambda case: case["file"])
def test_s10_every_hostile_file_ends_as_its_index_says(case: dict[str, str]) -> None:
    content = (DATA / "hostile" / case["file"]).read_bytes()
    form = taken(content, case["file"])
    kept = form is not None and inside.look(opened(content), form, size=len(content)).dangerous
    assert (form is None or kept) == (case["expected"] == "reject")
    if form is None:
        return
    told, made, _ended = drawn(content, form.value)
    if case["expected"] != "reject":
        assert made, told
    for picture in made:
        only_pixels(picture)


@pytest.mark.parametrize(("name", "made"), MADE_HERE.values(), ids=MADE_HERE.keys())
def test_s10_what_only_a_parser_sees_is_kept_in_quarantine(name: str, made: Any) -> None:
    content = made()
    assert taken(content, name) is Format.PDF, "the form cannot see it"
    assert inside.look(opened(content), Format.PDF, size=len(content)).dangerous


def only_pixels(picture: bytes) -> None:
    """A WebP that holds a picture and nothing about it (promise P7)."""
    assert picture[:4] == b"RIFF"
    assert picture[8:12] == b"WEBP"
    position, kinds = 12, []
    while position < len(picture):
        kind, size = struct.unpack("<4sI", picture[position : position + 8])
        kinds.append(kind)
        position += 8 + size + size % 2
    assert set(kinds) <= {b"VP8 ", b"VP8L"}, kinds
    with Image.open(io.BytesIO(picture)) as found:
        assert found.width * found.height <= 5_200_000


@pytest.mark.parametrize("folder", PEOPLE, ids=lambda folder: folder.name)
def test_every_document_of_the_corpus_has_pages_with_its_words(folder: Path) -> None:
    person = yaml.safe_load((folder / "application.yaml").read_text())
    for kind, about in person["documents"].items():
        path = folder / about["file"]
        told, made, ended = drawn(path.read_bytes(), path.suffix[1:].lower())
        assert ended == ""
        if "password" in about:
            assert told == [{"failed": "password"}]
            continue
        assert len(made) == told[0]["pages"] == len(told) - 1
        for picture in made:
            only_pixels(picture)
        words = " ".join(" ".join(page["text"].split()) for page in told[1:])
        assert bool(words) == about["text_extractable"]
        if kind == "writing_sample":
            assert person["search_phrase"] in words


def test_every_script_has_its_letters() -> None:
    """A letter that no font has would be drawn as the box that is drawn for this one, which none has."""
    from app.documents import drawing, layout

    def picture(text: str) -> Image.Image:
        made = layout.pdf([{"k": "p", "runs": [{"t": text}]}])
        return drawing.drawn(drawing.pypdfium2.PdfDocument(made)[0]).crop((150, 100, 400, 250))

    nothing = picture("\u4e00")  # Chinese is not among the fonts
    letters = "ბᲑԲբӀҡьѣəğıשءپچښÄßÆ€№„”…→☑✓•"
    assert [letter for letter in letters if picture(letter) == nothing] == []


def test_arabic_and_hebrew_run_from_the_right_and_join() -> None:
    from app.documents import drawing, layout
    from app.documents.sheet import Sheet

    def ink(text: str) -> tuple[int, int, int, int]:
        sheet = Sheet()
        sheet.add("p", runs=[sheet.run(text)])
        page = drawing.drawn(drawing.pypdfium2.PdfDocument(layout.pdf(sheet.blocks))[0]).convert("L")
        return page.point(lambda value: 255 if value < 128 else 0).getbbox()

    for text in ("שלום", "سلام"):
        assert ink(text)[0] > 1000, "it stands at the right"
    assert ink("Salam")[2] < 600
    joined, apart = ink("سلام"), ink("س\u200cل\u200cا\u200cم")
    assert joined[2] - joined[0] < apart[2] - apart[0], "letters that join are narrower"


def test_letters_of_a_font_that_the_pdf_does_not_carry_are_drawn_all_the_same() -> None:
    """Old office programs left Times New Roman out; without a substitute its Cyrillic would be blank."""
    letters = b"/afii10017/afii10018/afii10019/afii10065/afii10066/afii10067"
    encoding = b"<</Type/Encoding/BaseEncoding/WinAnsiEncoding/Differences[192%s]>>" % letters
    widths = b"/FirstChar 32/LastChar 255/Widths[%s]" % (b"500 " * 224)
    about = b"<</Type/FontDescriptor/FontName/TimesNewRomanPSMT/Flags 32/FontBBox[0 -200 1000 900]/ItalicAngle 0"
    about += b"/Ascent 900/Descent -200/CapHeight 700/StemV 80>>"
    font = b"<</Type/Font/Subtype/TrueType/BaseFont/TimesNewRomanPSMT%s/Encoding %s/FontDescriptor 6 0 R>>"
    content = stream(b"BT /F 40 Tf 20 500 Td (\\300\\301\\302\\303\\304\\305) Tj ET")
    whole = pdf(content, font % (widths, encoding), about).replace(
        b"/Resources<<>>", b"/Resources<</Font<</F 5 0 R>>>>"
    )
    told, made, _ended = drawn(whole, "pdf")
    assert "АБВабв" in told[1]["text"]
    with Image.open(io.BytesIO(made[0])) as page:
        ink = page.convert("L").point(lambda value: 255 if value < 128 else 0).getbbox()
    assert ink is not None
    assert ink[2] - ink[0] > 200


def test_only_so_many_pages_are_drawn_and_it_says_of_how_many() -> None:
    content = "\n\n".join(f"Paragraph {number}, and some more words." for number in range(4000)).encode()
    told, made, ended = drawn(content, "txt")
    assert ended == ""
    assert len(made) == pictures.MAX_PAGES
    assert told[0]["pages"] > pictures.MAX_PAGES


def picture_bomb() -> bytes:
    """A DOCX with a picture that claims to be larger than any picture is."""
    import zipfile

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    png = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0))
    png += chunk(b"IDAT", zlib.compress(bytes(1_000_000))) + chunk(b"IEND", b"")
    main = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    shown = f"""<w:document xmlns:w="{main}" xmlns:a="a" xmlns:r="r"><w:body><w:p><w:r><w:t>Before</w:t></w:r>
    <w:r><w:drawing><a:blip r:embed="rId1"/></w:drawing></w:r></w:p></w:body></w:document>"""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", shown)
        archive.writestr(
            "word/_rels/document.xml.rels",
            '<Relationships><Relationship Id="rId1" Target="media/a.png"/></Relationships>',
        )
        archive.writestr("word/media/a.png", png)
    return packed.getvalue()


def test_a_picture_too_large_is_left_out_and_the_rest_is_drawn() -> None:
    told, made, ended = drawn(picture_bomb(), "docx")
    assert ended == ""
    assert "Before" in told[1]["text"]
    assert len(made) == 1


def test_s11_drawing_is_ended_when_it_takes_too_much() -> None:
    long = ("word " * 60 + "\n\n").encode() * 900
    assert drawn(long, "txt", seconds=0.2)[2] == "timeout"  # no machine is as quick as that
    assert drawn(long, "txt", output=300_000)[2] == "output"
