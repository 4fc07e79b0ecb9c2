"""How alike two texts are, told from short signatures (MinHash; Broder 1997), and where to look for such texts.

A signature is SIZE numbers; the share of equal ones estimates the share of common phrases of PHRASE words. Cut into
bands, it finds near-equal texts by equal bands (Leskovec, Rajaraman, Ullman: Mining of Massive Datasets, 3.4): with 10
bands of 6 numbers a text that shares nine tenths is found practically always, four fifths in 95 of 100 cases, one
third in 1 of 100. Weighed against datasketch, which brings NumPy and SciPy for these sixty lines.
"""

import struct
from hashlib import blake2b

from app.desk import folding

PHRASE = 5
BANDS = 10
ROWS = 6
SIZE = BANDS * ROWS
MOST_CHARS = 150_000  # some 80 pages
FEWEST_PHRASES = 40  # shorter texts are alike by chance
ALIKE = 0.7
PRIME = (1 << 61) - 1
SHAPE = struct.Struct(f">{SIZE}I")


def number(text: str, size: int = 8) -> int:
    """A text as a whole number of `size` bytes with a sign, the same in every process."""
    return int.from_bytes(blake2b(text.encode(), digest_size=size).digest(), signed=True)


# Sixty ways to shuffle all numbers: x → a·x + b.
SHUFFLES = [(number(f"a{row}") % (PRIME - 1) + 1, number(f"b{row}") % PRIME) for row in range(SIZE)]


def signature(text: str) -> bytes:
    """The signature of a text; empty for one too short to say anything."""
    phrases = [value % PRIME for value in phrases_of(text)]
    if len(phrases) < FEWEST_PHRASES:
        return b""
    return SHAPE.pack(*(min((a * phrase + b) % PRIME for phrase in phrases) & 0xFFFFFFFF for a, b in SHUFFLES))


def phrases_of(text: str) -> set[int]:
    """Every run of PHRASE words as a number."""
    words = [folding.bare(word) for word in folding.words_of(text[:MOST_CHARS])]
    return {number(" ".join(words[start : start + PHRASE])) for start in range(len(words) - PHRASE + 1)}


def bands(signed: bytes) -> list[int]:
    """The keys under which texts like this one are found."""
    width = len(signed) // BANDS
    pieces = [signed[band * width : (band + 1) * width] for band in range(BANDS)] if signed else []
    return [number(f"{band} {piece.hex()}") for band, piece in enumerate(pieces)]


def resemblance(first: bytes, second: bytes) -> float:
    """The share of phrases that two texts have in common, estimated, from 0 to 1."""
    if not first or not second:
        return 0.0
    equal: list[bool] = [one == other for one, other in zip(SHAPE.unpack(first), SHAPE.unpack(second), strict=True)]
    return sum(equal) / SIZE
