"""`make bench`: figures as ratios against a peer or a limit, in one run."""

import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import httpx
import psycopg

from benchmarks import long_queue, slow_form
from tests.conftest import private_postgres
from tests.newsroom import Form, Newsroom

MEMORY_LIMIT_MB = 25.0
FORM_LIMIT_KB = 60.0
VIEW_LIMIT_KB = 30.0
UPLOAD_LIMIT_KB = 30.0
UPLOAD_MODULE = ("/upload.js", "/tus.min.js")
LANGUAGES = {"de": "German", "en": "English", "ru": "Russian", "ka": "Georgian", "hy": "Armenian", "az": "Azerbaijani"}


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        with Newsroom(Path(folder)) as newsroom:
            weights(newsroom)
            slow_form.measure(newsroom, line, peer)
            receiving(newsroom)
    long_queue.compare(peer, lambda: "", "SQLite")
    with private_postgres() as address:
        if address:
            long_queue.compare(peer, lambda: new_database(address), "PostgreSQL")


def new_database(address: str) -> str:
    """The address of an empty database of a private PostgreSQL."""
    name = f"b{os.urandom(6).hex()}"
    with psycopg.connect(f"dbname=postgres {address.replace('&', ' ')}", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")  # type: ignore[call-overload]
    return f"postgresql+psycopg:///{name}?{address}"


def line(what: str, value: float, unit: str, limit: float, ratio: float) -> None:
    print(f"{what:<66} {value:>9.1f} {unit:<5} limit {limit:>8.1f} {unit:<5} ratio {ratio:.2f}", flush=True)


def peer(what: str, value: float, against: float, unit: str) -> None:
    print(f"{what:<66} {value:>9.2f} {unit:<5} peer  {against:>8.2f} {unit:<5} ratio {value / against:.2f}", flush=True)


def weights(newsroom: Newsroom) -> None:
    """What the form weighs over the line with all it needs, compressed where we compress."""
    with httpx.Client(base_url=newsroom.url, headers={"Accept-Encoding": "gzip"}) as client:
        for code, name in LANGUAGES.items():
            address = f"/{code}/calls/caucasus-experts/apply"
            links = dict.fromkeys(part.split('"')[0] for part in client.get(address).text.split('"/static/')[1:])
            sizes = {link: on_the_wire(client, f"/static/{link}") / 1e3 for link in links}
            later = sum(size for link, size in sizes.items() if link.endswith(UPLOAD_MODULE))
            page = on_the_wire(client, address) / 1e3
            first = page + sum(size for link, size in sizes.items() if link.endswith(".css"))
            whole = page + sum(sizes.values()) - later
            # First view: the page and its styles; scripts and the icon come after it.
            line(f"form in {name}, first view", first, "kB", VIEW_LIMIT_KB, first / VIEW_LIMIT_KB)
            line(f"form in {name} with all it needs", whole, "kB", FORM_LIMIT_KB, whole / FORM_LIMIT_KB)
        again = client.post("/ru/calls/caucasus-experts/apply", data={"step": "check"}, files={"cv": ("", b"")})
        told = again.num_bytes_downloaded / 1e3
    line("form in Russian, shown again with what is missing", told, "kB", VIEW_LIMIT_KB, told / VIEW_LIMIT_KB)
    line("what comes when a file is chosen", later, "kB", UPLOAD_LIMIT_KB, later / UPLOAD_LIMIT_KB)


def on_the_wire(client: httpx.Client, path: str) -> int:
    """Bytes of an answer's body as it was sent."""
    with client.stream("GET", path) as answer:
        return sum(len(piece) for piece in answer.iter_raw())


def receiving(newsroom: Newsroom) -> None:
    """Four applications of 3 x 10 MB at once: how much memory the server takes for them, and how fast it is."""
    content = b"%PDF-1.4\n%" + os.urandom(9_999_980) + b"\n%%EOF\n"
    files = {kind: (f"{kind}.pdf", content) for kind in ("cv", "cover_letter", "writing_sample")}
    Form(newsroom).send(files)  # what is loaded once is not the applications' to pay
    assert newsroom.process is not None
    before, peak, done = resident(newsroom.process.pid), 0.0, threading.Event()

    def watch() -> None:
        nonlocal peak
        while not done.is_set():
            assert newsroom.process is not None
            peak = max(peak, resident(newsroom.process.pid))
            time.sleep(0.01)

    watcher = threading.Thread(target=watch)
    watcher.start()
    started = time.perf_counter()
    senders = [threading.Thread(target=lambda: Form(newsroom).send(files)) for _ in range(4)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    took = time.perf_counter() - started
    done.set()
    watcher.join()
    line(
        "memory for four parallel applications of 3 x 10 MB",
        peak - before,
        "MB",
        MEMORY_LIMIT_MB,
        (peak - before) / MEMORY_LIMIT_MB,
    )
    plain = written(content, newsroom.data)
    peer("receiving 120 MB, against writing and syncing the same bytes", took, plain, "s")


def resident(pid: int) -> float:
    """Resident memory of a process in MB."""
    fields = Path(f"/proc/{pid}/status").read_text()
    return int(fields.split("VmRSS:")[1].split()[0]) / 1000


def written(content: bytes, folder: Path) -> float:
    """Seconds to write and sync twelve files of this content."""
    started = time.perf_counter()
    for number in range(12):
        with (folder / f"plain{number}").open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    return time.perf_counter() - started


if __name__ == "__main__":
    revision = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False
    ).stdout
    print(f"Aufruf {revision.strip()}, Python {sys.version.split()[0]}, {os.cpu_count()} cores")
    main()
