"""Files that take long to look into: nobody else's application waits for them."""

import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import httpx
import pytest
from anyio.to_thread import run_sync

from app.applications import arriving, drafts
from app.applications.arriving import Busy, in_turn
from app.calls import loading
from app.database import transaction
from app.documents.kinds import Format, Kind
from app.documents.models import Document
from app.main import create_app
from app.settings import Settings
from tests.documents import telling_files
from tests.newsroom import FIELDS, PATIENCE, SLUG, documents


def test_who_has_slow_files_opened_stops_nobody_and_the_line_before_the_door_is_short() -> None:
    document = Document(kind=Kind.CV, name="a.odt", format=Format.ODT, size=1, sha256="", storage_key="a")
    ends = threading.Event()
    done: list[bool] = []

    def slow(_: Document) -> bool:
        return ends.wait(2 * PATIENCE)

    async def one() -> None:
        done.append(await in_turn(arriving.REMOVING, slow, document))

    async def all_at_once() -> None:
        async with anyio.create_task_group() as tasks:
            for _ in range(arriving.MOST_WAITING + 1):
                tasks.start_soon(one)
            await anyio.wait_all_tasks_blocked()
            with pytest.raises(Busy):
                await in_turn(arriving.REMOVING, slow, document)
            with anyio.fail_after(PATIENCE):  # what everybody's documents pass, and saying what they tell
                assert await run_sync(lambda: True, limiter=arriving.LOOKING)
                assert await in_turn(arriving.TELLING, lambda _: True, document)
            ends.set()

    anyio.run(all_at_once)
    assert done == [True] * (arriving.MOST_WAITING + 1)


@asynccontextmanager
async def full() -> AsyncIterator[None]:
    """While it lasts, as many wait to have something removed as may."""
    document = Document(kind=Kind.CV, name="a.odt", format=Format.ODT, size=1, sha256="", storage_key="a")
    ends = threading.Event()
    async with anyio.create_task_group() as tasks:
        for _ in range(arriving.MOST_WAITING + 1):
            tasks.start_soon(in_turn, arriving.REMOVING, lambda _: ends.wait(2 * PATIENCE), document)
        await anyio.wait_all_tasks_blocked()
        try:
            yield
        finally:
            ends.set()


def test_while_too_many_wait_the_page_comes_back_with_the_reason_beside_the_document(
    database: str, tmp_path: Path
) -> None:
    with transaction() as session:
        loading.load_file(session, loading.SHIPPED)
    app = create_app(Settings(data_dir=tmp_path, secret_key="k" * 40, rate_limits="off"))  # type: ignore[arg-type]
    apply, token = f"/en/calls/{SLUG}/apply", drafts.new_token()
    fields = FIELDS | {"draft": token}
    told = documents() | {"cv": ("cv.docx", telling_files.docx())}
    none = {"cv": ("", b"")}  # as a browser sends an empty file control

    async def story() -> None:
        headers = {"Sec-Fetch-Site": "same-origin"}
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000", headers=headers) as client:
            kept = await client.post(apply, data=fields | {"step": "check"}, files=told)
            assert kept.status_code == 303, kept.text
            async with full():
                check = await client.post(f"/en/drafts/{token}/documents/cv/clean")
                step = {"step": "clean-cv", "about": "Half a line"}
                form = await client.post(apply, data=fields | step, files=none)
            for page in (check, form):
                assert page.status_code == 503
                assert page.headers["Retry-After"] == "30"
                assert "Many files are being looked into at this moment." in page.text
                assert 'id="cv-error"' in page.text
                assert "cv.docx" in page.text
                assert FIELDS["name"] in page.text
            assert "Check your application" in check.text
            assert "Half a line" in form.text
            done = await client.post(f"/en/drafts/{token}/documents/cv/clean")
            assert done.headers["location"].endswith("told=removed")

    anyio.run(story)
