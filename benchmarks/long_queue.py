"""A queue of 100,000 applications against one of 1,000: what the desk asks of the database, page by page."""

import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.engine import Engine
from sqlmodel import Session

from app import database, demonstration, migrations
from app.settings import Settings
from benchmarks.desk_cases import COMMON, cases

SHORT, LONG = 1_000, 100_000
RUNS = 31
AGAIN = 3  # times that what was over the limit is measured, each time longer
LIMIT, LIMIT_OF_COMMON = 1.3, 2.0

Report = Callable[[str, float, float, str], None]


def compare(report: Report, url: Callable[[], str], kind: str) -> None:
    """Fill a short and a long queue, and report each case with its ratio."""
    with filled(url(), SHORT) as short, filled(url(), LONG) as long:
        side_by_side(report, short, long, kind)


def limit(name: str) -> float:
    return LIMIT_OF_COMMON if name.startswith(COMMON) else LIMIT


def side_by_side(report: Report, short: Engine, long: Engine, kind: str) -> None:
    with Session(short) as session:
        names = list(cases(session, settings_in(Path())))
    ratios: dict[str, float] = {}
    for name in names:
        (before, rows), (after, more) = settled(name, short, long)
        report(f"{kind}, {name} ({rows} | {more} rows)", after, before, "ms")
        ratios[name] = after / before
    over = [name for name, ratio in ratios.items() if ratio > limit(name)]
    worst = max(ratio for name, ratio in ratios.items() if not name.startswith(COMMON))
    print(f"{kind}: worst ratio {worst:.2f}, limit {LIMIT}, over it: {', '.join(over) or 'none'}", flush=True)


@contextmanager
def filled(url: str, number: int) -> Iterator[Engine]:
    """The database of a queue of `number` applications."""
    folder = Path(tempfile.mkdtemp(prefix="aufruf-bench-"))
    settings = settings_in(folder)
    address = url or settings.database
    try:
        migrations.upgrade(database.connect(address))
        started = time.perf_counter()
        demonstration.fill(settings, number)
        print(f"{number:,} invented applications in {time.perf_counter() - started:.0f} s", flush=True)
        engine = database.engine_for(address)
        yield engine.execution_options(reading=True)
        engine.dispose()
    finally:
        database.engine().dispose()
        shutil.rmtree(folder)


def settings_in(folder: Path) -> Settings:
    return Settings(data_dir=folder, secret_key="k" * 40)  # type: ignore[arg-type]


Timing = tuple[float, int]  # milliseconds, rows shown


def settled(name: str, short: Engine, long: Engine) -> list[Timing]:
    """One case in both queues; what is over the limit is measured again, and longer, before it is believed."""
    found: list[Timing] = []
    for turn in range(1, AGAIN + 1):
        found = by_turns(name, short, long, runs=RUNS * turn)
        if found[1][0] / found[0][0] <= limit(name):
            break
    return found


def by_turns(name: str, *engines: Engine, runs: int) -> list[Timing]:
    """Median and rows of one case in each queue, by turns, so that whatever else the machine does hits both."""
    wanted = []
    for engine in engines:
        with Session(engine) as session:
            wanted.append((engine, cases(session, settings_in(Path()))[name]))
    times: list[list[float]] = [[] for _ in engines]
    rows = [0 for _ in engines]
    for _ in range(runs):
        for place, (engine, ask) in enumerate(wanted):
            started = time.perf_counter()
            with Session(engine) as session:
                rows[place] = ask(session)
            times[place].append((time.perf_counter() - started) * 1000)
    return list(zip(map(statistics.median, times), rows, strict=True))
