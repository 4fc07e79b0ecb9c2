"""The form on a line that drops: the unmodified tus-js-client in Chromium, and what it says (N3, A1, A3)."""

import hashlib
import random
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.bad_line import BadLine
from tests.browser.conftest import arrive
from tests.newsroom import PDF, Newsroom, wait_for

pytestmark = pytest.mark.browser

FORM = "/{}/calls/caucasus-experts/apply"
SLOW = 250_000  # bytes in a second
SLOWEST = 20_000  # nothing is over before one has looked at it


def document(folder: Path, size: int = 3_000_000, *, seed: int = 5, name: str = "Большой текст.pdf") -> Path:
    """A PDF of random bytes that no reader would object to."""
    noise = random.Random(seed).randbytes(size).translate(bytes.maketrans(b"/PS", b"xps"))
    path = folder / name
    path.write_bytes(b"%PDF-1.4\n%" + noise + b"\n%%EOF\n")
    return path


def stored(newsroom: Newsroom) -> set[str]:
    folder = newsroom.data / "documents"
    return {hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.glob("??/*")}


def slow(page: Page, upload: int = SLOW) -> Callable[[int], None]:
    """A slow line for what the page sends; how fast it is can be changed by what is returned, in bytes in a second."""
    line = page.context.new_cdp_session(page)
    line.send("Network.enable")

    def change(upload: int) -> None:
        limits = {"offline": False, "latency": 10, "downloadThroughput": -1, "uploadThroughput": upload}
        line.send("Network.emulateNetworkConditions", limits)

    change(upload)
    return change


def fill(page: Page, email: str = "line@example.org") -> None:
    page.fill("[name=name]", "ნინო წერეთელი")
    page.fill("[name=email]", email)
    page.check("[name=regions][value=georgia]")
    page.check("[name=languages][value=ka]")
    page.check("[name=consent]")


def card(page: Page, kind: str) -> Any:
    return page.locator(f".file:has([name={kind}])")


def uploads_of(page: Page) -> list[tuple[str, int]]:
    """Every piece that the page starts from now on: its method and the place where it begins."""
    seen: list[tuple[str, int]] = []

    def note(request: Any) -> None:
        if "/uploads/" in request.url:
            seen.append((request.method, int(request.headers.get("upload-offset", -1))))

    page.on("request", note)
    return seen


@pytest.fixture
def bare(chromium: Browser) -> Iterator[Page]:
    """A page whose console may complain: the line is bad on purpose."""
    context = chromium.new_context(viewport={"width": 360, "height": 800}, locale="en")
    yield context.new_page()
    context.close()


def test_n3_a_line_that_breaks_fifty_times_still_carries_the_document_whole(
    newsroom: Newsroom, bare: Page, tmp_path: Path
) -> None:
    path = document(tmp_path, 8_000_000)
    chance = random.Random(50)
    with BadLine(newsroom.port, breaks=[chance.randrange(1, 8_000_000) for _ in range(50)]) as line:
        bare.goto(line.url + FORM.format("en"))
        seen = uploads_of(bare)
        bare.set_input_files("[name=writing_sample]", path)
        card(bare, "writing_sample").locator(".good").wait_for(timeout=120_000)
        assert line.broken == 50
    places = [place for method, place in seen if method == "PATCH"]
    assert places == sorted(places)
    assert len(places) > 20  # the browser itself tries once more when a connection breaks early
    assert hashlib.sha256(path.read_bytes()).hexdigest() in stored(newsroom)


def test_progress_is_told_in_words_and_can_be_paused(reader: Any, tmp_path: Path) -> None:
    nino = reader(width=360)
    page = nino.go(FORM.format("en"))
    change = slow(page)
    page.set_input_files("[name=cv]", document(tmp_path, 19_000_000))
    told = card(page, "cv").locator(".file-state")
    # At least 0.6 MB: more than what the server may still hold in its hands when the line is cut.
    expect(told).to_have_text(re.compile(r"^(0\.[6-9]|[1-9][0-9.]*) of 19 MB · [0-9]+ (secs?|mins?) left$"))
    nino.check()
    page.click("text=Pause")
    expect(told).to_contain_text("paused")
    nino.check()
    seen = uploads_of(page)
    change(-1)
    card(page, "cv").locator("button:has-text('Go on')").click()
    card(page, "cv").locator(".good").wait_for()
    assert next(place for method, place in seen if method == "PATCH") > 0
    assert "Большой текст.pdf" in card(page, "cv").inner_text()
    nino.check()


def test_n3_after_a_closed_tab_the_same_file_goes_on_where_it_stood(
    newsroom: Newsroom, bare: Page, tmp_path: Path
) -> None:
    path = document(tmp_path, seed=6)
    with BadLine(newsroom.port, breaks=[2_000_000], stays_down=True) as line:
        bare.goto(line.url + FORM.format("de"))
        bare.fill("[name=name]", "Nino")
        expect(bare.locator(".saved")).to_have_text(re.compile("^Gespeichert um "))
        bare.wait_for_url("**/de/drafts/*")
        bare.set_input_files("[name=cv]", path)
        wait_for(lambda: line.down, seconds=60, what="the end of the line")
        address = bare.url
        bare.close()
        line.down = False
        page = bare.context.new_page()
        page.goto(address)
        assert page.input_value("[name=name]") == "Nino"
        here = card(page, "cv").get_by_text("von 3\N{NO-BREAK SPACE}MB sind da. Wählen Sie dieselbe Datei")
        wait_for(lambda: here.count() or not page.reload(), what="the server's noticing that the line is gone")
        seen = uploads_of(page)
        page.set_input_files("[name=cv]", path)
        card(page, "cv").locator(".good").wait_for()
    assert {method for method, _ in seen} == {"HEAD", "PATCH"}, "it is not begun anew"
    assert next(place for method, place in seen if method == "PATCH") > 0
    assert hashlib.sha256(path.read_bytes()).hexdigest() in stored(newsroom)


def test_the_form_waits_for_its_documents_and_goes_on_by_itself(reader: Any, tmp_path: Path) -> None:
    nino = reader(width=1280)
    page = nino.go(FORM.format("en"))
    fill(page)
    change = slow(page, SLOWEST)
    page.set_input_files("[name=cv]", PDF)
    for seed, kind in enumerate(("cover_letter", "writing_sample")):
        page.set_input_files(f"[name={kind}]", document(tmp_path, 900_000, seed=seed, name=f"{kind}.pdf"))
    wait_for(lambda: page.locator("progress").count() >= 2, what="several at once")
    page.click("button[value=check]")
    expect(page.locator("form#form")).to_contain_text("still on their way")
    change(-1)
    page.wait_for_url("**/en/drafts/*/check")
    for name in ("small.pdf", "cover_letter.pdf", "writing_sample.pdf"):
        assert name in page.inner_text("main")
    page.locator(".drawn details").first.wait_for(timeout=60_000)
    page.locator(".drawn summary").first.click()
    nino.check()
    assert not nino.context.cookies()
    assert page.evaluate("localStorage.length + sessionStorage.length") == 0
    assert page.evaluate("indexedDB.databases().then((all) => all.length)") == 0
    page.get_by_role("link", name="Change – CV").click()
    page.wait_for_url("**/en/drafts/*#cv")
    page.click("button[value=check]")
    page.wait_for_url("**/en/drafts/*/check")
    page.click("main form button")
    page.wait_for_url("**/en/applications/*")


def test_what_is_wrong_with_a_document_is_told_beside_it_while_one_goes_on_typing(reader: Any, tmp_path: Path) -> None:
    nino = reader(width=360)
    page = nino.go(FORM.format("en"))
    wrong = tmp_path / "cv.pdf"
    wrong.write_bytes(b"<html><script>alert(1)</script></html>")
    page.set_input_files("[name=cv]", wrong)
    page.focus("[name=about]")
    page.keyboard.type("I write about rivers")
    card(page, "cv").locator(".error").wait_for()
    page.keyboard.type(" and mountains.")
    assert "web page" in card(page, "cv").inner_text()
    assert page.input_value("[name=about]") == "I write about rivers and mountains."
    assert page.get_attribute("[name=cv]", "aria-invalid") == "true"
    nino.check()
    page.set_input_files("[name=cv]", PDF)
    card(page, "cv").locator(".good").wait_for()
    expect(card(page, "cv").locator(".error")).to_have_count(0)
    nino.check()


def test_the_box_at_the_top_says_why_a_file_was_refused_and_forgets_what_is_mended(reader: Any, tmp_path: Path) -> None:
    page = reader(width=360).go(FORM.format("en"))
    fill(page)
    (tmp_path / "cv.pdf").touch()
    page.set_input_files("[name=cv]", tmp_path / "cv.pdf")
    card(page, "cv").locator(".error").wait_for()
    page.click("button[value=check]")
    arrive(page, "#errors")
    expect(page.locator("#errors a[href='#cv']")).to_contain_text("This file is empty")
    expect(page.locator("#errors h2")).to_have_text(re.compile("^3 things"))
    page.set_input_files("[name=cv]", PDF)
    card(page, "cv").locator(".good").wait_for()
    expect(page.locator("#errors a[href='#cv']")).to_have_count(0)
    expect(page.locator("#errors h2")).to_have_text(re.compile("^2 things"))
    for kind in ("cover_letter", "writing_sample"):
        page.set_input_files(f"[name={kind}]", PDF)
        card(page, kind).locator(".good").wait_for()
    expect(page.locator("#errors")).to_have_count(0)


def test_files_may_be_dropped_anywhere(reader: Any) -> None:
    nino = reader(width=1280)
    page = nino.go(FORM.format("en"))
    page.evaluate(
        """() => {
          const carried = new DataTransfer();
          for (const name of ["cover letter.txt", "text.txt", "Lebenslauf.txt"]) {
            carried.items.add(new File(["a text that is long enough"], name));
          }
          for (const type of ["dragover", "drop"]) {
            const how = { bubbles: true, cancelable: true, dataTransfer: carried };
            document.querySelector("h1").dispatchEvent(new DragEvent(type, how));
          }
        }"""
    )
    for kind, name in (("cv", "Lebenslauf"), ("cover_letter", "cover letter"), ("writing_sample", "text")):
        card(page, kind).locator(".good").wait_for()
        assert f"{name}.txt" in card(page, kind).inner_text()


def test_what_is_typed_is_kept_over_a_reload_and_in_another_language(reader: Any) -> None:
    nino = reader(width=360)
    page = nino.go(FORM.format("en") + "?source=radio")
    page.fill("[name=about]", "Half a sentence")
    expect(page.locator(".saved")).to_have_text(re.compile(r"^Saved at \d\d:\d\d$"))
    page.reload()
    assert page.input_value("[name=about]") == "Half a sentence"
    page.fill("[name=about]", "A whole sentence.")
    page.click(".languages summary")
    page.click(".languages button[lang=ka]")
    page.wait_for_url("**/ka/drafts/*#about")
    assert page.get_attribute("html", "lang") == "ka"
    assert page.input_value("[name=about]") == "A whole sentence."
    nino.check()


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_a_form_is_saved_and_brought_back_by_its_words(reader: Any, scripts: bool) -> None:
    nino = reader(width=320, scheme="dark", scripts=scripts)
    page = nino.go(FORM.format("hy"))
    page.fill("[name=name]", "Լուսաբեր")
    page.set_input_files("[name=cv]", PDF)
    if scripts:  # without them the file goes with the form; with them it goes at once, and must have arrived
        card(page, "cv").locator(".good").wait_for()
    page.click("button[value=save]")
    page.wait_for_url("**/hy/drafts/*/saved")
    if scripts:
        nino.check()
    words = page.inner_text("ol.words").split()
    assert len(words) == 7
    page = nino.go("/hy/continue")
    page.fill("[name=phrase]", "wrong words")
    page.click("main form button")
    expect(page.locator(".error")).to_have_count(1)
    if scripts:
        nino.check()
    page.fill("[name=phrase]", " ".join(words))
    page.click("main form button")
    page.wait_for_url("**/hy/drafts/*")
    assert page.input_value("[name=name]") == "Լուսաբեր"
    assert "small.pdf" in page.inner_text("form#form")
