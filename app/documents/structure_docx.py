"""DOCX as blocks (ECMA-376-1, part 17). Runs in the sandbox's child."""

import re
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

from app.documents.numbering import Numbering
from app.documents.parts import Parts, child, local, value
from app.documents.sheet import Block, Run, Sheet, cell

SIDES = {"center": "center", "right": "end", "end": "end", "both": "justify", "distribute": "justify"}
PASSED_THROUGH = frozenset({"hyperlink", "ins", "moveTo", "smartTag", "fldSimple", "sdt", "sdtContent", "dir", "bdo"})
DEEPEST_TABLE = 4
TWIPS_PER_STEP = 500
HEADING = re.compile(r"^heading (\d)$", re.IGNORECASE)


@dataclass
class Style:
    """What a paragraph or run takes from its style."""

    heading: int = 0
    faces: dict[str, bool] = field(default_factory=dict)
    align: str = ""
    numbered: tuple[str, int] | None = None


def read(data: bytes, sheet: Sheet) -> None:
    parts = Parts(data)
    main = next(name for name in sorted(parts.names) if re.fullmatch(r"word/document\d*\.xml", name))
    Reader(parts, main, sheet).read()


class Reader:
    """One document under way: its styles, its numbering, where its pictures lie."""

    def __init__(self, parts: Parts, main: str, sheet: Sheet) -> None:
        self.parts, self.main, self.sheet = parts, main, sheet
        self.styles = styles(parts.tree("word/styles.xml"))
        self.numbering = Numbering(parts.tree("word/numbering.xml"))
        self.targets = targets(parts, main)
        self.notes = notes(parts.tree("word/footnotes.xml"))
        self.noted: list[tuple[str, Element]] = []

    def read(self) -> None:
        for name in sorted(self.parts.names):
            if re.fullmatch(r"word/header\d*\.xml", name):
                self.margin(name)
        for element in self.parts.children(self.main, "body"):
            self.sheet.blocks += self.blocks(element)
        if self.noted:
            self.sheet.add("hr")
        for mark, note in self.noted:
            words = [run for paragraph in note if local(paragraph) == "p" for run in self.runs(paragraph, Style())]
            self.sheet.add("note", runs=[self.sheet.run(f"{mark} "), *words])

    def margin(self, name: str) -> None:
        """A page's head, said once, before everything."""
        tree = self.parts.tree(name)
        for paragraph in tree.iter() if tree is not None else ():
            if local(paragraph) == "p" and (words := self.runs(paragraph, Style())):
                self.sheet.add("note", runs=words)

    def blocks(self, element: Element, depth: int = 0) -> list[Block]:
        """What an element of a body or a cell becomes."""
        kind = local(element)
        if kind == "p":
            return self.paragraph(element)
        if kind == "tbl" and depth < DEEPEST_TABLE:
            return self.table(element, depth)
        if kind in ("sdt", "sdtContent", "customXml", "ins"):
            return [block for inner in element for block in self.blocks(inner, depth)]
        return []

    def paragraph(self, element: Element) -> list[Block]:
        properties = child(element, "pPr")
        style = self.styles.get(value(child(properties, "pStyle")), Style())
        made: list[Block] = [self.sheet.block("break")] if breaks_before(element, properties) else []
        words = self.runs(element, style)
        rtl = child(properties, "bidi") is not None and value(child(properties, "bidi"), default="1") not in OFF
        common = {"align": SIDES.get(value(child(properties, "jc")) or style.align), **({"rtl": 1} if rtl else {})}
        numbered = self.numbered(properties, style)
        if any(run["t"].strip() for run in words):
            if style.heading:
                made.append(self.sheet.block("h", level=style.heading, runs=words, **common))
            elif numbered:
                marker, level = numbered
                made.append(self.sheet.block("li", level=level, marker=marker, runs=words, **common))
            else:
                made.append(self.sheet.block("p", runs=words, indent=indent(properties), **common))
        return made + self.pictures(element)

    def numbered(self, properties: Element | None, style: Style) -> tuple[str, int] | None:
        """The sign before a paragraph of a list, and how deep it stands."""
        numbers = child(properties, "numPr")
        key, level = value(child(numbers, "numId")), value(child(numbers, "ilvl"), default="0")
        if numbers is None or not key:
            if style.numbered is None:
                return None
            key, step = style.numbered
        else:
            step = int(level) if level.isdigit() else 0
        return self.numbering.next(key, step)

    def runs(self, element: Element, style: Style) -> list[Run]:
        """The words of a paragraph, also those within links and fields; what was deleted is not among them."""
        made: list[Run] = []
        for each in element:
            kind = local(each)
            if kind == "r":
                made += self.run(each, style)
            elif kind in PASSED_THROUGH:
                made += self.runs(each, style)
        return made

    def run(self, element: Element, style: Style) -> list[Run]:
        properties = child(element, "rPr")
        faces = style.faces | self.styles.get(value(child(properties, "rStyle")), Style()).faces | faces_of(properties)
        text = "".join(map(said, element))
        made = [self.sheet.run(text, **faces)] if text else []
        for each in element:
            if local(each) == "footnoteReference" and (note := self.notes.get(value(each, "id"))) is not None:
                self.noted.append((str(len(self.noted) + 1), note))
                made.append(self.sheet.run(self.noted[-1][0], up=True))
        return made

    def pictures(self, element: Element) -> list[Block]:
        """Pictures that stand in a paragraph, and the text of boxes drawn there."""
        made: list[Block] = []
        for each in seen(element):
            kind = local(each)
            if kind in ("blip", "imagedata"):
                name = self.targets.get(value(each, "embed") or value(each, "id"), "")
                block = self.sheet.picture(self.parts.content(name)) if name else None
                made += [block] if block else []
            elif kind == "txbxContent":
                made += [block for inner in each for block in self.blocks(inner, DEEPEST_TABLE - 1)]
        return made

    def table(self, element: Element, depth: int) -> list[Block]:
        rows = []
        for row in (each for each in element if local(each) == "tr"):
            cells = [
                cell for each in row for cell in ([each] if local(each) == "tc" else child(each, "sdtContent") or [])
            ]
            rows.append([self.cell(cell, depth) for cell in cells if local(cell) == "tc"])
        return table(self.sheet, [row for row in rows if row])

    def cell(self, element: Element, depth: int) -> dict[str, object]:
        span = value(child(element, "tcPr", "gridSpan"), default="1")
        inner = [block for each in element for block in self.blocks(each, depth + 1)]
        return cell(inner, min(int(span), 60) if span.isdigit() else 1)


OFF = frozenset({"0", "false", "off", "none"})


def table(sheet: Sheet, rows: list[list[dict[str, object]]]) -> list[Block]:
    """A table whose rows are all as wide as the widest."""
    if not rows:
        return []
    width = max(sum(int(str(cell["span"])) for cell in row) for row in rows)
    for row in rows:
        missing = width - sum(int(str(cell["span"])) for cell in row)
        row += [cell([])] * missing
    return [sheet.block("table", columns=width, rows=rows)]


def said(element: Element) -> str:
    """What an element of a run says."""
    kind = local(element)
    if kind == "t":
        return element.text or ""
    if kind == "br":
        return "" if value(element, "type") in ("page", "column") else "\n"
    if kind == "sym":
        return "•"
    return {"tab": "\t", "ptab": "\t", "cr": "\n", "noBreakHyphen": "\u2011"}.get(kind, "")


def faces_of(properties: Element | None) -> dict[str, bool]:
    """What a run's own properties say about its face; what they do not say is not in it."""
    found: dict[str, bool] = {}
    for each in properties if properties is not None else ():
        kind, on = local(each), value(each, default="1") not in OFF
        if kind in ("b", "i"):
            found[kind] = on
        elif kind == "u":
            found["u"] = on
        elif kind in ("strike", "dstrike"):
            found["s"] = on
        elif kind == "vertAlign":
            found |= {"up": value(each) == "superscript", "down": value(each) == "subscript"}
    return found


def breaks_before(element: Element, properties: Element | None) -> bool:
    """Whether a page ends before this paragraph, or in it before its first word."""
    before = child(properties, "pageBreakBefore")
    if before is not None and value(before, default="1") not in OFF:
        return True
    return any(local(each) == "br" and value(each, "type") == "page" for each in element.iter())


def indent(properties: Element | None) -> int | None:
    left = value(child(properties, "ind"), "left") or value(child(properties, "ind"), "start")
    return round(int(left) / TWIPS_PER_STEP) or None if left.isdigit() else None


def seen(element: Element) -> list[Element]:
    """Everything within an element but what is there twice for older readers, and what stands within boxes."""
    found: list[Element] = []
    for each in element:
        if local(each) != "Fallback":
            found.append(each)
            if local(each) != "txbxContent":
                found += seen(each)
    return found


def styles(tree: Element | None) -> dict[str, Style]:
    """The styles by their id, each with what it takes from those it is based on."""
    found = {value(each, "styleId"): each for each in tree or () if local(each) == "style"}
    made: dict[str, Style] = {}
    for key in found:
        made[key] = style(found, key, 0)
    return made


def style(found: dict[str, Element], key: str, depth: int) -> Style:
    element = found.get(key)
    if element is None or depth > 10:
        return Style()
    base = style(found, value(child(element, "basedOn")), depth + 1)
    properties = child(element, "pPr")
    heading = HEADING.match(value(child(element, "name")))
    level = value(child(properties, "outlineLvl"))
    if heading:
        base.heading = int(heading[1])
    elif value(child(element, "name")).lower() == "title":
        base.heading = 1
    elif level.isdigit() and int(level) < 9:
        base.heading = int(level) + 1
    numbers = child(properties, "numPr")
    if numbers is not None and value(child(numbers, "numId")):
        step = value(child(numbers, "ilvl"), default="0")
        base.numbered = (value(child(numbers, "numId")), int(step) if step.isdigit() else 0)
    base.align = value(child(properties, "jc")) or base.align
    base.faces = base.faces | faces_of(child(element, "rPr"))
    return base


def targets(parts: Parts, main: str) -> dict[str, str]:
    """The parts that relations of the document lead to, by the relation's id; what lies outside is not among them."""
    tree = parts.tree(f"word/_rels/{main.rpartition('/')[2]}.rels")
    found = {}
    for each in tree if tree is not None else ():
        if value(each, "TargetMode") != "External":
            target = value(each, "Target")
            found[value(each, "Id")] = target.lstrip("/") if target.startswith("/") else f"word/{target}"
    return found


def notes(tree: Element | None) -> dict[str, Element]:
    """Footnotes by their id, without the lines that part them from the text."""
    return {value(each, "id"): each for each in tree or () if not value(each, "type")}
