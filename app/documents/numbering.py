"""The signs before a list's items, as DOCX numbers them (ECMA-376-1, 17.9). Runs in the sandbox's child."""

import re
from xml.etree.ElementTree import Element

from app.documents.parts import child, local, value

BULLETS = ("•", "–", "▪")
ROMAN: tuple[tuple[int, str], ...] = (
    (1000, "m"),
    (900, "cm"),
    (500, "d"),
    (400, "cd"),
    (100, "c"),
    (90, "xc"),
    (50, "l"),
    (40, "xl"),
    (10, "x"),
)
ROMAN += ((9, "ix"), (5, "v"), (4, "iv"), (1, "i"))


class Numbering:
    """Counts through the lists of one document."""

    def __init__(self, tree: Element | None) -> None:
        elements = list(tree) if tree is not None else []
        kinds = {value(each, "abstractNumId"): levels(each) for each in elements if local(each) == "abstractNum"}
        self.lists = {
            value(each, "numId"): kinds.get(value(child(each, "abstractNumId")), {})
            for each in elements
            if local(each) == "num"
        }
        self.counted: dict[str, dict[int, int]] = {}

    def next(self, key: str, level: int) -> tuple[str, int] | None:
        """The sign of the next item of a list, and its level; None where there is no such list, or numbering is off."""
        kinds = self.lists.get(key)
        if kinds is None:
            return None
        level = min(level, 8)
        form, text, start = kinds.get(level, ("bullet", "•", 1))
        counted = self.counted.setdefault(key, {})
        counted[level] = counted.get(level, start - 1) + 1
        for deeper in [each for each in counted if each > level]:
            del counted[deeper]
        if form == "bullet":
            return BULLETS[level % len(BULLETS)], level
        if form == "none":
            return "", level
        return re.sub(r"%([1-9])", lambda place: self.number(kinds, counted, int(place[1]) - 1), text)[:20], level

    def number(self, kinds: dict[int, tuple[str, str, int]], counted: dict[int, int], level: int) -> str:
        return written(counted.get(level, 1), kinds.get(level, ("decimal", "", 1))[0])


def levels(element: Element) -> dict[int, tuple[str, str, int]]:
    """A list's levels: how they count, what they write, where they begin."""
    found = {}
    for each in element:
        step, start = value(each, "ilvl"), value(child(each, "start"), default="1")
        if local(each) == "lvl" and step.isdigit():
            form = value(child(each, "numFmt"), default="decimal")
            found[int(step)] = (form, value(child(each, "lvlText")), int(start) if start.isdigit() else 1)
    return found


def written(number: int, form: str) -> str:
    """A number as a list writes it."""
    if form in ("lowerLetter", "upperLetter", "a", "A"):
        letter = chr(ord("a") + (number - 1) % 26) * (1 + (number - 1) // 26)
        return letter.upper() if form in ("upperLetter", "A") else letter
    if form in ("lowerRoman", "upperRoman", "i", "I") and 0 < number < 4000:
        text = ""
        for amount, sign in ROMAN:
            while number >= amount:
                text, number = text + sign, number - amount
        return text.upper() if form in ("upperRoman", "I") else text
    return str(number)
