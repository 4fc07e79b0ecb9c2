"""The command, as an administrator meets it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli import cli
from tests.newsroom import Form, Newsroom, documents, wait_for


@pytest.fixture
def newsroom(tmp_path: Path) -> Newsroom:
    """Not started: the commands work without a server."""
    made = Newsroom(tmp_path)
    made.prepare()
    return made


def test_migrate_makes_the_newest_schema_and_may_be_repeated(tmp_path: Path) -> None:
    made = Newsroom(tmp_path)
    made.command("migrate")
    made.command("migrate")
    assert made.command("fsck").stdout == ""


@pytest.mark.parametrize(
    "words", ["", "serve", "worker", "migrate", "editor add", "call load", "mail send", "fsck", "doctor", "demo"]
)
def test_every_command_has_help(words: str) -> None:
    asked = CliRunner().invoke(cli, [*words.split(), "--help"])
    assert asked.exit_code == 0
    assert "Usage" in asked.stdout


@pytest.mark.parametrize("words", ["", "fly", "editor", "editor add x@example.org", "serve --port abc"])
def test_wrong_usage_exits_2_with_one_line_that_says_where_to_look(newsroom: Newsroom, words: str) -> None:
    refused = newsroom.command(*words.split(), check=False)
    assert refused.returncode == 2
    assert refused.stderr.count("\n") == 1
    assert refused.stderr.startswith("aufruf: ")
    assert "--help`" in refused.stderr


def test_anything_else_exits_1_with_one_line(newsroom: Newsroom) -> None:
    unknown = newsroom.command("editor", "disable", "nobody@example.org", check=False)
    assert unknown.returncode == 1
    assert unknown.stderr.count("\n") == 1
    assert "aufruf editor list" in unknown.stderr


def test_editors_are_added_listed_disabled_and_reset(newsroom: Newsroom) -> None:
    newsroom.add_editor("chief@example.org", "Nino Beridze", "admin")
    link = newsroom.command("editor", "add", "Levan@Example.org", "--name", "Levan", "--role", "editor").stdout
    assert "/desk/welcome/" in link
    listed = json.loads(newsroom.command("editor", "list", "--json").stdout)
    assert {row["email"]: row["role"] for row in listed} == {
        "chief@example.org": "admin",
        "levan@example.org": "editor",
    }
    newsroom.command("editor", "disable", "levan@example.org")
    assert "/desk/welcome/" in newsroom.command("editor", "reset", "chief@example.org").stdout
    last = newsroom.command("editor", "disable", "chief@example.org", check=False)
    assert last.returncode == 1


def test_a_call_that_is_not_complete_is_refused_with_its_place(newsroom: Newsroom, tmp_path: Path) -> None:
    shipped = Path("app/calls/caucasus-experts.toml").read_text()
    broken = tmp_path / "call.toml"
    broken.write_text(shipped.replace('ka = "ენერგეტიკა", ', ""))
    refused = newsroom.command("call", "load", str(broken), check=False)
    assert refused.returncode == 1
    assert "ka" in refused.stderr
    assert "topics" in refused.stderr


def test_a_wrong_setting_stops_the_start_with_its_name(newsroom: Newsroom) -> None:
    newsroom.environment["AUFRUF_WORKER"] = "sometimes"
    refused = newsroom.command("serve", check=False)
    assert refused.returncode == 1
    assert refused.stderr.startswith("aufruf: AUFRUF_WORKER is 'sometimes'; allowed: ")
    assert refused.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("AUFRUF_DATABASE_URL", "postgresql://aufruf:geheim@127.0.0.1:1/nowhere"),
        ("AUFRUF_DATABASE_URL", "sqlite:////nowhere/aufruf.db"),
        ("AUFRUF_DATA_DIR", "/dev/null/var"),
    ],
)
def test_what_cannot_be_reached_is_told_in_one_line(newsroom: Newsroom, name: str, value: str) -> None:
    newsroom.environment[name] = value
    for words in (["migrate"], ["editor", "list"]):
        refused = newsroom.command(*words, check=False)
        assert refused.returncode == 1
        assert refused.stderr.count("\n") == 1
        assert "geheim" not in refused.stderr


def test_make_run_keeps_to_the_public_address_of_the_settings_file(tmp_path: Path) -> None:
    newsroom = Newsroom(tmp_path)
    newsroom.prepare()
    del newsroom.environment["AUFRUF_BASE_URL"]
    (newsroom.data / "aufruf.env").write_text("AUFRUF_BASE_URL=https://apply.example.org\n")
    command = [sys.executable, "-m", "app", "start", "--port", str(newsroom.port)]
    with subprocess.Popen(command, env=newsroom.environment, stdout=subprocess.PIPE, text=True) as started:
        assert started.stdout
        said = started.stdout.readline()
        started.terminate()
        started.stdout.read()
    assert said.split() == ["The", "form:", "https://apply.example.org/de/calls/caucasus-experts/apply"]


def test_processes_that_take_long_to_start_are_waited_for(tmp_path: Path) -> None:
    newsroom = Newsroom(tmp_path)
    newsroom.prepare()
    slow = tmp_path / "slow"
    slow.mkdir()
    (slow / "sitecustomize.py").write_text("import time\ntime.sleep(6)\n")  # as on a small machine
    environment = newsroom.environment | {"PYTHONPATH": str(slow)}
    command = [sys.executable, "-m", "app", "serve", "--workers", "2", "--port", str(newsroom.port)]
    with newsroom.log.open("wb") as log:
        newsroom.process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    try:
        wait_for(newsroom.alive, what="the start")
    finally:
        newsroom.stop()


def test_the_demonstration_prints_a_link_that_signs_in(tmp_path: Path) -> None:
    newsroom = Newsroom(tmp_path)
    command = [sys.executable, "-m", "app", "demo", "--applications", "3", "--port", str(newsroom.port)]
    with subprocess.Popen(command, env=newsroom.environment, stdout=subprocess.PIPE, text=True) as demonstration:
        assert demonstration.stdout
        said = [demonstration.stdout.readline() for _ in range(2)]
        link = said[1].split()[-1]
        newsroom.process = demonstration
        wait_for(newsroom.alive, what="the start")
        client = newsroom.browser()
        entered = client.get(link)
        assert (entered.status_code, entered.headers["location"]) == (303, "/desk/")
        assert client.get("/desk/team").status_code == 200
        assert newsroom.browser().get(link[:-1]).status_code == 404
        demonstration.terminate()
        demonstration.stdout.read()


def test_serving_without_a_current_schema_says_what_to_do(tmp_path: Path) -> None:
    refused = Newsroom(tmp_path).command("serve", check=False)
    assert refused.returncode == 1
    assert "aufruf migrate" in refused.stderr


def test_doctor_says_what_is_well(newsroom: Newsroom) -> None:
    checks = {row["check"]: row["result"] for row in json.loads(newsroom.command("doctor", "--json").stdout)}
    names = ("settings", "database", "migrations", "storage", "outbox", "sandbox")
    assert checks == dict.fromkeys(names, "ok")


def test_doctor_names_settings_that_have_no_effect(tmp_path: Path) -> None:
    newsroom = Newsroom(tmp_path, clamd_url="tcp://127.0.0.1:3310")
    newsroom.prepare("chief@example.org", "Nino Beridze", "admin")
    (newsroom.data / "aufruf.env").write_text("aufruf_basurl=https://desk.example\nAUFRUF_UNDO_MINUTES=5\n")
    found = newsroom.command("doctor", "--json", check=False)
    assert found.returncode == 1
    checks = {row["check"]: row["result"] for row in json.loads(found.stdout)}
    assert checks["settings"] == "without effect in this version: AUFRUF_BASURL, AUFRUF_CLAMD_URL"


def test_what_is_kept_lies_in_a_folder_that_only_its_owner_opens(tmp_path: Path) -> None:
    newsroom = Newsroom(tmp_path)
    newsroom.command("migrate")
    assert newsroom.data.stat().st_mode & 0o777 == 0o700


def test_the_secret_key_is_made_once_and_only_its_owner_can_read_it(newsroom: Newsroom) -> None:
    path = newsroom.data / "secret.key"
    newsroom.command("doctor")
    first = path.read_text()
    newsroom.command("doctor")
    assert path.read_text() == first
    assert path.stat().st_mode & 0o777 == 0o600


def test_fsck_names_what_is_missing_damaged_or_nobodys(tmp_path: Path) -> None:
    with Newsroom(tmp_path) as newsroom:
        assert Form(newsroom).send(documents()).status_code == 303
        assert newsroom.command("fsck").stdout == ""
        stored = sorted(path for path in (newsroom.data / "documents").rglob("*") if path.is_file())
        stored[0].unlink()
        stored[1].write_bytes(b"something else")
        orphan = stored[2].parent / (stored[2].name[:2] + "0" * 30)
        orphan.write_bytes(b"nobody's")
        found = newsroom.command("fsck", "--json", check=False)
        assert found.returncode == 1
        assert sorted(row["problem"] for row in json.loads(found.stdout)) == ["damaged", "missing", "orphan"]
        newsroom.command("fsck", "--repair", check=False)
        assert orphan.exists()  # it is younger than a day: it may belong to a request under way


def test_without_a_mail_server_mails_wait_readable(tmp_path: Path) -> None:
    with Newsroom(tmp_path) as newsroom:
        assert Form(newsroom, lang="de").send(documents()).status_code == 303
        editor = newsroom.editor()
        page = editor.get("/desk/mail").text
        assert "No mail server is set" in page
        assert page.count("/desk/mail/0") == 2
        assert newsroom.command("mail", "send", check=False).returncode == 1


def test_healthz_and_readyz_tell_alive_from_able(tmp_path: Path) -> None:
    with Newsroom(tmp_path) as newsroom:
        client = newsroom.browser()
        assert client.get("/healthz").json() == {"status": "ok"}
        assert client.get("/readyz").status_code == 200
        documents_folder = newsroom.data / "documents"
        documents_folder.rename(newsroom.data / "gone")
        documents_folder.write_text("a file where a folder should be")
        answer = client.get("/readyz")
        assert answer.status_code == 503
        assert answer.json()["checks"]["storage"] == "failed"
        assert answer.headers["retry-after"]
        form = Form(newsroom, lang="en").send(documents())
        assert form.status_code == 503
        assert form.headers["retry-after"]
        assert "ნინო წერეთელი" in form.text  # the fields are handed back
        documents_folder.unlink()
        assert client.get("/readyz").status_code == 200
        assert Form(newsroom).send(documents()).status_code == 303
