"""Engine, session, transaction: the only file that knows SQLite from PostgreSQL."""

import json
import secrets
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Engine, make_url
from sqlalchemy.exc import OperationalError
from sqlmodel import Session, SQLModel

BUSY_SECONDS = 10
LARGEST = 2**31 - 1  # of the numbers in addresses and forms: what a column takes on both
FEW_MATCHES = 4000  # 2 % of 200,000
# Words that rows of the search carry on PostgreSQL, with how many of their numbers share each (migration 0017).
BLOCKS = {"zqa": 500, "zqb": 5000}

SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

_engine: Engine | None = None
_tick = threading.Lock()
_last_tick = 0


class DatabaseAway(Exception):
    """The database cannot be reached or is locked; nothing was written. Answered 503."""


class JournalBusy(Exception):
    """SQLite's journal cannot be emptied at this moment."""


def utcnow() -> datetime:
    """The one clock: aware, UTC."""
    return datetime.now(UTC)


def new_id() -> UUID:
    """A UUIDv7 (RFC 9562, 5.7): ids of one process rise with time, so that newest first is an order by id."""
    global _last_tick
    with _tick:
        _last_tick = max(_last_tick + 1, time.time_ns() // 250)  # 1 ms = 4000 ticks: 12 bits below the millisecond
        milliseconds, fraction = divmod(_last_tick, 4000)
    number = milliseconds << 80 | 7 << 76 | fraction << 64 | 2 << 62 | secrets.randbits(62)
    return UUID(int=number)


def id_at(moment: datetime) -> UUID:
    """A UUIDv7 as of a given time, for invented data."""
    number = int(moment.timestamp() * 1000) << 80 | 7 << 76 | secrets.randbits(12) << 64 | 2 << 62
    return UUID(int=number | secrets.randbits(62))


def one_of(choices: type[StrEnum]) -> sa.Enum:
    """A column type for an enumeration: a string with a check constraint, the same on both databases."""
    return sa.Enum(
        choices,
        native_enum=False,
        create_constraint=True,
        length=32,
        name=choices.__name__.lower(),
        values_callable=lambda members: [member.value for member in members],
    )


def engine_for(url: str, *, pool_size: int = 8) -> Engine:
    """An engine for one of the two databases, set up so that transactions mean what they say."""
    if make_url(url).get_backend_name() == "sqlite":
        return _sqlite(url, pool_size)
    return sa.create_engine(
        url,
        pool_size=pool_size,
        pool_pre_ping=True,
        hide_parameters=True,  # an error's words must not carry anybody's data into logs and rows
        pool_timeout=BUSY_SECONDS,
        connect_args={"connect_timeout": 5, "options": "-c timezone=utc -c lock_timeout=10s"},
    )


def _sqlite(url: str, pool_size: int) -> Engine:
    engine = sa.create_engine(
        url,
        pool_size=pool_size,
        pool_timeout=BUSY_SECONDS,
        connect_args={"timeout": BUSY_SECONDS},
        hide_parameters=True,
    )

    @event.listens_for(engine, "connect")
    def configure(connection: Any, _record: object) -> None:
        connection.isolation_level = None
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", f"busy_timeout={BUSY_SECONDS}000"):
            connection.execute(f"PRAGMA {pragma}")
        # Deleted text must not linger in free pages of the file (promise P3).
        connection.execute("PRAGMA secure_delete=ON")

    @event.listens_for(engine, "begin")
    def begin(connection: sa.Connection) -> None:
        reading_only = connection.get_execution_options().get("reading")
        connection.exec_driver_sql("BEGIN" if reading_only else "BEGIN IMMEDIATE")

    return engine


def connect(url: str, *, pool_size: int = 8) -> Engine:
    """Set the database that `transaction()` and `reading()` use in this process."""
    global _engine
    if _engine is not None:
        _engine.dispose()
    _engine = engine_for(url, pool_size=pool_size)
    return _engine


def engine() -> Engine:
    if _engine is None:
        raise RuntimeError("database.connect() was not called")
    return _engine


@contextmanager
def transaction() -> Iterator[Session]:
    """A session whose writes are durable when the block ends, or not there at all.

    Raises DatabaseAway when the database is locked or cannot be reached.
    """
    with _session(engine()) as session:
        yield session
        session.commit()


@contextmanager
def reading() -> Iterator[Session]:
    """A session that only reads: on SQLite it does not wait for the writer."""
    with _session(engine().execution_options(reading=True)) as session:
        yield session


@contextmanager
def _session(bind: Engine) -> Iterator[Session]:
    with reachable(), Session(bind, expire_on_commit=False) as session:
        yield session


@contextmanager
def reachable() -> Iterator[None]:
    """Raises DatabaseAway, with the first line of its words, when the database does not do what the block asks."""
    try:
        yield
    except (OperationalError, sa.exc.TimeoutError, sa.exc.InterfaceError) as error:
        raise DatabaseAway(str(getattr(error, "orig", error)).splitlines()[0]) from error


def is_sqlite(session: Session) -> bool:
    return session.get_bind().dialect.name == "sqlite"


def week_of(session: Session, moment: Any, changes: Sequence[tuple[datetime, timedelta]]) -> sa.ColumnElement[Any]:
    """The Monday of the week of a moment: an expression whose value is a date, or its text on SQLite.

    By a clock of which `changes` say since when it is how far ahead of UTC, the latest first.
    """
    shown = seconds if is_sqlite(session) else sa.literal
    ahead = sa.case(*((moment >= since, shown(ahead)) for since, ahead in changes), else_=shown(changes[-1][1]))
    if is_sqlite(session):
        return sa.func.date(moment, ahead, "-6 days", "weekday 1")
    return sa.cast(sa.func.date_trunc("week", moment + ahead), sa.Date)


def seconds(span: timedelta) -> sa.BindParameter[str]:
    """A span as SQLite adds it to a moment."""
    return sa.literal(f"{span.total_seconds():+.0f} seconds")


def days_between(session: Session, start: Any, end: Any) -> sa.ColumnElement[int]:
    """Whole days from one moment to another: an expression. A tenth of a second is forgiven to floating numbers."""
    if is_sqlite(session):
        return sa.cast(sa.func.julianday(end) - sa.func.julianday(start) + 1e-6, sa.Integer)
    return sa.cast(sa.func.floor(sa.func.extract("epoch", end - start) / 86400 + 1e-6), sa.Integer)


def lock_rows(statement: Any, *, skip_locked: bool = False) -> Any:
    """SELECT … FOR UPDATE: dropped on SQLite, where the immediate transaction is the lock."""
    return statement.with_for_update(skip_locked=skip_locked)


def alone(session: Session, what: int) -> None:
    """Until this transaction ends, nobody else does `what`; on SQLite the one writer is alone anyway."""
    if not is_sqlite(session):
        session.connection().execute(sa.select(sa.func.pg_advisory_xact_lock(what)))


def insert_new(session: Session, table: type[SQLModel], values: dict[str, Any], *, unique: str | Sequence[str]) -> None:
    """Insert a row unless one with the same `unique` column or columns is there; two at once make one."""
    insert = sqlite.insert if is_sqlite(session) else postgresql.insert
    columns = [unique] if isinstance(unique, str) else list(unique)
    session.connection().execute(insert(table).values(values).on_conflict_do_nothing(index_elements=columns))


@dataclass(frozen=True)
class Stretch:
    """Which matches of a search are wanted: the next so many from a number on."""

    number: int
    falling: bool = True
    after: int | None = None


def matching(
    session: Session, *, fts5: str, tsquery: str, wanted: Stretch | None
) -> tuple[sa.FromClause, sa.ColumnElement[bool], sa.ColumnElement[int]]:
    """Where the rows of `search_entry` that match are found, on what condition, and the column with their numbers.

    The numbers of the wanted stretch are fetched, once, since a page asks for them several times. FTS5 walks its
    matches by number. PostgreSQL would look at every row on the way, which suits common words only.
    Without `wanted` the rows will be known by something else.
    """
    numbers = fetched_matches(session, fts5, tsquery, wanted) if wanted else None
    if numbers is not None and is_sqlite(session):
        listed = sa.func.json_each(json.dumps(numbers)).table_valued(sa.column("value", sa.Integer), name="found")
        return listed, sa.true(), listed.c.value
    if numbers is not None:
        array = sa.func.unnest(sa.literal(numbers, postgresql.ARRAY(sa.Integer)))
        fetched = array.table_valued(sa.column("id", sa.Integer)).render_derived(name="found")
        return fetched, sa.true(), fetched.c.id
    if is_sqlite(session):
        found = sa.table("search_fts", sa.column("rowid", sa.Integer))
        return found, sa.literal_column("search_fts").op("MATCH")(fts5), found.c.rowid
    entries = sa.table("search_entry", sa.column("id", sa.Integer), sa.column("words")).alias("found")
    return entries, entries.c.words.op("@@")(sa.func.to_tsquery("simple", tsquery)), entries.c.id


def fetched_matches(session: Session, fts5: str, tsquery: str, wanted: Stretch) -> list[int] | None:
    """The numbers of the wanted matches, or of more; None when only walking finds them."""
    remembered: dict[tuple[Any, ...], tuple[int, list[int] | None]] = session.info.setdefault("matches", {})
    place = (tsquery, wanted.falling, wanted.after)
    if place not in remembered or remembered[place][0] < wanted.number:
        find = walked_matches if is_sqlite(session) else nearest_matches
        found = find(session.connection(), fts5 if is_sqlite(session) else tsquery, wanted)
        remembered[place] = wanted.number, found
    return remembered[place][1]


def walked_matches(connection: sa.Connection, fts5: str, wanted: Stretch) -> list[int]:
    """SQLite's matches of a stretch."""
    number = sa.column("rowid", sa.Integer)
    statement = sa.select(number).select_from(sa.table("search_fts"))
    statement = statement.where(sa.literal_column("search_fts").op("MATCH")(fts5))
    if wanted.after is not None:
        statement = statement.where(number < wanted.after if wanted.falling else number > wanted.after)
    order = number.desc() if wanted.falling else number.asc()
    return list(connection.execute(statement.order_by(order).limit(wanted.number)).scalars())


def nearest_matches(connection: sa.Connection, tsquery: str, wanted: Stretch) -> list[int] | None:
    """PostgreSQL's matches by its index alone: of the nearest blocks if these are enough, else all if they are few."""
    # Left to itself the planner reads every row when it expects more matches than there are.
    newest = sa.text("SELECT max(id), set_config('enable_seqscan', 'off', true) FROM search_entry")
    last = connection.execute(newest).scalar() or 0
    found = nearest(connection, tsquery, wanted, last)
    connection.exec_driver_sql("SET LOCAL enable_seqscan = on")
    return found


def nearest(connection: sa.Connection, tsquery: str, wanted: Stretch, last: int) -> list[int] | None:
    statement = sa.text(
        "SELECT id FROM search_entry"
        " WHERE words @@ to_tsquery('simple', :query) AND id BETWEEN :low AND :high LIMIT :most"
    )
    low, high = (0, last) if wanted.after is None else (0, wanted.after) if wanted.falling else (wanted.after, last)
    for word, size in BLOCKS.items():
        block = (high if wanted.falling else low) // size
        two = (block - 1, block) if wanted.falling else (block, block + 1)
        query = f"({tsquery}) & ({' | '.join(f'{word}{max(each, 0)}' for each in two)})"
        found = list(
            connection.execute(statement, {"query": query, "low": low, "high": high, "most": size * 2}).scalars()
        )
        whole = two[0] <= 0 if wanted.falling else two[1] >= last // size
        if whole or len(found) >= wanted.number:
            return found
    few = {"query": tsquery, "low": low, "high": high, "most": FEW_MATCHES + 1}
    found = list(connection.execute(statement, few).scalars())
    return found if len(found) <= FEW_MATCHES else None


def write_quickly(session: Session) -> None:
    """For writing very many rows of invented data: keep more in memory, and do not wait for the disk."""
    if is_sqlite(session):
        session.connection().exec_driver_sql("PRAGMA cache_size=-256000")
        session.connection().exec_driver_sql("PRAGMA secure_delete=OFF")
    else:
        session.connection().exec_driver_sql("SET LOCAL synchronous_commit = off")
        session.connection().exec_driver_sql("SET LOCAL maintenance_work_mem = '256MB'")


def refresh_statistics() -> None:
    """Tell the planner how much there is now, after very many rows came at once; let indexes be read alone."""
    if engine().dialect.name == "sqlite":
        with transaction() as session:
            session.connection().exec_driver_sql("PRAGMA optimize")
    else:
        with engine().execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
            connection.exec_driver_sql("VACUUM ANALYZE")


def compact_search(session: Session) -> None:
    """Let no word of a removed row linger in the search index: FTS5 keeps them until its parts are merged."""
    if is_sqlite(session):
        session.connection().exec_driver_sql("INSERT INTO search_fts(search_fts) VALUES ('optimize')")


def empty_journal() -> None:
    """Let nothing of what was removed linger in SQLite's journal, where it stays until it is written over.

    Raises JournalBusy while others read from it.
    """
    if engine().dialect.name != "sqlite":
        return
    with reachable():
        connection = engine().raw_connection()
        try:
            connection.cursor().execute("PRAGMA busy_timeout=1000")  # meanwhile nobody can write
            busy, _, _ = connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            connection.cursor().execute(f"PRAGMA busy_timeout={BUSY_SECONDS}000")
        finally:
            connection.close()
    if busy:
        raise JournalBusy("others read from it")


def table_names(bind: Engine) -> Sequence[str]:
    return sa.inspect(bind).get_table_names()
