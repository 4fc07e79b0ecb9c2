"""Fonts for PDFs that do not carry their own: ours, from memory. Runs in the sandbox's child, which can open no file.

PDFium asks for a substitute (fpdf_sysfontinfo.h) and would look into the system's folders; here it is given Noto.
"""

import ctypes
from pathlib import Path
from typing import Any

import pypdfium2.raw as pdfium

FONTS = Path(__file__).parent / "fonts"
FILES = sorted(FONTS.glob("*.ttf"))
CONTENTS = [file.read_bytes() for file in FILES]
NUMBERS = {file.stem: number for number, file in enumerate(FILES, 1)}  # 0 would mean: none
# Character sets (fpdf_sysfontinfo.h) whose letters Noto Serif does not have.
SCRIPTS = {177: "NotoSerifHebrew", 178: "NotoNaskhArabic"}
BOLD = 600


def chosen(weight: int, italic: int, charset: int) -> int:
    """The number of the font for a weight, a slant and a character set."""
    bold = weight >= BOLD
    if script := SCRIPTS.get(charset):
        return NUMBERS[f"{script}-{'Bold' if bold else 'Regular'}"]
    return NUMBERS["NotoSerif-" + (("Bold" if bold else "") + ("Italic" if italic else "") or "Regular")]


def map_font(_this: Any, weight: int, italic: int, charset: int, _pitch: int, _face: Any, _exact: Any) -> int:
    return chosen(weight, italic, charset)


def font_data(_this: Any, font: int | None, table: int, buffer: Any, size: int) -> int:
    """The whole of a font, or one of its tables; how large it is when there is no room for it."""
    content = CONTENTS[(font or 1) - 1]
    if table:
        content = table_of(content, table.to_bytes(4, "big"))
    if buffer and size >= len(content):
        ctypes.memmove(buffer, content, len(content))
    return len(content)


def table_of(content: bytes, name: bytes) -> bytes:
    """One table of a font (OpenType 1.9, Table directory)."""
    for place in range(12, 12 + 16 * int.from_bytes(content[4:6], "big"), 16):
        if content[place : place + 4] == name:
            start, length = (int.from_bytes(content[place + at : place + at + 4], "big") for at in (8, 12))
            return content[start : start + length]
    return b""


def install() -> None:
    """Have PDFium ask here from now on."""
    asked = {"MapFont": map_font, "GetFontData": font_data}
    asked |= {"GetFont": lambda _this, _face: None, "GetFaceName": lambda *_: 0, "GetFontCharset": lambda *_: 1}
    asked |= {"EnumFonts": lambda *_: None, "DeleteFont": lambda *_: None, "Release": lambda *_: None}
    kinds = dict(pdfium.FPDF_SYSFONTINFO._fields_)
    for name, function in asked.items():
        setattr(info, name, kinds[name](function))
    pdfium.FPDF_SetSystemFontInfo(info)


info = pdfium.FPDF_SYSFONTINFO(version=1)
install()
