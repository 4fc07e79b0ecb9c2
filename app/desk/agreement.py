"""How far reviewers agree: Krippendorff's alpha, 1 for always, 0 for as often as by chance, below that for worse.

Klaus Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011): any number of reviewers, values missing.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from itertools import combinations

Difference = Callable[[float, float], float]


def nominal(one: float, other: float) -> float:
    """Values are the same or they are not."""
    return float(one != other)


def interval(one: float, other: float) -> float:
    """The further apart, the worse: squared, for scores at equal distances."""
    return (one - other) ** 2


def alpha(units: Iterable[Sequence[float]], difference: Difference = interval) -> float | None:
    """Krippendorff's alpha of units, each a list of the values it was given, whoever gave them.

    Units with fewer than two values say nothing of agreement and are left out. None when there is nothing to
    compare: no unit with two values, or one and the same value everywhere.
    """
    paired = [values for values in units if len(values) > 1]
    values = Counter(value for unit in paired for value in unit)
    number = sum(values.values())
    if number == 0:
        return None
    observed = sum(disagreement(Counter(unit), difference) / (len(unit) - 1) for unit in paired) / number
    expected = disagreement(values, difference) / (number * (number - 1))
    return 1 - observed / expected if expected else None


def disagreement(values: Counter[float], difference: Difference) -> float:
    """The sum of the differences between all ordered pairs of values."""
    pairs = combinations(values.items(), 2)
    return sum(2 * count * times * difference(one, other) for (one, count), (other, times) in pairs)
