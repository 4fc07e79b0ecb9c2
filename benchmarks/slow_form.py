"""The form over a line of 64 kbit/s that loses 2 % of its packets, in Chromium: how long one waits, and for what."""

import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.newsroom import Newsroom
from tests.slow_line import SlowLine, apply

VIEW_LIMIT_S = 6.0
FORM_LIMIT_S = 10.0
DOCUMENT_BYTES = 50_000


def measure(
    newsroom: Newsroom, line: Callable[[str, float, str, float, float], None], peer: Callable[..., None]
) -> None:
    """Each figure by `line` (against a limit) or `peer` (against what the line itself needs for the same bytes)."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        print("form at 64 kbit/s: needs Chromium (apt-get install chromium)", flush=True)
        return
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        files = {kind: Path(folder) / f"{kind}.txt" for kind in ("cv", "cover_letter", "writing_sample")}
        for path in files.values():
            path.write_text(os.urandom(DOCUMENT_BYTES // 2).hex())
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        with SlowLine(newsroom.port, seed=39) as slow:
            page = browser.new_context(viewport={"width": 360, "height": 800}).new_page()
            done = apply(page, slow.url, "slow@example.org", files, lang="ka", scripts=True)
            itself = slow.seconds
        browser.close()
    for what, step, limit in (
        ("the form is seen", "view", VIEW_LIMIT_S),
        ("its script is there", "form", FORM_LIMIT_S),
    ):
        line(f"at 64 kbit/s, 2 % loss: {what} after", done[step], "s", limit, done[step] / limit)
    peer("at 64 kbit/s, 2 % loss: sent with 3 x 50 kB, against the line alone", done["sent"], itself, "s")
