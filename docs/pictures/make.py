"""`make pictures`: the pictures of README and docs, taken anew from the demonstration in Chromium."""

import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from tests.newsroom import PDF, free_port

HERE = Path(__file__).parent
SECONDS = 300
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--disable-sync"]
DESK = {
    "queue": "/desk/?turn=us",
    "insights": "/desk/insights",
}
# Names as they are written, put into the form in each language.
PEOPLE = {
    "de": "Nino Beridse",
    "en": "Nino Beridze",
    "ru": "Нино Беридзе",
    "ka": "ნინო ბერიძე",
    "hy": "Նինո Բերիձե",
    "az": "Nino Beridze",
}


def main() -> None:
    """Start the demonstration, take every picture, end it by its process id."""
    chromium = shutil.which("chromium") or sys.exit("apt-get install chromium fonts-noto-core")
    port = free_port()
    with tempfile.NamedTemporaryFile("w+") as log:
        command = [sys.executable, "-m", "app", "demo", "--port", str(port)]
        demo = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
        try:
            link = signed_in_link(Path(log.name))
            time.sleep(30)  # until the first documents are drawn
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
                form(browser, f"http://127.0.0.1:{port}")
                forms(browser, f"http://127.0.0.1:{port}")
                desk(browser, f"http://127.0.0.1:{port}", link)
        finally:
            demo.terminate()
            demo.wait(15)


def signed_in_link(log: Path) -> str:
    """The link that the demonstration prints."""
    ends = time.monotonic() + SECONDS
    while time.monotonic() < ends:
        if found := re.search(r"http\S+/desk/demonstration/\S+", log.read_text()):
            time.sleep(2)
            return found[0]
        time.sleep(0.5)
    sys.exit(f"the demonstration did not start: {log.read_text()}")


def form(browser: Browser, url: str) -> None:
    """The form on a telephone, in Georgian, with what is missing."""
    page = browser.new_page(viewport={"width": 360, "height": 800})
    page.goto(f"{url}/ka/calls/caucasus-experts/apply")
    page.fill("[name=name]", "გიორგი მწვანებაძე")
    page.fill("[name=email]", "giorgi@example.org")
    for box in ("[name=regions][value=georgia]", "[name=languages][value=ka]", "[name=consent]"):
        page.check(box)
    page.set_input_files("[name=cv]", PDF)
    page.locator(".file .good").wait_for()
    page.wait_for_timeout(4000)  # quicker than any person is asked once more
    page.click("form#form button.filled")
    page.wait_for_selector("[role=alert]:focus")
    page.evaluate("scrollTo(0, 0)")
    page.screenshot(path=HERE / "form.png")
    page.close()


def forms(browser: Browser, url: str) -> None:
    """The first fields on a telephone, in all six languages: docs/translating.md shows them."""
    for lang, name in PEOPLE.items():
        page = browser.new_page(viewport={"width": 360, "height": 1160})
        page.goto(f"{url}/{lang}/calls/caucasus-experts/apply")
        page.fill("[name=name]", name)
        page.check("[name=regions][value=georgia]")
        page.evaluate("document.activeElement.blur()")
        page.evaluate(
            "scrollBy(0, document.querySelector('.field').closest('section').getBoundingClientRect().top - 60)"
        )
        page.screenshot(path=HERE / f"form-{lang}.png")
        page.close()


def desk(browser: Browser, url: str, link: str) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    page.goto(link)
    for name, path in DESK.items():
        take(page, url + path, name)
    page.goto(url + DESK["queue"])
    first = page.get_attribute("tbody[data-reference] a[href*='/desk/applications/']", "href")
    for _ in range(30):  # pages are drawn when they are first looked at
        page.goto(f"{url}{first}")
        if not page.get_by_text("This document is being prepared").count():
            break
        page.wait_for_timeout(2000)
    take(page, f"{url}{first}", "application")


def take(page: Page, address: str, name: str) -> None:
    page.goto(address)
    page.wait_for_load_state("networkidle")
    page.screenshot(path=HERE / f"{name}.png")


if __name__ == "__main__":
    main()
