"""N5, N14: a worker that is killed at any point loses no mail, and sends twice only what had already arrived."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine

from app.database import utcnow
from app.jobs.queue import LEASE
from app.mail.models import MailState
from tests.mail.conftest import KEY, PostOffice
from tests.newsroom import PATIENCE

ROOT = Path(__file__).parent.parent.parent


def worker(office: PostOffice, database: str, folder: Path) -> subprocess.Popen[bytes]:
    """Another process that delivers."""
    environment = os.environ | {
        "AUFRUF_DATA_DIR": str(folder),
        "AUFRUF_DATABASE_URL": database.replace("postgresql+psycopg://", "postgresql://"),
        "AUFRUF_SMTP_URL": office.smtp.url,
        "AUFRUF_SECRET_KEY": KEY,
        "AUFRUF_BASE_URL": office.settings.base_url,
    }
    return subprocess.Popen([sys.executable, "-m", "app", "mail", "send"], env=environment, cwd=ROOT)


def kill_once(process: list[subprocess.Popen[bytes]]) -> Callable[[], None]:
    def kill() -> None:
        if process[0].poll() is None:
            os.kill(process[0].pid, signal.SIGKILL)
            process[0].wait()

    return kill


@pytest.mark.parametrize(("point", "arrived_before"), [("rcpt", 0), ("kept", 1)])
def test_n5_a_worker_killed_while_it_sends(
    office: PostOffice, database: str, tmp_path: Path, point: str, arrived_before: int
) -> None:
    ids = [office.post(f"person{number}@example.org") for number in range(3)]
    process: list[subprocess.Popen[bytes]] = []
    office.smtp.at[point] = kill_once(process)
    process.append(worker(office, database, tmp_path))
    assert process[0].wait(PATIENCE) == -signal.SIGKILL
    assert len(office.smtp.got) == arrived_before
    assert office.states() == [MailState.WAITING] * 3
    with time_machine.travel(utcnow() + LEASE + timedelta(seconds=5), tick=True):
        office.deliver_all()
    assert office.states() == [MailState.SENT] * 3
    counts = [sum(got.message_id == f"<{each}@apply.example.org>" for got in office.smtp.got) for each in ids]
    assert counts == [1 + arrived_before, 1, 1]
