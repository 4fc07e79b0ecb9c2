"""The queue's views: found whole, in order, page after page; what is filtered follows every change."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import product
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from sqlmodel import Session, select

from app import database, demonstration, migrations
from app.applications import entries, turns
from app.applications.models import Application, ApplicationTag, QueueEntry, TagKind
from app.applications.workflow import OPEN
from app.database import reading, transaction, utcnow
from app.desk import counting, queue, views, walking
from app.settings import Settings
from app.web.days import timezone
from tests.conftest import DATABASES, make_database

NUMBER = 60


@pytest.fixture(scope="module", params=DATABASES)
def filled(request: Any, tmp_path_factory: Any, postgres: str | None) -> Iterator[None]:
    """A queue of NUMBER invented applications, some with scores."""
    folder: Path = tmp_path_factory.mktemp("queue")
    maker = make_database(request.param, folder, postgres, ready=True)
    engine = database.connect(next(maker).replace("postgresql://", "postgresql+psycopg://"))
    demonstration.fill(Settings(data_dir=folder, secret_key="k" * 40), NUMBER)  # type: ignore[arg-type]
    yield
    engine.dispose()
    next(maker, None)


@pytest.fixture(autouse=True)
def _filled(filled: None) -> None:
    """Every test here has the queue."""


def test_whoever_opens_an_application_does_not_begin_our_turn_anew() -> None:
    with transaction() as session:
        found = session.exec(select(Application).where(Application.turn_reason == "unread").limit(1)).one()
        began = found.turn_since
        turns.opened(session, found)
        assert (found.turn_reason, found.turn_since) == ("new", began)


def all_applications(session: Session) -> list[Application]:
    return list(session.exec(select(Application)))


def tags(session: Session, kind: TagKind, value: str) -> set[UUID]:
    statement = select(ApplicationTag.application_id)
    return set(session.exec(statement.where(ApplicationTag.kind == kind, ApplicationTag.value == value)))


def shown(query: str, *, me: UUID | None = None, size: int = 7) -> list[UUID]:
    """Every application of a view, gathered page after page."""
    found: list[UUID] = []
    after = None
    with reading() as session:
        while True:
            page = queue.page(session, views.parse(query, me=me), after=after, size=size)
            found += [row.id for row in page.rows]
            after = walking.cursor(str(page.after)) if page.after else None
            if after is None:
                return found


def expected(query: str) -> set[UUID]:
    """The same by looking at each application, without any of the queue's own tables."""
    view = views.parse(query)
    with reading() as session:
        return {each.id for each in all_applications(session) if fits(session, each, view)}


def fits(session: Session, application: Application, view: views.View) -> bool:
    def bears(facet: str, value: str) -> bool:
        if facet == "status":
            return application.status in OPEN if value == "open" else str(application.status) == value
        if facet == "assignee":
            return str(application.assignee_id or "nobody") == value
        if facet == "turn":
            return str(application.turn) == value
        return application.id in tags(session, TagKind(facet), value)

    chosen = all(any(bears(facet, value) for value in getattr(view, facet)) for facet in view.facets())
    return chosen and not any(bears(facet, value) for facet, value in view.excluded)


FILTERS = [
    "",
    "turn=us",
    "status=open",
    "status=received&status=declined",
    "region=armenia",
    "region=armenia&region=georgia",
    "no_region=armenia",
    "region=georgia&no_language=de&no_language=en",
    "language=ru&topic=media&topic=energy",
    "assignee=nobody&status=open",
    "assignee=nobody&turn=nobody",
    "status=open&region=azerbaijan&language=az&turn=us",
    "label=nothing+like+it",
]
SORTS = ["received", "-received", "active", "-active", "waiting", "-waiting", "score", "-score"]


@pytest.mark.parametrize(("query", "sort"), list(product(FILTERS, SORTS)))
def test_every_view_shows_each_of_its_applications_once_in_its_order(query: str, sort: str) -> None:
    found = shown(f"{query}&sort={sort}")
    assert len(found) == len(set(found))
    assert set(found) == expected(query)
    view = views.parse(f"sort={sort}")
    with reading() as session:
        places = [walking.place_of(session, view, each) for each in found]
    keys = [(place.key, place.id) for place in places if place and place.id]
    assert keys == sorted(keys, reverse=walking.falling(view))


@pytest.mark.parametrize(
    ("blocks", "few"),
    [(database.BLOCKS, 0), ({}, database.FEW_MATCHES), ({}, 0)],
    ids=["newest blocks", "few matches", "common words"],
)
def test_a_search_keeps_to_its_filters_in_every_order(
    blocks: dict[str, int], few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "BLOCKS", blocks)
    monkeypatch.setattr(database, "FEW_MATCHES", few)
    with reading() as session:
        georgian = tags(session, TagKind.REGION, "georgia")
    everything = set(shown("q=bus"))
    assert len(everything) > 20
    for sort in SORTS:
        assert set(shown(f"q=bus&sort={sort}")) == everything
        assert set(shown(f"q=bus&region=georgia&sort={sort}")) == everything & georgian
        assert set(shown(f"q=bus&no_region=georgia&sort={sort}")) == everything - georgian


def test_the_days_of_a_view_are_days_of_the_newsroom() -> None:
    with reading() as session:
        moments = {each.id: each.received_at for each in all_applications(session)}
    first = (min(moments.values()) + timedelta(days=2)).date()
    last = first + timedelta(days=1)
    zone = timezone()
    days = {key: moment.astimezone(zone).date() for key, moment in moments.items()}
    wanted = {key for key, day in days.items() if first <= day <= last}
    assert wanted
    for sort in SORTS:
        assert set(shown(f"from={first}&to={last}&sort={sort}")) == wanted
    assert set(shown(f"from={first}&q=bus")) == {key for key in shown("q=bus") if days[key] >= first}


def test_mine_is_mine_whoever_opens_it() -> None:
    with reading() as session:
        assigned = next(each.assignee_id for each in all_applications(session) if each.assignee_id)
    assert shown("assignee=me", me=assigned)
    assert set(shown("assignee=me", me=assigned)) == expected(f"assignee={assigned}")
    assert shown("assignee=me", me=uuid4()) == []


def test_numbers_beside_views_and_behind_filters_are_those_of_the_views() -> None:
    with reading() as session:
        me = next(each.assignee_id for each in all_applications(session) if each.assignee_id)
        beside = counting.beside_views(session, me)
        behind = counting.behind_filters(session, views.parse("region=armenia"))
    for key, view in views.BUILT_IN.items():
        assert beside[key].number == len(shown(view.query(), me=me)), key
    for value in ("georgia", "armenia"):
        count = next(each for each in behind["region"] if each.value == value)
        assert count.number == len(expected(f"region={value}"))
    count = next(each for each in behind["language"] if each.value == "hy")
    assert count.number == len(expected("region=armenia&language=hy"))


def test_entries_follow_every_change_in_the_same_transaction() -> None:
    with transaction() as session:
        application = all_applications(session)[0]
        application.score = 4.125
        session.add(application)
        session.exec(sa.delete(ApplicationTag).where(ApplicationTag.application_id == application.id))  # type: ignore[arg-type]
        session.add(ApplicationTag(application_id=application.id, kind=TagKind.LABEL, value="only this"))
    assert shown("label=only+this") == [application.id]
    assert application.id not in shown("region=georgia&region=armenia&region=azerbaijan&region=north-caucasus")
    with reading() as session:
        place = walking.place_of(session, views.parse("sort=score"), application.id)
    assert place
    assert place.key == 4125


def test_what_is_overdue_is_found_as_soon_as_the_time_is_over() -> None:
    with transaction() as session:
        late = next(each for each in all_applications(session) if each.due_at and not each.overdue)
        late.due_at = utcnow() - timedelta(minutes=1)
        session.add(late)
    assert late.id not in shown("overdue=yes")
    with transaction() as session:
        assert turns.any_late(session)
        assert turns.mark_overdue(session) >= 1
        assert not turns.any_late(session)
    assert late.id in shown("overdue=yes")


def test_the_entries_of_a_migration_are_those_that_changes_would_write() -> None:
    def content() -> set[tuple[Any, ...]]:
        with reading() as session:
            return {tuple(row) for row in session.connection().execute(sa.select(sa.inspect(QueueEntry).local_table))}

    with transaction() as session:
        for application in all_applications(session):
            entries.touch(session, application.id)
    before = content()
    migrations.downgrade(database.engine(), to=before_entries())
    migrations.upgrade(database.engine())
    assert content() == before


def before_entries() -> str:
    """The revision before the one that made the entries."""
    path = next(Path(__file__).parents[2].glob("alembic/versions/*_queue_entries.py"))
    return path.read_text().split('down_revision = "')[1].split('"')[0]


@pytest.mark.parametrize(
    "query", ["region=georgia&language=hy", "region=georgia&region=armenia&language=hy&language=az"]
)
def test_a_walk_that_finds_too_little_says_where_it_goes_on(query: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walking, "SHORT", 3)
    monkeypatch.setattr(walking, "DEPTH", 4)
    monkeypatch.setattr(walking, "MERGED_DEPTHS", (4, 8))
    found, after, cuts = [], None, 0
    with reading() as session:
        while True:
            page = queue.page(session, views.parse(f"{query}&sort=active"), after=after, size=5)
            found += [row.id for row in page.rows]
            cuts += page.cut_short
            after = page.after
            if after is None:
                break
    assert cuts
    assert len(found) == len(set(found))
    assert set(found) == expected(query)


@pytest.mark.parametrize("query", ["sort=fly", "from=yesterday", "status=%00", "after=x", "assignee=zz", "no_turn=x"])
def test_an_address_that_makes_no_sense_shows_a_page(query: str) -> None:
    view = views.parse(query)
    with reading() as session:
        assert queue.page(session, view, after=walking.cursor("1.2.3")).rows is not None
    assert views.parse(view.query()) == view
