"""Near midnight: the day at the office is not the day in UTC, and nothing is a day off. On both databases."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import time_machine
from sqlmodel import Session

from app.accounts import editors
from app.accounts.models import Editor, Role
from app.applications import conversation, private, turns
from app.applications.conversation import NotPossible, Wanted
from app.applications.models import Application, AskedFor, Request
from app.applications.reviews import ReviewRequest
from app.applications.workflow import Status
from app.calls.loading import Found
from app.cli import connected as command_connected
from app.database import transaction
from app.desk import asking_reviews, figures, insights, views, walking
from app.documents.kinds import Kind
from app.settings import Settings
from app.web import days
from app.web.templating import filters
from tests.desk.inventing import call, invent

BERLIN = ZoneInfo("Europe/Berlin")
# A Monday, half past midnight: in UTC it is Sunday.
MONDAY = datetime(2026, 11, 23, 0, 30, tzinfo=BERLIN)
IN_SUMMER = datetime(2026, 7, 6, 0, 30, tzinfo=BERLIN)  # half past ten in UTC
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def berlin() -> Iterator[None]:
    before = days.timezone()
    days.use_timezone("Europe/Berlin")
    yield
    days.use_timezone(before.key)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path, secret_key="k" * 40)  # type: ignore[arg-type]


def chief(session: Session) -> Editor:
    return editors.add(session, email="chief@example.org", name="Nino Beridze", role=Role.ADMIN)


def received(session: Session, at: datetime, **facts: object) -> Application:
    with time_machine.travel(at, tick=False):
        made = invent(session, call(session), received_at=at, **facts)  # type: ignore[arg-type]
        turns.settle(session, made)
    return made


def test_a_day_that_is_over_cannot_be_asked_for_and_the_one_that_has_begun_can(
    database: str, settings: Settings
) -> None:
    with time_machine.travel(MONDAY, tick=False), transaction() as session:
        application, by = received(session, MONDAY - 3 * DAY), chief(session).id
        for due in (date(2026, 11, 22), date(2026, 11, 23)):
            wanted = Wanted(AskedFor.DOCUMENT, Kind.CV, due=due)
            if due == MONDAY.date():
                asked = conversation.ask(session, application, wanted, text="", by=by, settings=settings)
            else:
                with pytest.raises(NotPossible):
                    conversation.ask(session, application, wanted, text="", by=by, settings=settings)
        due_at = session.get_one(Request, asked.request_id).due_at
        assert due_at is not None
        assert filters("en")["date"](due_at) == "23 November 2026"
        assert due_at > datetime(2026, 11, 23, 23, 59, tzinfo=BERLIN)


def test_a_review_can_be_due_on_the_day_that_has_begun(database: str, settings: Settings) -> None:
    with time_machine.travel(MONDAY, tick=False), transaction() as session:
        application, by = received(session, MONDAY - DAY, status=Status.IN_REVIEW), chief(session).id
        other = editors.add(session, email="lia@example.org", name="Lia", role=Role.EDITOR).id
        for wrong in (date(2026, 11, 22), date(2027, 11, 24)):
            with pytest.raises(asking_reviews.DayRefused):
                asking_reviews.ask(session, application, whom=[other], due_on=wrong, by=by, settings=settings)
        for right in (date(2026, 11, 23), date(2027, 11, 23)):
            asking_reviews.ask(session, application, whom=[other], due_on=right, by=by, settings=settings)
            (asked, _), *_ = asking_reviews.requests(session, application.id)
            assert filters("en")["date"](asked.due_at, "short") == f"23/11/{right.year}"
            session.delete(session.get_one(ReviewRequest, asked.id))
            session.flush()


@pytest.mark.parametrize("at", [MONDAY, IN_SUMMER, datetime(2026, 10, 5, 0, 30, tzinfo=BERLIN)])
def test_an_answer_is_late_when_its_day_is_over_for_the_applicant_as_for_the_desk(
    database: str, settings: Settings, at: datetime
) -> None:
    """The third is received in summer time and due in winter time."""
    with transaction() as session:
        application = received(session, at, status=Status.IN_REVIEW)
        due = at.date() + timedelta(weeks=4)
        for hour, late in ((timedelta(hours=22, minutes=50), False), (timedelta(days=1, minutes=10), True)):
            now = datetime.combine(due, datetime.min.time(), BERLIN) + hour
            with time_machine.travel(now, tick=False):
                seen = private.shown(session, application, settings=settings)
                assert (seen.answer_by, seen.late) == (due, late)
                turns.settle(session, application)
                assert application.overdue is late
                assert filters("en")["date"](application.due_at) == filters("en")["date"](due)


@pytest.mark.parametrize("monday", [MONDAY, IN_SUMMER])
def test_a_week_of_the_overview_begins_when_monday_begins_at_the_office(database: str, monday: datetime) -> None:
    with transaction() as session:
        received(session, monday, email="1@example.org")
        received(session, monday - timedelta(hours=1), email="2@example.org")
        last = received(session, monday + 7 * DAY - timedelta(hours=1), email="3@example.org")
        received(session, monday + 7 * DAY, email="4@example.org")
    figures.count()
    with time_machine.travel(last.received_at, tick=False), transaction() as session:
        assert insights.first_week("4w") == monday.date() - timedelta(weeks=3)
        found = insights.read(session, call_ids=[call(session).id], period="all")
    first = monday.date()
    assert [found.weeks[first + timedelta(weeks=n)] for n in (-1, 0, 1)] == [1, 2, 1]
    with transaction() as session:
        view = views.parse(f"from={first}&to={first + 6 * DAY}")
        assert len(walking.walk(session, view, limit=50).ids) == 2


def test_a_period_begins_with_the_week_that_has_begun_at_the_office() -> None:
    with time_machine.travel(MONDAY, tick=False):
        assert insights.first_week("4w") == date(2026, 11, 2)
        assert list(insights.course({}, None)) == [date(2026, 11, 23)]


def test_a_call_is_open_to_the_end_of_its_last_day_and_search_engines_are_told_so(database: str) -> None:
    with transaction() as session:
        found = call(session)
    last = found.call.model_copy(update={"closes_on": date(2026, 12, 31)})
    until = Found(found.id, last)
    assert until.is_open(datetime(2026, 12, 31, 22, 30, tzinfo=UTC))
    assert not until.is_open(datetime(2026, 12, 31, 23, 30, tzinfo=UTC))
    assert until.closes_at() == datetime(2026, 12, 31, 23, 59, 59, tzinfo=BERLIN)
    assert found.closes_at() is None


def test_every_command_tells_the_time_in_the_zone_that_is_set(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also the worker in a process of its own: it writes mails and marks what is overdue."""
    monkeypatch.setenv("AUFRUF_DATABASE_URL", database.replace("+psycopg", ""))
    monkeypatch.setenv("AUFRUF_TIMEZONE", "Asia/Tbilisi")
    command_connected()
    with time_machine.travel(datetime(2026, 11, 24, 20, 30, tzinfo=UTC), tick=False):
        assert days.today() == date(2026, 11, 25)
