"""Krippendorff's alpha: the published example, cases done by hand, and what holds for every set of scores."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.desk.agreement import alpha, interval, nominal

# Krippendorff 2011, "Computing Krippendorff's Alpha-Reliability", example C: 4 observers, 12 units, values missing.
OBSERVERS = [
    [1, 2, 3, 3, 2, 1, 4, 1, 2, None, None, None],
    [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, None, 3],
    [None, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, None],
    [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, None],
]
PUBLISHED = [[row[unit] for row in OBSERVERS if row[unit] is not None] for unit in range(12)]
units = st.lists(st.lists(st.integers(1, 5), max_size=4), max_size=12)


def test_the_published_example_comes_out_as_published() -> None:
    assert alpha(PUBLISHED, nominal) == pytest.approx(0.743, abs=0.0005)  # type: ignore[arg-type]
    assert alpha(PUBLISHED, interval) == pytest.approx(0.849, abs=0.0005)  # type: ignore[arg-type]


def test_cases_done_by_hand() -> None:
    assert alpha([[1, 1], [5, 5]]) == 1
    # Two units, each 1 and 2: observed (1 + 1 + 1 + 1) / 4 = 1; expected 8 ordered pairs that differ by 1, / (4·3).
    assert alpha([[1, 2], [1, 2]]) == pytest.approx(1 - 1 / (8 / 12))
    # 1, 2 and 3, 3: observed (1 + 1) / 4; expected 2·(1 + 4 + 4 + 1 + 1) / (4·3).
    assert alpha([[1, 2], [3, 3]]) == pytest.approx(1 - 0.5 / (22 / 12))


def test_where_nothing_can_be_compared_there_is_none() -> None:
    assert alpha([]) is None
    assert alpha([[1], [4], []]) is None
    assert alpha([[3, 3], [3, 3, 3]]) is None


@given(units)
def test_it_never_exceeds_one_and_single_opinions_change_nothing(scores: list[list[int]]) -> None:
    found = alpha(scores)
    assert found is None or found <= 1
    assert found == alpha([*scores, [2], []])


@given(units)
def test_the_order_of_units_and_of_reviewers_is_nothing(scores: list[list[int]]) -> None:
    turned = [unit[::-1] for unit in scores[::-1]]
    assert alpha(scores) == pytest.approx(alpha(turned))
