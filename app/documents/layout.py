"""Documents without pages of their own are laid out from their structure. Runs in the sandbox's child.

What a document says travels as data (JSON), never as markup: nothing in it can be an instruction to the typesetter.
A block is a dictionary; layout.typ says which kinds there are and what they may carry.
"""

import json
from pathlib import Path
from typing import Any

import typst

Block = dict[str, Any]

HERE = Path(__file__).parent
TEMPLATE = (HERE / "layout.typ").read_bytes()
FACES: tuple[dict[str, int], ...] = ({}, {"b": 1}, {"i": 1}, {"b": 1, "i": 1}, {"m": 1})
LETTERS = "Aa Жж ა Ա א ع ☑ →"
# A letter of every script in every face: what is set once is in memory.
SPECIMEN: list[Block] = [{"k": "p", "runs": [{"t": LETTERS, **face} for face in FACES]}]


def pdf(blocks: list[Block], pictures: dict[str, bytes] | None = None) -> bytes:
    """The blocks on A4 pages. `pictures`: SVG by the name that blocks call it."""
    files = {"main.typ": TEMPLATE, "blocks.json": json.dumps(blocks).encode(), **(pictures or {})}
    made = compiler.compile(input=files, format="pdf", timestamp=0, pdf_tags=False)
    assert isinstance(made, bytes)
    return made


# Its stubs do not know that a document may be made of several files in memory.
Typesetter: Any = typst.Compiler
compiler = Typesetter(
    input={"main.typ": TEMPLATE, "blocks.json": b"[]"},
    font_paths=[str(HERE / "fonts")],
    ignore_system_fonts=True,
)
