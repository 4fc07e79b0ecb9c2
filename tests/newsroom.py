"""A newsroom as its users meet it: the real server in a process of its own, spoken to over HTTP."""

import os
import re
import signal
import socket
import subprocess
import time
from collections import deque
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

import httpx

from tests import prepare
from tests.forked import Process

ROOT = Path(__file__).parent.parent
SLUG = "caucasus-experts"
PASSWORD = "a good long pass phrase"
PDF = ROOT / "tests" / "data" / "small.pdf"
PATIENCE = 120.0  # seconds that a busy machine may take for what takes an idle one a second: only failures wait so long
REFERENCE = re.compile(r"(?<![\w-])CW-[0-9A-Z]{6}(?![\w-])")  # by itself: a link's secret may hold the same letters

_held: deque[socket.socket] = deque(maxlen=100)  # more than there are servers at a time


def free_port() -> int:
    """A port that is given to nobody else.

    Its socket stays bound and does not listen: the kernel chooses the port neither for another probe nor for an
    outgoing connection, and a server that asks for just this one (with SO_REUSEADDR, as they do) has it.
    """
    probe = socket.socket()
    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    probe.bind(("127.0.0.1", 0))
    _held.append(probe)
    return int(probe.getsockname()[1])


def wait_for(condition: Any, *, seconds: float = PATIENCE, what: str = "it") -> Any:
    """The first true value of `condition()`; fails when none comes in time."""
    ends, pause = time.monotonic() + seconds, 0.01
    while time.monotonic() < ends:
        if value := condition():
            return value
        time.sleep(pause)
        pause = min(pause * 1.5, 0.1)
    raise AssertionError(f"{what} did not happen within {seconds} s")


def away_from_midnight() -> None:
    """Wait until the day has some minutes left: what is counted by the day begins anew at midnight UTC."""
    wait_for(lambda: time.time() % 86_400 < 86_400 - 100, what="the next day")


def files_below(folder: Path) -> Iterator[tuple[Path, bytes]]:
    """Every file that lies somewhere in a folder, with what it holds; what is removed meanwhile is passed over."""
    for place, _, names in os.walk(folder):
        for path in (Path(place, name) for name in names):
            try:
                content = path.read_bytes()
            except FileNotFoundError:
                continue
            yield path, content


class Newsroom:
    """`with Newsroom(folder) as newsroom:` starts the server and ends it by its process id."""

    def __init__(self, folder: Path, *, database_url: str = "", smtp_url: str = "", **settings: str) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.data = folder / "var"
        self.environment = {
            "PATH": os.environ["PATH"],
            "AUFRUF_DATA_DIR": str(self.data),
            "AUFRUF_DATABASE_URL": database_url,
            "AUFRUF_SMTP_URL": smtp_url,
            "AUFRUF_BASE_URL": self.url,
            "AUFRUF_RATE_LIMITS": "off",
            "AUFRUF_UNDO_MINUTES": "0",
            "AUFRUF_DRAW_PAGES": "opened",  # tests that look at pages ask for them; the others need not wait
        } | {f"AUFRUF_{name.upper()}": value for name, value in settings.items()}
        self.log = folder / "server.log"
        self.process: Process | None = None

    def __enter__(self) -> "Newsroom":
        self.prepare("chief@example.org", "Nino Beridze", "admin")
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def command(self, *words: str, text: str = "", check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run `aufruf` with this newsroom's settings."""
        with TemporaryFile() as stdin, TemporaryFile() as stdout, TemporaryFile() as stderr:
            stdin.write(text.encode())
            stdin.seek(0)
            process = Process(*words, environment=self.environment, stdin=stdin, stdout=stdout, stderr=stderr)
            try:
                code = process.wait(2 * PATIENCE)
            finally:
                process.kill()  # nobody else would
            said, complained = (file.seek(0) or file.read().decode() for file in (stdout, stderr))
        assert not check or code == 0, said + complained
        return subprocess.CompletedProcess(words, code, said, complained)

    def prepare(self, *people: str) -> None:
        """The newest schema, the call that comes with the program, and these editors (address, name, role)."""
        given = self.environment["AUFRUF_DATABASE_URL"]
        if not given:
            prepare.sqlite_at(self.data / "aufruf.db")
        url = given.replace("postgresql://", "postgresql+psycopg://") or f"sqlite:///{self.data.absolute()}/aufruf.db"
        prepare.migrate(url)
        prepare.people(url, *people, password=PASSWORD)

    def add_editor(self, email: str, name: str, role: str) -> None:
        self.prepare(email, name, role)

    def start(self) -> None:
        words = ("serve", "--port", str(self.port))
        with self.log.open("ab") as log, open(os.devnull, "rb") as nothing:
            self.process = Process(*words, environment=self.environment, stdin=nothing, stdout=log, stderr=log)
        try:
            wait_for(self.alive, what=f"the start ({self.log})")
        except BaseException:
            self.kill()  # nobody else would
            raise

    def alive(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, self.log.read_text()
        try:
            return httpx.get(f"{self.url}/healthz", timeout=10, verify=False).status_code == 200
        except httpx.TransportError:
            return False

    def stop(self) -> int:
        """SIGTERM, and the exit code."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.kill()
            raise

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def browser(self, **headers: str) -> httpx.Client:
        """A client like a browser: it says that its forms come from this site."""
        fixed = {"Sec-Fetch-Site": "same-origin", "Accept-Language": "en"} | headers
        # There are no certificates on loopback, and reading the system's takes longer than most requests.
        return httpx.Client(base_url=self.url, headers=fixed, timeout=PATIENCE, verify=False)

    def editor(self, email: str = "chief@example.org") -> httpx.Client:
        """A client that has signed in."""
        client = self.browser()
        answer = client.post("/desk/login", data={"email": email, "password": PASSWORD})
        assert answer.status_code == 303, answer.text
        return client


FIELDS: dict[str, Any] = {
    "name": "ნინო წერეთელი",
    "email": "giorgi@example.org",
    "regions": ["georgia"],
    "languages": ["ka", "ru"],
    "consent": "yes",
}


class Form:
    """One applicant's form: its hidden draft, its fields, its files."""

    def __init__(self, newsroom: Newsroom, *, lang: str = "ka", slug: str = SLUG) -> None:
        self.client = newsroom.browser()
        self.lang = lang
        self.path = f"/{lang}/calls/{slug}/apply"
        page = self.client.get(self.path)
        assert page.status_code == 200, page.text
        self.draft = hidden(page.text, "draft")

    def send(self, files: dict[str, Any], **fields: Any) -> httpx.Response:
        """POST the form: `files` maps kinds to (name, content); fields override FIELDS, None leaves one out."""
        chosen = {"draft": self.draft} | FIELDS | fields
        data = {name: value for name, value in chosen.items() if value is not None}
        # A browser sends its empty file controls, too.
        chosen_files = dict.fromkeys(("cv", "cover_letter", "writing_sample"), ("", b"")) | files
        parts = {kind: (*file, "application/octet-stream") for kind, file in chosen_files.items()}
        return self.client.post(self.path, data=data, files=parts)


def originals(editor: httpx.Client, reference: str) -> list[str]:
    """The addresses of an application's originals, the CV's first, once they have been examined."""
    page = editor.get(f"/desk/applications/{reference}").text
    tabs = list(dict.fromkeys(re.findall(r"\?document=([0-9a-f-]{36})", page)))
    links = [f"/desk/documents/{each}" for each in reversed(tabs)]
    for link in links:
        wait_for(lambda link=link: f'href="{link}"' in editor.get(f"{link}/original").text, what=f"a look at {link}")
    return links


def documents(content: bytes | None = None) -> dict[str, tuple[str, bytes]]:
    """Three small documents that every call takes."""
    pdf = content or PDF.read_bytes()
    return {
        "cv": ("cv.pdf", pdf),
        "cover_letter": ("letter.txt", "Guten Tag, გამარჯობა".encode()),
        "writing_sample": ("sample.pdf", pdf),
    }


def hidden(html: str, name: str) -> str:
    """The value of a hidden field."""
    found = re.search(rf'name="{name}" value="([^"]*)"', html)
    assert found, html[:500]
    return unescape(found[1])


def reference_of(html: str) -> str:
    """The application's reference on its private page, or the first one on another."""
    found = REFERENCE.search(html)
    assert found, html[:500]
    return found[0]


def errors(html: str) -> dict[str, str]:
    """The messages of an error summary by field."""
    start = html.find('role="alert"')
    summary = html[start : html.find("</ul>", start)] if start >= 0 else ""
    return {
        unescape(key): unescape(text).strip() for key, text in re.findall(r'href="#([^"]+)"[^>]*>([^<]+)<', summary)
    }
