"""Files that take long to look into: nobody else's application waits for them."""

import threading

import anyio
import pytest
from anyio.to_thread import run_sync

from app.applications import arriving
from app.applications.arriving import Busy, in_turn
from app.documents.kinds import Format, Kind
from app.documents.models import Document
from tests.newsroom import PATIENCE


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
