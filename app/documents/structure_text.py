"""Plain text and Markdown as blocks. Runs in the sandbox's child."""

import re
from collections.abc import Sequence

from markdown_it import MarkdownIt
from markdown_it.token import Token

from app.documents.readers import decode
from app.documents.sheet import Run, Sheet, cell

parser = MarkdownIt("commonmark", {"html": False, "maxNesting": 20}).enable(["table", "strikethrough"])
FACES = {"strong": "b", "em": "i", "s": "s"}


def read_plain(data: bytes, sheet: Sheet) -> None:
    """Paragraphs stand apart by an empty line; lines stay lines."""
    text = decode(data).replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n\n")
    for paragraph in re.split(r"\n[ \t]*\n", text):
        if paragraph.strip():
            for start in range(0, len(paragraph), 20_000):
                sheet.add("p", small=1, runs=[sheet.run(paragraph[start : start + 20_000].rstrip())])


def read_markdown(data: bytes, sheet: Sheet) -> None:
    """Markdown as CommonMark has it, with tables; HTML in it stays as it is written."""
    tokens = parser.parse(decode(data))
    lists: list[int | None] = []
    place = "p"
    level = 0
    for position, token in enumerate(tokens):
        kind = token.type
        if kind in ("bullet_list_open", "ordered_list_open"):
            lists.append(int(token.attrs.get("start", 1)) if kind.startswith("ordered") else None)
        elif kind in ("bullet_list_close", "ordered_list_close"):
            lists.pop()
        elif kind == "list_item_open":
            place = "li"
        elif kind == "heading_open":
            place, level = "h", int(token.tag[1])
        elif kind == "blockquote_open":
            place = "quote"
        elif kind in ("heading_close", "blockquote_close", "list_item_close"):
            place = "p"
        elif kind in ("fence", "code_block"):
            sheet.add("pre", t=sheet.run(token.content.rstrip())["t"])
        elif kind == "hr":
            sheet.add("hr")
        elif kind == "table_open":
            sheet.add("table", **table(tokens[position:], sheet))
        elif kind == "inline" and not inside_table(tokens, position):
            put(sheet, place, level, lists, runs(token.children or [], sheet))
            place = "p" if place == "li" else place


def put(sheet: Sheet, place: str, level: int, lists: list[int | None], words: list[Run]) -> None:
    """One paragraph where it stands: a heading, an item, a quotation or by itself."""
    if place == "h":
        sheet.add("h", level=level, runs=words)
    elif place == "li" and lists:
        number = lists[-1]
        sheet.add("li", level=len(lists) - 1, marker="•" if number is None else f"{number}.", runs=words)
        lists[-1] = None if number is None else number + 1
    elif place == "quote":
        sheet.add("quote", runs=words)
    else:
        sheet.add("p", indent=len(lists) or None, runs=words)


def runs(tokens: Sequence[Token], sheet: Sheet) -> list[Run]:
    """Words with their faces; a link says where it leads, a picture what it would show."""
    made: list[Run] = []
    faces: dict[str, int] = {}
    links: list[str] = []
    for token in tokens:
        name, _, step = token.type.rpartition("_")
        if name in FACES:
            faces[FACES[name]] = faces.get(FACES[name], 0) + (1 if step == "open" else -1)
        elif token.type == "link_open":
            links.append(str(token.attrs.get("href", "")))
        elif token.type == "link_close":
            made.append(sheet.run(f" ({links.pop()})", grey=True))
        elif token.type == "image":
            made.append(sheet.run(f"[{token.content}] ({token.attrs.get('src', '')})", grey=True))
        elif token.type in ("softbreak", "hardbreak"):
            made.append(sheet.run(" " if token.type == "softbreak" else "\n"))
        elif token.content:
            made.append(sheet.run(token.content, m=token.type == "code_inline", **faces))
    return made


def inside_table(tokens: Sequence[Token], position: int) -> bool:
    return position > 0 and tokens[position - 1].type in ("th_open", "td_open")


def table(tokens: Sequence[Token], sheet: Sheet) -> dict[str, object]:
    """The rows of a table, from where it opens."""
    rows: list[list[dict[str, object]]] = []
    for position, token in enumerate(tokens):
        if token.type == "tr_open":
            rows.append([])
        elif token.type == "inline" and inside_table(tokens, position):
            bold = tokens[position - 1].type == "th_open"
            words = [run | ({"b": 1} if bold else {}) for run in runs(token.children or [], sheet)]
            rows[-1].append(cell([sheet.block("p", runs=words)]))
        elif token.type == "table_close":
            break
    return {"columns": max(len(row) for row in rows), "rows": rows}
