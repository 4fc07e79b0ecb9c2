"""The blocks of a document as they are found, with bounds on all of them. Runs in the sandbox's child."""

import base64
import io
import re
import unicodedata
from typing import Any

from PIL import Image, JpegImagePlugin, PngImagePlugin  # noqa: F401 - loaded before the child is locked in

Block = dict[str, Any]
Run = dict[str, Any]

MAX_CHARS = 250_000  # more than the pages that are drawn can hold
MAX_BLOCKS = 12_000
MAX_PICTURES = 40
MAX_PICTURE_PIXELS = 60_000_000
PICTURE_SIDE = 1200
POINTS_PER_PIXEL = 0.75
LONG_WORD = re.compile(r"\S{60,}")
MARKS = re.compile(
    r"([\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u20d0-\u20ff]{6})[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u20d0-\u20ff]+"
)
UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff\ue000-\uf8ff]")
KINDS = ("GIF", "JPEG", "PNG", "BMP", "TIFF", "WEBP")

Image.MAX_IMAGE_PIXELS = MAX_PICTURE_PIXELS
Image.init()


# Readers of text run cells together unless something stands between them.
BETWEEN_CELLS: Run = {"t": "\u00a0"}


class Full(Exception):
    """There is no room for more."""


class Sheet:
    """Blocks for layout.typ in order, and the pictures they name. Raises Full when something has no room left."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self.pictures: dict[str, bytes] = {}
        self.more = False
        self._letters = MAX_CHARS
        self._blocks = MAX_BLOCKS

    def run(self, text: str, **faces: object) -> Run:
        """Some words of one face: `b`, `i`, `u`, `s`, `m`, `up`, `down`, `grey`, where true."""
        self._letters -= len(text)
        if self._letters < 0:
            raise Full
        return {"t": settable(text)} | {name: 1 for name, value in faces.items() if value}

    def block(self, kind: str, **of: Any) -> Block:
        """A block, not yet put anywhere; it runs as its first letters do."""
        self._blocks -= 1
        if self._blocks < 0:
            raise Full
        made = {"k": kind, **of}
        if "rtl" not in made and runs_from_right("".join(run["t"] for run in made.get("runs", ()))):
            made["rtl"] = 1
        return {name: value for name, value in made.items() if value is not None}

    def add(self, kind: str, **of: Any) -> None:
        """Put a block at the end."""
        self.blocks.append(self.block(kind, **of))

    def picture(self, content: bytes) -> Block | None:
        """A block with a picture, drawn anew, so that only its pixels are kept; None when it is none we can draw."""
        if len(self.pictures) >= MAX_PICTURES:
            return None
        try:
            with Image.open(io.BytesIO(content), formats=KINDS) as found:
                width, height = found.size
                found.draft("RGB", (PICTURE_SIDE, PICTURE_SIDE))
                found.thumbnail((PICTURE_SIDE, PICTURE_SIDE))
                drawn = on_white(found)
        except (OSError, ValueError, SyntaxError, Image.DecompressionBombError, EOFError):
            return None
        name = f"{len(self.pictures) + 1}.svg"
        self.pictures[name] = as_svg(drawn)
        return self.block("image", file=name, width=width * POINTS_PER_PIXEL, height=height * POINTS_PER_PIXEL)


def cell(blocks: list[Block], span: int = 1) -> Block:
    """A cell of a table, as wide as `span` columns."""
    if blocks and "runs" in blocks[-1]:
        blocks[-1]["runs"] = [*blocks[-1]["runs"], BETWEEN_CELLS]
    return {"span": span, "blocks": blocks}


def settable(text: str) -> str:
    """Words as they can be set: nothing that steers a terminal or turns text round, no word that never ends."""
    text = UNSEEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", "\u2003\u2003"))
    text = MARKS.sub(r"\1", text)
    return LONG_WORD.sub(lambda word: "\u200b".join(re.findall(".{1,30}", word[0])), text)


def runs_from_right(text: str) -> bool:
    """Whether the first letter that has a direction is Hebrew or Arabic (UAX 9, P2 and P3)."""
    for letter in text[:1000]:
        direction = unicodedata.bidirectional(letter)
        if direction in ("L", "R", "AL"):
            return direction != "L"
    return False


def on_white(picture: Image.Image) -> Image.Image:
    """The picture without transparency."""
    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        seen = picture.convert("RGBA")
        white = Image.new("RGBA", seen.size, "white")
        white.alpha_composite(seen)
        return white.convert("RGB")
    return picture.convert("RGB")


def as_svg(picture: Image.Image) -> bytes:
    """The picture in the only form in which the typesetter takes one from memory: within an SVG."""
    packed = io.BytesIO()
    picture.save(packed, "jpeg", quality=82)
    width, height = picture.size
    data = base64.b64encode(packed.getvalue()).decode()
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}">'
        f'<image width="{width}" height="{height}" href="data:image/jpeg;base64,{data}"/></svg>'
    ).encode()
