"""A map of the Caucasus, drawn by hand from a few dozen points: to be recognised, not to be measured.

Borders are those that the United Nations recognise; a point is (longitude, latitude). Each border is written once and
walked by both neighbours, so that no gap opens between them.
"""

from dataclasses import dataclass
from math import cos, radians

Point = tuple[float, float]
Line = list[Point]

# Where several meet.
PSOU, LAGODEKHI, SAMUR = (40.0, 43.39), (46.45, 41.9), (48.58, 41.83)
KARTSAKHI, SHIKHLI = (43.45, 41.12), (45.02, 41.3)
MEGHRI, NORDUZ, ARARAT = (46.54, 38.87), (46.14, 38.84), (44.77, 39.71)
SARPI, ASTARA = (41.55, 41.52), (48.9, 38.45)

RIDGE: Line = [
    *(PSOU, (40.7, 43.53), (41.5, 43.3), (42.4, 43.23), (43.0, 43.08), (43.6, 42.75), (43.85, 42.58), (44.5, 42.71)),
    *((44.95, 42.74), (45.3, 42.52), (45.7, 42.5), (45.6, 42.2), (46.1, 42.0), LAGODEKHI),
]
SAMUR_BORDER: Line = [LAGODEKHI, (46.8, 41.8), (47.25, 41.35), (47.75, 41.2), (48.1, 41.45), SAMUR]
ALAZANI: Line = [
    SHIKHLI,
    (45.3, 41.42),
    (45.75, 41.35),
    (46.3, 41.1),
    (46.65, 41.1),
    (46.6, 41.4),
    (46.2, 41.7),
    LAGODEKHI,
]
LORI: Line = [KARTSAKHI, (43.9, 41.17), (44.5, 41.2), (44.85, 41.22), SHIKHLI]
SEVAN: Line = [
    *(SHIKHLI, (45.2, 41.05), (45.55, 40.85), (45.42, 40.6), (45.9, 40.25), (45.6, 39.95), (46.0, 39.65)),
    *((46.45, 39.5), (46.5, 39.1), MEGHRI),
]
ZANGEZUR: Line = [NORDUZ, (46.05, 39.2), (45.85, 39.5), (45.45, 39.5), (45.1, 39.75), ARARAT]
ARPACHAY: Line = [ARARAT, (44.4, 39.98), (43.7, 40.1), (43.6, 40.45), (43.73, 40.75), KARTSAKHI]
BLACK_SEA: Line = [
    *(PSOU, (40.3, 43.2), (40.9, 43.05), (41.1, 42.8), (41.5, 42.6), (41.6, 42.2), (41.75, 41.85), SARPI)
]
ADJARA: Line = [SARPI, (42.4, 41.47), (42.85, 41.5), (43.2, 41.25), KARTSAKHI]
CASPIAN: Line = [
    SAMUR,
    (49.1, 41.35),
    (49.55, 40.75),
    (50.35, 40.4),
    (49.55, 40.15),
    (49.4, 39.55),
    (49.15, 39.1),
    ASTARA,
]
ARAS: Line = [
    *(ASTARA, (48.4, 38.6), (48.05, 38.85), (48.3, 39.05), (48.1, 39.3), (48.0, 39.65), (47.4, 39.4), (46.9, 39.15)),
    MEGHRI,
]
NAKHCHIVAN_ARAS: Line = [NORDUZ, (45.5, 38.88), (45.1, 39.15), (44.85, 39.5), ARARAT]
STEPPE: Line = [
    *(PSOU, (39.3, 43.85), (38.4, 44.35), (37.5, 44.7), (36.7, 45.15), (37.7, 45.7), (38.1, 46.4), (39.2, 46.7)),
    *((40.6, 46.4), (41.4, 45.95), (42.6, 45.6), (43.7, 45.9), (44.7, 45.3), (45.7, 44.9), (46.9, 44.75)),
    *((47.2, 44.2), (47.5, 43.7), (47.45, 43.1), (48.0, 42.45), SAMUR),
]


def back(line: Line) -> Line:
    return line[::-1]


OUTLINES: dict[str, list[Line]] = {
    "north-caucasus": [[*STEPPE, *back(SAMUR_BORDER), *back(RIDGE)]],
    "georgia": [[*RIDGE, *back(ALAZANI), *back(LORI), *back(ADJARA), *back(BLACK_SEA)]],
    "armenia": [[*LORI, *SEVAN, *ZANGEZUR, *ARPACHAY]],
    "azerbaijan": [[*SAMUR_BORDER, *CASPIAN, *ARAS, *back(SEVAN), *ALAZANI], [*ZANGEZUR, *back(NAKHCHIVAN_ARAS)]],
}
NUMBERS_AT: dict[str, Point] = {
    "north-caucasus": (42.7, 44.45),
    "georgia": (43.75, 42.04),
    "armenia": (44.75, 40.45),
    "azerbaijan": (47.9, 40.5),
}
BESIDE: dict[str, Point] = {"armenia": (43.4, 40.0)}  # too narrow for its name, which ends here
SEAS_AT: dict[str, Point] = {"black": (36.6, 42.6), "caspian": (51.1, 44.5)}  # where the words begin, and end

WEST, NORTH, EAST, SOUTH = 36.5, 46.9, 51.2, 38.2
NAME_BELOW = 19  # units from a number to the name under it
SCALE = 46.0  # units for a degree of latitude
NARROWER = cos(radians(42.4))  # a degree of longitude is that much of one of latitude here
WIDTH, HEIGHT = round((EAST - WEST) * NARROWER * SCALE), round((NORTH - SOUTH) * SCALE)


@dataclass(frozen=True)
class Shape:
    """One region as SVG draws it: its path, where its number stands, and where its name, which may be beside it."""

    path: str
    number_at: tuple[int, int]
    name_at: tuple[int, int]
    beside: bool


def place(point: Point) -> tuple[int, int]:
    longitude, latitude = point
    return round((longitude - WEST) * NARROWER * SCALE), round((NORTH - latitude) * SCALE)


def path(lines: list[Line]) -> str:
    """The outlines in the words of an SVG path."""
    pieces = []
    for line in lines:
        placed = list(dict.fromkeys(place(point) for point in line))
        pieces.append("M" + "L".join(f"{x} {y}" for x, y in placed) + "Z")
    return "".join(pieces)


def shape(key: str) -> Shape:
    x, y = place(NUMBERS_AT[key])
    beside = place(BESIDE[key]) if key in BESIDE else None
    return Shape(path(OUTLINES[key]), (x, y), beside or (x, y + NAME_BELOW), beside is not None)


SHAPES = {key: shape(key) for key in OUTLINES}
SEAS = {key: place(point) for key, point in SEAS_AT.items()}
