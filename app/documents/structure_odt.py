"""ODT as blocks (OASIS OpenDocument 1.3, part 3). Runs in the sandbox's child."""

from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

from app.documents.numbering import BULLETS, written
from app.documents.parts import Parts, child, local, value
from app.documents.sheet import Block, Run, Sheet, cell
from app.documents.structure_docx import table

SIDES = {"center": "center", "end": "end", "right": "end", "justify": "justify"}
NOT_READ = frozenset({"tracked-changes", "annotation", "annotation-end", "bookmark", "soft-page-break", "forms"})
MAX_REPEATED = 60
DEEPEST_TABLE = 4


@dataclass
class Style:
    """What a paragraph or some words take from their style."""

    faces: dict[str, bool] = field(default_factory=dict)
    align: str = ""
    breaks: bool = False
    rtl: bool = False


def read(data: bytes, sheet: Sheet) -> None:
    parts = Parts(data)
    Reader(parts, sheet).read()


class Reader:
    """One document under way: its styles, its lists, its notes."""

    def __init__(self, parts: Parts, sheet: Sheet) -> None:
        self.parts, self.sheet = parts, sheet
        self.named: dict[str, Element] = {}
        self.lists: dict[str, dict[int, tuple[str, str]]] = {}
        self.known: dict[str, Style] = {}
        self.notes: list[Element] = []
        for name, parent in (
            ("styles.xml", "styles"),
            ("styles.xml", "automatic-styles"),
            ("content.xml", "automatic-styles"),
        ):
            if name in parts.names:
                for each in parts.children(name, parent):
                    self.learn(each)

    def learn(self, element: Element) -> None:
        """Keep a style; the element itself is forgotten by who reads."""
        if local(element) == "style":
            kept = Element("style", element.attrib)
            kept.extend(list(element))
            self.named[value(element, "name")] = kept
        elif local(element) == "list-style":
            self.lists[value(element, "name")] = {int(value(each, "level", "1")): sign(each) for each in element}

    def read(self) -> None:
        for element in self.parts.children("content.xml", "text"):
            self.sheet.blocks += self.blocks(element)
        if self.notes:
            self.sheet.add("hr")
        for number, note in enumerate(self.notes, 1):
            words = [run for each in note if local(each) == "p" for run in self.runs(each, {})]
            self.sheet.add("note", runs=[self.sheet.run(f"{number} "), *words])

    def blocks(self, element: Element, depth: int = 0) -> list[Block]:
        kind = local(element)
        if kind in ("p", "h"):
            return self.paragraph(element)
        if kind == "list":
            return self.items(element, value(element, "style-name"), 0, depth)
        if kind == "table" and depth < DEEPEST_TABLE:
            return self.table(element, depth)
        if kind in ("section", "index-body", "table-of-content", "text-box", "frame"):
            return [block for inner in element for block in self.blocks(inner, depth)]
        return []

    def paragraph(self, element: Element, **item: object) -> list[Block]:
        style = self.style(value(element, "style-name"))
        made = [self.sheet.block("break")] if style.breaks else []
        words = self.runs(element, style.faces)
        common = {"align": SIDES.get(style.align), **({"rtl": 1} if style.rtl else {})}
        if any(run["t"].strip() for run in words):
            level = value(element, "outline-level", "1")
            if item:
                made.append(self.sheet.block("li", runs=words, **item, **common))
            elif local(element) == "h":
                made.append(self.sheet.block("h", level=int(level) if level.isdigit() else 1, runs=words, **common))
            else:
                made.append(self.sheet.block("p", runs=words, **common))
        return made + self.pictures(element)

    def runs(self, element: Element, faces: dict[str, bool]) -> list[Run]:
        """The words within an element, in their faces."""
        made = [self.sheet.run(element.text, **faces)] if element.text else []
        for each in element:
            made += self.piece(each, faces)
            if each.tail:
                made.append(self.sheet.run(each.tail, **faces))
        return made

    def piece(self, element: Element, faces: dict[str, bool]) -> list[Run]:
        kind = local(element)
        if kind in ("span", "a", "ruby", "ruby-base", "meta", "meta-field"):
            return self.runs(element, faces | self.style(value(element, "style-name")).faces)
        if kind == "s":
            count = value(element, "c", "1")
            return [self.sheet.run(" " * (min(int(count), 200) if count.isdigit() else 1), **faces)]
        if kind in ("tab", "line-break"):
            return [self.sheet.run("\t" if kind == "tab" else "\n", **faces)]
        if kind == "note" and (body := child(element, "note-body")) is not None:
            self.notes.append(body)
            return [self.sheet.run(str(len(self.notes)), up=True)]
        if kind in NOT_READ or kind in ("frame", "custom-shape"):
            return []
        return [self.sheet.run(element.text, **faces)] if element.text else []

    def items(self, element: Element, style: str, level: int, depth: int) -> list[Block]:
        """A list's items, and the lists within them."""
        style = value(element, "style-name") or style
        form, suffix = self.lists.get(style, {}).get(level + 1, ("", ""))
        made: list[Block] = []
        number = 0
        for item in element:
            number += local(item) == "list-item"
            first = True
            for each in item:
                if local(each) == "list":
                    made += self.items(each, style, min(level + 1, 8), depth)
                elif local(each) in ("p", "h") and first and local(item) == "list-item":
                    marker = written(number, form) + suffix if form else BULLETS[level % len(BULLETS)]
                    made += self.paragraph(each, level=level, marker=marker)
                    first = False
                else:
                    made += self.blocks(each, depth)
        return made

    def pictures(self, element: Element) -> list[Block]:
        """Pictures that stand in a paragraph, and the text of boxes there; a picture from elsewhere is not fetched."""
        made: list[Block] = []
        for each in element.iter():
            name = value(each, "href").removeprefix("./")
            if local(each) == "image" and name in self.parts.names:
                block = self.sheet.picture(self.parts.content(name))
                made += [block] if block else []
            elif local(each) == "text-box":
                made += [block for inner in each for block in self.blocks(inner, DEEPEST_TABLE - 1)]
        return made

    def table(self, element: Element, depth: int) -> list[Block]:
        rows = []
        for row in element.iter():
            if local(row) == "table-row":
                rows.append([cell for each in row for cell in self.cells(each, depth)])
        return table(self.sheet, [row for row in rows if any(cell["blocks"] for cell in row)])

    def cells(self, element: Element, depth: int) -> list[dict[str, object]]:
        """A cell, as often as it is repeated; one that a wider one covers is none."""
        if local(element) != "table-cell":
            return []
        span, repeated = value(element, "number-columns-spanned", "1"), value(element, "number-columns-repeated", "1")
        inner = [block for each in element for block in self.blocks(each, depth + 1)]
        made = cell(inner, min(int(span), MAX_REPEATED) if span.isdigit() else 1)
        return [made] * (min(int(repeated), MAX_REPEATED) if repeated.isdigit() and inner else 1)

    def style(self, name: str, depth: int = 0) -> Style:
        """A style with what it takes from its parents."""
        if name in self.known:
            return self.known[name]
        element = self.named.get(name)
        if element is None or depth > 10:
            return Style()
        parent = self.style(value(element, "parent-style-name"), depth + 1)
        paragraph, text = child(element, "paragraph-properties"), child(element, "text-properties")
        mode = value(paragraph, "writing-mode")
        self.known[name] = Style(
            faces=parent.faces | faces_of(text),
            align=value(paragraph, "text-align") or parent.align,
            breaks=value(paragraph, "break-before") == "page",
            rtl=mode.startswith("rl") if mode and mode != "page" else parent.rtl,
        )
        return self.known[name]


def sign(level: Element) -> tuple[str, str]:
    """How a level of a list counts, and what it writes behind its number."""
    form = value(level, "num-format") if local(level) == "list-level-style-number" else ""
    return form, value(level, "num-suffix")


def faces_of(properties: Element | None) -> dict[str, bool]:
    """What a style says about the face of words; what it does not say is not in it."""
    found: dict[str, bool] = {}
    if weight := value(properties, "font-weight"):
        found["b"] = weight in ("bold", "600", "700", "800", "900")
    if slant := value(properties, "font-style"):
        found["i"] = slant in ("italic", "oblique")
    if line := value(properties, "text-underline-style"):
        found["u"] = line != "none"
    if line := value(properties, "text-line-through-style"):
        found["s"] = line != "none"
    if place := value(properties, "text-position"):
        found |= {"up": place.startswith("super"), "down": place.startswith("sub")}
    return found
