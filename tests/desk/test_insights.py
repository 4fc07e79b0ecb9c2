"""The overview's numbers, counted by hand; and that they outlive the persons."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from sqlmodel import select

from app.applications.models import Application
from app.applications.workflow import Status
from app.database import transaction
from app.desk import caucasus, cells, figures, insights
from app.desk.figure_models import Figure
from app.desk.insights import Insights, Time
from app.jobs.models import Job
from app.privacy.erasure import erase
from tests.desk.inventing import call, invent

MONDAY = datetime(2026, 11, 23, tzinfo=ZoneInfo("Europe/Berlin"))
DAY = timedelta(days=1)


def fill() -> list[Application]:
    """Six applications whose numbers can be told at a glance."""
    with transaction() as session:
        found = call(session)
        common = {"session": session, "found": found}
        return [
            # Sunday, late: the week before.
            invent(**common, received_at=MONDAY - timedelta(seconds=1), email="1@example.org"),
            invent(**common, received_at=MONDAY, email="2@example.org", regions=("armenia",), source="newsletter"),
            invent(
                **common,
                received_at=MONDAY - 28 * DAY,
                email="3@example.org",
                regions=("georgia", "armenia"),
                topics=("energy", "culture"),
                languages=("ka", "hy"),
                status=Status.ACCEPTED,
                answered_after=2 * DAY,
                decided_after=9 * DAY,
            ),
            invent(
                **common,
                received_at=MONDAY - 28 * DAY,
                email="4@example.org",
                status=Status.DECLINED,
                answered_after=timedelta(hours=3),
                decided_after=timedelta(days=3, hours=23),
                country="DE",
            ),
            invent(**common, received_at=MONDAY - 400 * DAY, email="5@example.org", answered_after=40 * DAY, topics=()),
            invent(
                **common,
                received_at=MONDAY - 14 * DAY,
                email="6@example.org",
                status=Status.DECLINED,
                reason="writing",
                answered_after=5 * DAY,
                decided_after=5 * DAY,
            ),
        ]


def look(period: str = "all") -> Insights:
    with transaction() as session:
        return insights.read(session, call_ids=[call(session).id], period=period)


@time_machine.travel(MONDAY + 2 * DAY, tick=False)
def test_the_numbers_are_those_counted_by_hand(database: str) -> None:
    fill()
    figures.count()
    found = look()
    assert found.total == 6
    assert {key: number for key, number in found.status.items() if number} == {
        "received": 3,
        "accepted": 1,
        "declined": 2,
    }
    assert found.region == {"georgia": 5, "armenia": 2}
    assert found.region_taken == {"armenia": 1, "georgia": 1}
    assert found.language == {"ka": 6, "hy": 1}
    assert found.topic == {"energy": 5, "culture": 1}
    assert found.country == {"GE": 5, "DE": 1}
    assert found.source == {"": 5, "newsletter": 1}
    assert found.reason == {"writing": 1}
    assert found.place == {
        ("georgia", "energy"): 4,
        ("georgia", "culture"): 1,
        ("armenia", "energy"): 2,
        ("armenia", "culture"): 1,
    }
    assert found.place_taken[("armenia", "energy")] == 1
    # Days to the first answer: 0, 2, 5, 40; to the decision: 3, 5, 9 (whole days that have passed).
    assert found.answer == Time(4, median=2, ninetieth=40)
    assert found.decision == Time(3, median=5, ninetieth=9)


@time_machine.travel(MONDAY + 2 * DAY, tick=False)
def test_a_period_begins_on_its_monday(database: str) -> None:
    fill()
    figures.count()
    assert look("4w").total == 3
    assert look("13w").total == 5
    assert list(look("4w").weeks.items()) == [
        (date(2026, 11, 9), 1),
        (date(2026, 11, 16), 1),
        (date(2026, 11, 23), 1),
    ]
    assert insights.first_week("4w", date(2026, 11, 25)) == date(2026, 11, 2)


@time_machine.travel(MONDAY + 2 * DAY, tick=False)
def test_p3_numbers_stay_when_persons_go(database: str) -> None:
    made = fill()
    figures.count()
    before = look()
    with transaction() as session:
        for each in made[:4]:
            erase(session, session.get_one(Application, each.id))
    for _ in range(2):
        figures.count()
        assert look() == before


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        ({}, Time()),
        ({"7": 1}, Time(1, 7, 7)),
        ({"1": 5, "2": 4, "30": 1}, Time(10, 1, 2)),
        ({"1": 1, "10": 1}, Time(2, 1, 10)),
        ({str(day): 1 for day in range(1, 101)}, Time(100, 50, 90)),
    ],
)
def test_median_and_ninetieth_are_values_that_occurred(days: dict[str, int], expected: Time) -> None:
    assert insights.time(days) == expected


def test_few_are_counted_for_every_look_and_many_are_left_to_the_worker(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    figures.count()  # as a worker does when it starts, however long it has to wait for its turn
    fill()
    figures.bring_up_to_date()
    assert look().total == 6
    monkeypatch.setattr(figures, "LIVE", 7)
    for number, counted in ((7, 7), (8, 7)):
        with transaction() as session:
            invent(session, call(session), email=f"{number}@example.org")
        figures.bring_up_to_date()
        assert look().total == counted
    with time_machine.travel(datetime.now(UTC) + timedelta(hours=2)):
        figures.bring_up_to_date()
    with transaction() as session:
        assert [job.kind for job in session.exec(select(Job)) if job.kind == figures.COUNT] == [figures.COUNT]
        assert session.exec(select(Figure)).first() is not None


def test_borders_of_neighbours_are_the_same_line() -> None:
    def edges(key: str) -> set[frozenset[tuple[float, float]]]:
        found = set()
        for line in caucasus.OUTLINES[key]:
            points = list(dict.fromkeys(line))
            found |= {frozenset(pair) for pair in zip(points, points[1:] + points[:1], strict=True)}
        return found

    for one, other in (("georgia", "armenia"), ("georgia", "azerbaijan"), ("armenia", "azerbaijan")):
        assert edges(one) & edges(other), f"{one} and {other} share no border"
    assert edges("north-caucasus") & edges("georgia")
    for key, shape in caucasus.SHAPES.items():
        for x, y in (shape.number_at, shape.name_at):
            assert 0 < x < caucasus.WIDTH, key
            assert 0 < y < caucasus.HEIGHT, key


@pytest.mark.parametrize(
    "hostile", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "\ufeff=1", "＝1", "=cmd|' /C calc'!A0", "\n=1"]
)
def test_s7_no_cell_is_a_formula(hostile: str) -> None:
    assert cells.cell(hostile) == "'" + hostile
    assert cells.as_csv(["a"], [[hostile]]).decode("utf-8-sig").count("'") >= 1


def test_cells_leave_the_rest_as_it_is() -> None:
    made = cells.as_csv(["name", "number"], [["ნინო, „N“", 3], ["a-b", -2], [None, 1.5]]).decode("utf-8-sig")
    assert made == 'name,number\r\n"ნინო, „N“",3\r\na-b,-2\r\n,1.5\r\n'
