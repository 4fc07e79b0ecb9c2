"""An application made of the accounts' pages alone, on both databases, and browsers that speak to it."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from html import unescape

import httpx
import pytest
import time_machine
from fastapi import FastAPI
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from starlette.testclient import TestClient

from app.accounts import editors, invitations, pages, passwords, permissions
from app.accounts.models import Editor, Role
from app.accounts.permissions import AdminOnly, EditorOnly, Reader, Watcher
from app.database import transaction
from app.settings import Settings
from app.web import errors
from app.web.forgery import ForgeryGuard

PASSWORD = "otter lantern gravel plum"
EMAIL = "nino@example.org"
NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)

MakeBrowser = Callable[..., TestClient]


def settings(**changed: object) -> Settings:
    fixed: dict[str, object] = {"secret_key": "k" * 40, "base_url": "http://desk.example", "rate_limits": "off"}
    return Settings(**(fixed | changed))  # type: ignore[arg-type]


def make_app(chosen: Settings) -> FastAPI:
    app = FastAPI()
    app.state.settings = chosen
    app.state.visitor = permissions.find_editor
    errors.install(app, unavailable=[])
    app.add_middleware(ForgeryGuard, base_url=chosen.base_url)
    app.include_router(pages.router)

    @app.get("/desk/")
    def queue(editor: Reader) -> str:
        return editor.name

    @app.get("/desk/news")
    def news(editor: Watcher) -> str:
        return "nothing new"

    @app.post("/desk/decide")
    def decide(editor: EditorOnly) -> str:
        return "decided"

    @app.get("/desk/audit")
    def audit(editor: AdminOnly) -> str:
        return "trail"

    return app


@pytest.fixture
def real_hashing() -> None:
    """Ask for this where the cost of a password's hash matters; elsewhere it is made small, for speed."""


@pytest.fixture(autouse=True)
def hashing(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    passwords.nobodys_hash.cache_clear()
    if "real_hashing" not in request.fixturenames:
        light = Argon2Hasher(time_cost=1, memory_cost=256, parallelism=1)
        monkeypatch.setattr(passwords, "hasher", PasswordHash((light,)))
    yield
    passwords.nobodys_hash.cache_clear()


@pytest.fixture
def noon() -> Iterator[None]:
    """Far from midnight, when whatever is counted begins anew."""
    with time_machine.travel(NOON):
        yield


@pytest.fixture
def app(database: str) -> FastAPI:
    """Without limits of rates; tests of those set `app.state.settings` anew."""
    return make_app(settings())


@pytest.fixture
def browser(app: FastAPI) -> Iterator[MakeBrowser]:
    """Makes browsers: each says that its forms come from here, and keeps its own cookies."""
    opened: list[TestClient] = []

    def make(*, client: str = "192.0.2.7", **headers: str) -> TestClient:
        base_url = str(app.state.settings.base_url)
        fixed = {"Sec-Fetch-Site": "same-origin", "Accept-Language": "en"}
        made = TestClient(app, base_url=base_url, follow_redirects=False, client=(client, 50000))
        made.headers.update({name.replace("_", "-"): value for name, value in (fixed | headers).items() if value})
        opened.append(made)
        return made

    yield make
    for each in opened:
        each.close()


@pytest.fixture
def nino(database: str) -> Editor:
    """An administrator with a password."""
    return add()


def add(
    email: str = EMAIL, name: str = "Nino Beridze", role: Role = Role.ADMIN, password: str | None = PASSWORD
) -> Editor:
    with transaction() as session:
        return editors.add(session, email=email, name=name, role=role, password=password)


def link(editor: Editor) -> str:
    with transaction() as session:
        return invitations.invite(session, editor)


def log_in(browser: TestClient, email: str = EMAIL, password: str = PASSWORD, **more: str) -> httpx.Response:
    return browser.post("/desk/login", data={"email": email, "password": password} | more)


def signed_in(browser: TestClient, email: str = EMAIL) -> TestClient:
    answer = log_in(browser, email)
    assert answer.status_code == 303, answer.text
    return browser


def csrf_of(page: str) -> str:
    found = re.search(r'name="csrf" value="([0-9a-f]{64})"', page)
    assert found
    return found[1]


def wrong_fields(page: str) -> set[str]:
    """The fields that the summary of errors links to."""
    start = page.find('role="alert"')
    return set(re.findall(r'href="#([^"]+)"', page[start : page.find("</ul>", start)])) if start >= 0 else set()


def shown_link(page: str) -> str:
    """The one-time link on a page of the team."""
    found = re.search(r'value="([^"]*/desk/welcome/[^"]+)"', page)
    assert found
    return unescape(found[1])
