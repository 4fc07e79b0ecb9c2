"""The form on a line of 64 kbit/s that loses 2 % of its packets: whole, and in bearable time (A5)."""

import hashlib
import random
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from app.web.languages import LANGUAGES
from tests.newsroom import Newsroom
from tests.slow_line import SlowLine, apply

pytestmark = pytest.mark.browser

SEEDS = (15, 39, 57, 64, 94, 137)  # with each of them some of the first hundred packets are lost
KINDS = ("cv", "cover_letter", "writing_sample")


def texts(folder: Path, size: int, seed: int) -> dict[str, Path]:
    """Three documents of so many bytes each."""
    chance = random.Random(seed)
    files = {kind: folder / f"{kind}-{seed}.txt" for kind in KINDS}
    for path in files.values():
        words = ("".join(chance.choices("აბგდევზთ", k=6)) for _ in range(size // 19))
        path.write_text(" ".join(words))
    return files


def over(
    newsroom: Newsroom, chromium: Browser, files: dict[str, Path], *, seed: int, scripts: bool, lang: str = "ka"
) -> float:
    """Apply over such a line; every byte has to arrive. How many seconds it took."""
    email = f"slow{seed}{scripts}@example.org".lower()
    context = chromium.new_context(viewport={"width": 360, "height": 800}, java_script_enabled=scripts)
    try:
        with SlowLine(newsroom.port, seed=seed) as line:
            done = apply(context.new_page(), line.url, email, files, lang=lang, scripts=scripts)
            assert line.lost > 0
    finally:
        context.close()
    folder = newsroom.data / "documents"
    stored = {hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.glob("??/*")}
    assert {hashlib.sha256(path.read_bytes()).hexdigest() for path in files.values()} <= stored
    return done["sent"]


def test_a5_without_scripts_a_small_application_is_sent_within_half_a_minute(
    newsroom: Newsroom, chromium: Browser, tmp_path: Path
) -> None:
    assert over(newsroom, chromium, texts(tmp_path, 2000, 39), seed=39, scripts=False) < 30


@pytest.mark.soak
@pytest.mark.parametrize(("seed", "lang"), list(zip(SEEDS, LANGUAGES, strict=True)))
@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_a5_three_documents_of_fifty_kilobytes_are_sent_within_two_minutes(
    newsroom: Newsroom, chromium: Browser, tmp_path: Path, seed: int, lang: str, scripts: bool
) -> None:
    assert over(newsroom, chromium, texts(tmp_path, 50_000, seed), seed=seed, scripts=scripts, lang=lang) < 120
