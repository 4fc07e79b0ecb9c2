r"""RTF as blocks (Rich Text Format 1.9.1). Runs in the sandbox's child.

A reader of the few words that say how text looks: groups carry a state, words change it, \par ends a paragraph.
"""

import codecs
import re
from dataclasses import dataclass, replace

from app.documents.sheet import Block, Run, Sheet, cell
from app.documents.structure_docx import table

TOKEN = re.compile(
    rb"\\([a-zA-Z]{1,32})(-?\d{1,10})? ?|\\'([0-9a-fA-F]{2})|\\([^a-zA-Z])|([{}])|([^\\{}\r\n]+)|[\r\n]+", re.DOTALL
)
SIDES = {b"qc": "center", b"qr": "end", b"qj": "justify", b"ql": ""}
FACES = {b"b": "b", b"i": "i", b"ul": "u", b"strike": "s", b"super": "up", b"sub": "down"}
SIGNS = {
    b"emdash": "—", b"endash": "–", b"lquote": "‘", b"rquote": "’", b"ldblquote": "“", b"rdblquote": "”",
    b"bullet": "•", b"tab": "\t", b"line": "\n", b"emspace": "\u2003", b"enspace": "\u2002",
}  # fmt: skip
NOT_READ = frozenset(
    b"fonttbl colortbl stylesheet info listtable listoverridetable generator header headerl headerr headerf footer "
    b"footerl footerr footerf fldinst themedata datastore xmlnstbl rsidtbl pnseclvl object annotation nonshppict "
    b"latentstyles".split()
)
# Character sets of fonts (\fcharset) as code pages.
CHARSETS = {0: "cp1252", 161: "cp1253", 162: "cp1254", 177: "cp1255", 178: "cp1256", 186: "cp1257", 204: "cp1251"}
CHARSETS |= {238: "cp1250"}
PICTURES = {b"pngblip", b"jpegblip"}
MAX_PICTURE_DIGITS = 50_000_000

for _name in {*CHARSETS.values(), "cp437", "cp850", "cp866", "mac-roman"}:
    codecs.lookup(_name)


@dataclass(frozen=True)
class State:
    """What a group carries: faces, the font's code page, how many bytes stand in for a \\u, whether it is read."""

    faces: frozenset[str] = frozenset()
    encoding: str = ""
    skipped_after_unicode: int = 1
    unread: bool = False
    picture: bool = False


def read(data: bytes, sheet: Sheet) -> None:
    Reader(data, sheet).read()


class Reader:
    """One document under way."""

    def __init__(self, data: bytes, sheet: Sheet) -> None:
        self.data, self.sheet = data, sheet
        page = re.search(rb"\\ansicpg(\d{3,5})", data[:4096])
        self.encoding = known(f"cp{page[1].decode()}" if page else "cp1252")
        self.fonts = fonts(data)
        self.state = State()
        self.waiting: list[State] = []
        self.pending = b""
        self.words: list[Run] = []
        self.blocks: list[Block] = []
        self.cells: list[dict[str, object]] = []
        self.rows: list[list[dict[str, object]]] = []
        self.digits: list[bytes] = []
        self.align, self.level, self.in_table, self.rtl, self.skip = "", 0, False, False, 0
        self.surrogate = 0

    def read(self) -> None:
        position = 0
        while position < len(self.data) and (token := TOKEN.match(self.data, position)):
            position = token.end()
            word, number, byte, sign, brace, text = token.groups()
            if word == b"bin":
                position += max(0, int(number or 0))
            elif word:
                self.word(word, int(number) if number else None)
            elif byte:
                self.letters(bytes((int(byte, 16),)))
            elif sign:
                self.sign(sign)
            elif brace:
                self.brace(brace)
            elif text:
                self.letters(text)
        self.end_paragraph()
        self.end_table()

    def brace(self, brace: bytes) -> None:
        self.flush()
        if brace == b"{":
            self.waiting.append(self.state)
        elif self.waiting:
            before, self.state = self.state, self.waiting.pop()
            if before.picture and not self.state.picture:
                self.end_picture()

    def sign(self, sign: bytes) -> None:
        r"""An escaped sign; \* says that what follows may be left out by who does not know it."""
        if sign == b"*":
            self.state = replace(self.state, unread=True)
        elif sign in b"\\{}":
            self.letters(sign)
        elif sign in (b"~", b"_", b"\n", b"\r"):
            self.say({b"~": "\u00a0", b"_": "\u2011"}.get(sign, ""))
            if sign in (b"\n", b"\r"):
                self.end_paragraph()

    def word(self, word: bytes, number: int | None) -> None:
        self.flush()
        if word in NOT_READ:
            self.state = replace(self.state, unread=True)
        elif word == b"shppict":
            self.state = replace(self.state, unread=False)
        elif word == b"pict":
            self.state, self.digits = replace(self.state, picture=True), []
        elif word == b"u" and number is not None:
            self.unicode(number)
        elif word == b"uc":
            self.state = replace(self.state, skipped_after_unicode=min(number or 0, 20))
        elif self.state.unread or self.state.picture:
            return
        elif word in SIGNS:
            self.say(SIGNS[word])
        elif word in FACES or word in (b"ulnone", b"nosupersub", b"plain"):
            self.face(word, on=number != 0)
        elif word == b"f" and number is not None:
            self.state = replace(self.state, encoding=self.fonts.get(number, ""))
        else:
            self.place(word, number)

    def place(self, word: bytes, number: int | None) -> None:
        """Words that say where text stands: paragraphs, their sides, cells and rows."""
        if word in (b"par", b"sect"):
            self.end_paragraph()
        elif word == b"page":
            self.end_paragraph()
            self.put(self.sheet.block("break"))
        elif word == b"pard":
            self.align, self.level, self.in_table, self.rtl = "", 0, False, False
        elif word == b"intbl":
            self.in_table = True
        elif word in SIDES:
            self.align = SIDES[word]
        elif word == b"outlinelevel":
            self.level = min((number or 0) + 1, 6)
        elif word == b"rtlpar":
            self.rtl = True
        elif word in (b"cell", b"nestcell"):
            self.end_paragraph()
            self.cells.append(cell(self.blocks))
            self.blocks = []
        elif word == b"row" and self.cells:
            self.rows.append(self.cells)
            self.cells = []

    def face(self, word: bytes, *, on: bool) -> None:
        faces = self.state.faces
        if word == b"plain":
            faces = frozenset()
        elif word in (b"ulnone", b"nosupersub"):
            faces = faces - ({"u"} if word == b"ulnone" else {"up", "down"})
        else:
            faces = faces | {FACES[word]} if on else faces - {FACES[word]}
        self.state = replace(self.state, faces=faces)

    def unicode(self, number: int) -> None:
        """A character by its number, which may be negative, or half of one; what stands in for it is passed over."""
        number %= 65536
        self.skip = self.state.skipped_after_unicode
        if 0xD800 <= number < 0xDC00:
            self.surrogate = number
        elif 0xDC00 <= number < 0xE000:
            if self.surrogate:
                self.say(chr(0x10000 + ((self.surrogate - 0xD800) << 10) + number - 0xDC00))
            self.surrogate = 0
        else:
            self.say(chr(number))

    def letters(self, letters: bytes) -> None:
        if self.skip:
            passed = min(self.skip, len(letters))
            self.skip, letters = self.skip - passed, letters[passed:]
        if self.state.picture:
            if sum(map(len, self.digits[-1:])) + len(letters) < MAX_PICTURE_DIGITS:
                self.digits.append(letters)
        elif not self.state.unread:
            self.pending += letters

    def flush(self) -> None:
        """Bytes that have come together become words in the encoding of their font."""
        self.skip = 0
        if self.pending:
            text = self.pending.decode(self.state.encoding or self.encoding, "replace")
            self.pending = b""
            self.say(text)

    def say(self, text: str) -> None:
        if self.pending:
            self.flush()
        if text and not self.state.unread and not self.state.picture:
            self.words.append(self.sheet.run(text, **dict.fromkeys(self.state.faces, True)))

    def end_paragraph(self) -> None:
        self.flush()
        words, self.words = self.words, []
        if not any(run["t"].strip() for run in words):
            return
        common = {"align": self.align or None, **({"rtl": 1} if self.rtl else {})}
        if self.level:
            self.put(self.sheet.block("h", level=self.level, runs=words, **common))
        else:
            self.put(self.sheet.block("p", runs=words, **common))

    def put(self, block: Block) -> None:
        """A block into the cell under way, or onto the sheet behind the table that ends here."""
        if self.in_table or self.cells:
            self.blocks.append(block)
        else:
            self.end_table()
            self.sheet.blocks.append(block)

    def end_table(self) -> None:
        self.sheet.blocks += table(self.sheet, self.rows) + self.blocks
        self.rows, self.blocks = [], []

    def end_picture(self) -> None:
        digits, self.digits = b"".join(self.digits), []
        try:
            content = bytes.fromhex(digits.decode("ascii"))
        except ValueError:
            return
        if block := self.sheet.picture(content):
            self.put(block)


def known(encoding: str) -> str:
    """The encoding when there is such a one, else the one that Western programs write."""
    try:
        codecs.lookup(encoding)
    except LookupError:
        return "cp1252"
    return encoding


def fonts(data: bytes) -> dict[int, str]:
    """The code page of each font, by its number."""
    found = re.findall(rb"\\f(\d{1,5})(?:\\f?[a-z]+-?\d*)*?\\fcharset(\d{1,3})", data[:400_000])
    return {int(number): CHARSETS[int(charset)] for number, charset in found if int(charset) in CHARSETS}
