"""Long work shows how far it has come on a terminal and stays quiet in a pipe."""

import os
import pty
import subprocess
import sys
from pathlib import Path

from app import demonstration
from app.settings import Settings
from tests.newsroom import Newsroom


def test_progress_is_for_terminals(connected: str, tmp_path: Path) -> None:
    newsroom = Newsroom(tmp_path, database_url=connected.replace("postgresql+psycopg://", "postgresql://"))
    demonstration.fill(Settings(data_dir=newsroom.data, secret_key="k" * 40), 2)  # type: ignore[arg-type]
    quiet = newsroom.command("fsck")
    assert (quiet.stdout, quiet.stderr) == ("", "")
    ours, theirs = pty.openpty()
    with subprocess.Popen([sys.executable, "-m", "app", "fsck"], env=newsroom.environment, stderr=theirs) as looking:
        os.close(theirs)
        said = b""
        while (piece := more(ours)) and (said := said + piece):
            pass
    os.close(ours)
    assert looking.returncode == 0
    assert b"documents and pages: 1 of " in said
    assert said.endswith(b"\x1b[K")  # nothing of it stays


def more(terminal: int) -> bytes:
    """The next bytes; none when the other end is closed, which Linux tells as an error."""
    try:
        return os.read(terminal, 1000)
    except OSError:
        return b""
