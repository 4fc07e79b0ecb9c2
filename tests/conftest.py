"""What every test may use: both databases, a started newsroom, a real mail server."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from app import database
from tests import prepare
from tests.newsroom import Newsroom
from tests.smtp_server import SmtpServer

POSTGRES = next(iter(sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)), None)
DATABASES = ["sqlite", "postgresql"]
# CI sets this: there nothing may be left out.
STRICT = bool(os.environ.get("AUFRUF_TEST_EVERYTHING"))
left_out: set[str] = set()


def leave_out(what: str, install: str) -> None:
    """Skip, and say at the end what to install; where nothing may be left out, fail."""
    if STRICT:
        pytest.fail(f"{what} is not here: {install}")
    left_out.add(f"{what}: {install}")
    pytest.skip(what)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for line in sorted(left_out):
        terminalreporter.write_line(f"left out – {line}")


@pytest.fixture(scope="session")
def postgres() -> Iterator[str | None]:
    with private_postgres() as address:
        yield address


@contextmanager
def private_postgres() -> Iterator[str | None]:
    """A private PostgreSQL on a Unix socket: its address without a database's name; None where it is not installed."""
    if POSTGRES is None:
        yield None
        return
    folder = Path(tempfile.mkdtemp(prefix="aufruf-pg-"))
    user = None
    if os.getuid() == 0:
        user = next(name for name in ("postgres", "nobody") if name in {entry.pw_name for entry in pwd.getpwall()})
        shutil.chown(folder, user)
    run = {"user": user, "check": True, "cwd": folder, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    initdb = [
        POSTGRES / "initdb",
        "-D",
        folder / "data",
        "-A",
        "trust",
        "-E",
        "UTF8",
        "--locale=C.UTF-8",
        "-U",
        "aufruf",
    ]
    subprocess.run(initdb, **run)
    options = f"-k {folder} -h '' -c fsync=off -c max_connections=200"
    control = [POSTGRES / "pg_ctl", "-D", folder / "data", "-l", folder / "log", "-w"]
    subprocess.run([*control, "-o", options, "start"], **run)
    try:
        yield f"host={folder}&user=aufruf"
    finally:
        subprocess.run([*control, "-m", "immediate", "stop"], **run)
        shutil.rmtree(folder)


@pytest.fixture
def fresh_database(request: pytest.FixtureRequest, tmp_path: Path, postgres: str | None) -> Iterator[str]:
    """The address of an empty database; parametrise indirectly or use `database`."""
    yield from make_database(request.param, tmp_path, postgres)


def make_database(kind: str, folder: Path, postgres: str | None, *, ready: bool = False) -> Iterator[str]:
    """An empty database of a kind, `ready`: with the newest schema; dropped afterwards."""
    if kind == "sqlite":
        if ready:
            prepare.sqlite_at(folder / "aufruf.db")
        yield f"sqlite:///{folder}/aufruf.db"
        return
    if postgres is None:
        leave_out("PostgreSQL", "apt-get install postgresql")
    name = f"t{os.urandom(6).hex()}"
    address = postgres.replace("&", " ")
    with psycopg.connect(f"dbname=postgres {address}", autocommit=True) as connection:
        like = f" TEMPLATE {prepare.postgres_template(postgres)}" if ready else ""
        connection.execute(f"CREATE DATABASE {name}{like}")
    yield f"postgresql:///{name}?{postgres}"
    with psycopg.connect(f"dbname=postgres {address}", autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=DATABASES)
def database_url(request: pytest.FixtureRequest, tmp_path: Path, postgres: str | None) -> Iterator[str]:
    """The address of an empty database, once for each kind."""
    yield from make_database(request.param, tmp_path, postgres)


@pytest.fixture(params=DATABASES)
def connected(request: pytest.FixtureRequest, tmp_path: Path, postgres: str | None) -> Iterator[str]:
    """`app.database` connected to a fresh database with the newest schema, once for each kind."""
    maker = make_database(request.param, tmp_path, postgres, ready=True)
    url = next(maker).replace("postgresql://", "postgresql+psycopg://")
    engine = database.connect(url)
    yield url
    engine.dispose()
    next(maker, None)


@pytest.fixture(name="database")
def _database(connected: str) -> str:
    return connected


@pytest.fixture(scope="module")
def smtp() -> Iterator[SmtpServer]:
    """A real mail server on a free port that keeps what it is given."""
    with SmtpServer() as server:
        yield server


@pytest.fixture(scope="module", params=DATABASES)
def newsroom(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, postgres: str | None, smtp: SmtpServer
) -> Iterator[Newsroom]:
    """A started server with its worker, mail server and an administrator, once for each database.

    A module's SETTINGS, if it has any, are set besides.
    """
    folder = tmp_path_factory.mktemp("newsroom")
    maker = make_database(request.param, folder, postgres, ready=True)
    settings: dict[str, str] = getattr(request.module, "SETTINGS", {})
    with Newsroom(folder, database_url=next(maker), smtp_url=smtp.url, **settings) as running:
        yield running
    next(maker, None)
