"""A newsroom's database made ready: what `aufruf migrate`, `call load` and `editor add` do, without a process for each.

The newest schema is made once in a process and copied from then on.
"""

import atexit
import functools
import shutil
import tempfile
from pathlib import Path

import psycopg
from sqlmodel import Session

from app import cli as _every_model  # noqa: F401
from app import database, migrations
from app.accounts import editors
from app.accounts.models import Role
from app.calls import definition, loading

READY = "ready"  # the PostgreSQL database that others are copied from


@functools.cache
def sqlite_file() -> Path:
    """A SQLite database with the newest schema and nothing in it."""
    folder = Path(tempfile.mkdtemp(prefix="aufruf-ready-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    migrate(f"sqlite:///{folder}/aufruf.db")
    return folder / "aufruf.db"


@functools.cache
def postgres_template(postgres: str) -> str:
    """The name of a PostgreSQL database with the newest schema and nothing in it."""
    with psycopg.connect(f"dbname=postgres {postgres.replace('&', ' ')}", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {READY}")
    migrate(f"postgresql+psycopg:///{READY}?{postgres}")
    return READY


def migrate(url: str) -> None:
    """Bring a database to the newest schema, if it is not there."""
    engine = database.engine_for(url)
    if not migrations.is_current(engine):
        migrations.upgrade(engine)
    engine.dispose()


def sqlite_at(path: Path) -> None:
    """A SQLite database with the newest schema at this path, unless there is one."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(sqlite_file(), path)


def people(url: str, *words: str, password: str) -> None:
    """Load the call that comes with the program, and add editors: address, name, role, one after the other."""
    database._last_tick = 0  # tests that travelled in time have left ids of then: nothing would come after them
    engine = database.engine_for(url)
    with Session(engine) as session:
        if loading.find(session, definition.load(loading.SHIPPED).slug) is None:
            loading.load_file(session, loading.SHIPPED)
        for email, name, role in zip(words[::3], words[1::3], words[2::3], strict=True):
            editors.add(session, email=email, name=name, role=Role(role), password=password)
        session.commit()
    engine.dispose()
