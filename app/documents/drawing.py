"""Pictures of a document's pages. Runs in the sandbox's child, and gives out nothing but pixels and words.

PDFs are drawn as they are; whatever else is laid out as a PDF first. Fonts, codecs and libraries are loaded here, at
import: once the child is locked in it can open no file. What starts threads waits for `prepare`, in the child itself.
"""

import io
from collections.abc import Iterator
from typing import Any, BinaryIO

import pypdfium2
from PIL import Image, WebPImagePlugin  # noqa: F401 - the codec must be there before the child is locked in

from app.documents import drawing_fonts, layout, structure  # noqa: F401 - fonts are installed by being read
from app.documents.readers import wants_password

MAX_PAGES = 60
WIDTH = 1640  # pixels: twice as many as the desk's column is wide
MAX_PIXELS = 5_000_000
MAX_PAGE_TEXT = 20_000
QUALITY = 72
A4 = 595.0
# A page of one letter, in a font that it does not carry.
SPECIMEN = b"""%PDF-1.4
1 0 obj <</Type /Catalog /Pages 2 0 R>> endobj
2 0 obj <</Type /Pages /Kids [3 0 R] /Count 1>> endobj
3 0 obj <</Type /Page /Parent 2 0 R /MediaBox [0 0 595 20] /Contents 4 0 R
/Resources <</Font <</F <</Type /Font /Subtype /Type1 /BaseFont /Helvetica>>>>>>>> endobj
4 0 obj <</Length 21>> stream
BT /F 8 Tf (a) Tj ET
endstream endobj
trailer <</Root 1 0 R>>
"""


def draw_pages(file: BinaryIO, form: str) -> Iterator[tuple[dict[str, Any], bytes]]:
    """First how many pages there are, or why there are none; then each page: its size, its words, a WebP."""
    data, more = file.read(), False
    try:
        if form != "pdf":
            sheet = structure.of(data, form)
            data, more = layout.pdf(sheet.blocks, sheet.pictures), sheet.more
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        yield {"failed": "password" if wants_password(error) else "damaged"}, b""
        return
    except structure.DAMAGED:
        yield {"failed": "damaged"}, b""
        return
    fields(document)
    yield {"pages": len(document), "more": more}, b""
    for index in range(min(len(document), MAX_PAGES)):
        yield page(document, index)


def fields(document: pypdfium2.PdfDocument) -> None:
    """Have what is filled into a PDF's form drawn, too; this PDFium knows no scripts."""
    try:
        document.init_forms()
    except pypdfium2.PdfiumError:
        return


def page(document: pypdfium2.PdfDocument, index: int) -> tuple[dict[str, Any], bytes]:
    """One page; a page that cannot be drawn does not cost the others."""
    try:
        sheet = document[index]
        picture = drawn(sheet)
        words = sheet.get_textpage()
        text: str = words.get_text_bounded()[:MAX_PAGE_TEXT]
        words.close()
        sheet.close()
    except pypdfium2.PdfiumError:
        return {"number": index + 1, "failed": "damaged"}, b""
    told = {"number": index + 1, "width": picture.width, "height": picture.height, "text": text}
    return told, packed(picture)


def drawn(sheet: pypdfium2.PdfPage) -> Image.Image:
    """The page's pixels, as many as are sharp and not more than are good for anybody."""
    width, height = max(sheet.get_width(), 1.0), max(sheet.get_height(), 1.0)
    scale = min(WIDTH / width, (MAX_PIXELS / (width * height)) ** 0.5)
    pixels = sheet.render(scale=scale, rev_byteorder=True)
    picture: Image.Image = pixels.to_pil()
    return picture.convert("RGB")


def packed(picture: Image.Image) -> bytes:
    packed_picture = io.BytesIO()
    picture.save(packed_picture, "webp", quality=QUALITY, method=2)
    return packed_picture.getvalue()


def warm() -> None:
    """Draw something once, so that nothing is looked for on the disk later."""
    page(pypdfium2.PdfDocument(SPECIMEN), 0)


def prepare(form: str) -> None:
    """Before the child is locked in: the typesetter, where it will be needed, with its fonts in memory."""
    if form != "pdf":
        layout.pdf(layout.SPECIMEN)


warm()
