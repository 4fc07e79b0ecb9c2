"""Chromium, and pages that tell of everything a reader should not see."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect, sync_playwright

from tests.conftest import leave_out
from tests.newsroom import PASSWORD, Newsroom
from tests.smtp_server import SmtpServer

RULES = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]},
    "resultTypes": ["violations"],  # what is well need not be described: half of the time
}
PATIENCE = 60_000  # milliseconds; costs nothing where all is well, and the machine may be busy
expect.set_options(timeout=PATIENCE)


def follow(page: Page, what: str | Locator) -> None:
    """Click what leads to another page, and wait until that page is there, its scripts, too.

    A click alone returns as soon as the next page begins to come: what is counted or typed then meets half of it.
    """
    with page.expect_navigation():
        page.click(what) if isinstance(what, str) else what.click()


def arrive(page: Page, selector: str) -> None:
    """Wait for what only the next page has, and then for its scripts: a key pressed before them is lost."""
    page.wait_for_selector(selector)
    page.wait_for_load_state()


@pytest.fixture(scope="module")
def newsroom(tmp_path_factory: pytest.TempPathFactory, smtp: SmtpServer) -> Iterator[Newsroom]:
    """One database is enough here: what the browser sees does not differ."""
    with Newsroom(tmp_path_factory.mktemp("browser"), smtp_url=smtp.url) as running:
        yield running


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Not for the session: while it runs, its event loop stands in the way of tests that start their own."""
    # The shell is the same engine without the windows of a browser around it, which cost as much again.
    path = next(filter(None, map(shutil.which, ("chromium-headless-shell", "chromium", "chromium-browser"))), None)
    if path is None:
        leave_out("Chromium", "apt-get install chromium-headless-shell fonts-noto-core")
    arguments = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--disable-sync"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=arguments)
        yield browser
        browser.close()


@dataclass
class Reader:
    """Somebody with a browser of their own; `complaints` collects what the console and the network say."""

    newsroom: Newsroom
    context: BrowserContext
    page: Page
    complaints: list[str] = field(default_factory=list)
    # That a form is answered 422 is what the page says itself. A test may expect more of the kind.
    expected: list[str] = field(default_factory=lambda: ["status of 422"])

    def go(self, path: str) -> Page:
        self.page.goto(f"{self.newsroom.url}{path}")
        return self.page

    def heard(self, request: Any) -> None:
        if not request.url.startswith(self.newsroom.url):
            self.complaints.append(f"asked another host: {request.url}")

    def said(self, message: Any) -> None:
        if not any(each in message.text for each in self.expected):
            self.complaints.append(f"console: {message.text}")

    def sign_in(self, email: str = "chief@example.org") -> Page:
        """With a session of its own, as after signing in; ends at the queue."""
        jar = self.newsroom.editor(email).cookies.jar
        cookies = [{"name": each.name, "value": each.value or "", "url": self.newsroom.url} for each in jar]
        self.context.add_cookies(cookies)  # type: ignore[arg-type]
        return self.go("/desk/")

    def sign_in_by_form(self, email: str = "chief@example.org") -> Page:
        """As an editor does; ends at the queue."""
        page = self.go("/desk/")
        page.fill("[name=email]", email)
        page.fill("[name=password]", PASSWORD)
        page.click("main button[type=submit]")
        page.wait_for_url("**/desk/")
        return page

    def check(self) -> None:
        """axe finds nothing, nothing is wider than the screen, nothing was complained of."""
        self.page.wait_for_load_state()
        # What a sticky bar happens to cover where the page was scrolled to is no finding.
        self.page.evaluate("scrollTo({top: 0, behavior: 'instant'})")
        found = Axe().run(self.page, options=RULES).response["violations"]
        told = [(each["id"], [node["target"] for node in each["nodes"]][:3]) for each in found]
        assert not told, f"{self.page.url}: {told}"
        wide = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"{self.page.url} is {wide} px too wide"
        assert not self.complaints, self.complaints


@pytest.fixture
def reader(chromium: Browser, newsroom: Newsroom) -> Iterator[Any]:
    """A function that opens a browser: width, scheme, language, with or without scripts."""
    opened = []

    def start(*, width: int = 1280, scheme: str = "light", scripts: bool = True, scale: float = 1) -> Reader:
        context = chromium.new_context(
            viewport={"width": width, "height": 800},
            color_scheme=scheme,  # type: ignore[arg-type]
            java_script_enabled=scripts,
            locale="en",
            device_scale_factor=scale,
        )
        context.set_default_timeout(PATIENCE)
        # axe is put into pages by the test itself, past their policy; the policy is tested by its header.
        made = Reader(newsroom, context, context.new_page())
        made.page.on("request", made.heard)
        made.page.on("console", made.said)
        made.page.on("pageerror", lambda error: made.complaints.append(f"script: {error}"))
        opened.append(context)
        return made

    yield start
    for context in opened:
        context.close()


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    return tmp_path
