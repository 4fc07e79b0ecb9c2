"""The command `aufruf`. Exit codes: 0 done, 2 wrong usage, 1 anything else, with one line that says what to do."""

import asyncio
import json
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
import uvicorn

from app import database, fsck, migrations, operations, progress, work
from app.accounts import editors, invitations
from app.accounts.models import Editor, Role
from app.calls import definition, loading
from app.database import DatabaseAway, reading, transaction
from app.documents.storage import Storage, StorageAway
from app.mail import delivery
from app.settings import PREFIX, Settings, SettingsInvalid, load
from app.web import days, logs
from app.web.protocol import uvicorn_options

cli = typer.Typer(name="aufruf", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
editor_cli = typer.Typer(no_args_is_help=True, help="Editors: who may use the desk.")
call_cli = typer.Typer(no_args_is_help=True, help="Calls: what is open.")
mail_cli = typer.Typer(no_args_is_help=True, help="Mail.")
cli.add_typer(editor_cli, name="editor")
cli.add_typer(call_cli, name="call")
cli.add_typer(mail_cli, name="mail")

Json = Annotated[bool, typer.Option("--json", help="Answer as JSON.")]
Port = Annotated[int, typer.Option(help="TCP port.", min=0, max=65535)]
Host = Annotated[str, typer.Option(help="Address to listen on.")]


class Failed(Exception):
    """The command could not do what it was asked; the message says what to do."""


def main() -> NoReturn:
    """Run the command and leave with its exit code."""
    try:
        with database.reachable():
            code = cli(prog_name="aufruf", standalone_mode=False)
    except typer.TyperException as error:
        leave(wrong_usage(error), error.exit_code)
    except typer.Abort:
        leave("stopped", 1)
    except DatabaseAway as error:
        leave(f"the database does not answer: {error}; look at {PREFIX}DATABASE_URL, or try again", 1)
    except OSError as error:
        leave(f"{error}; look whether it is there, is yours and has room", 1)
    except (Failed, SettingsInvalid, StorageAway, definition.CallInvalid, editors.LastAdmin) as error:
        leave(str(error), 1)
    sys.exit(code or 0)


def leave(said: str, code: int) -> NoReturn:
    """End with an exit code and the reason on standard error."""
    print(f"aufruf: {said}", file=sys.stderr)
    sys.exit(code)


def wrong_usage(error: typer.TyperException) -> str:
    """What is wrong with how the command was called, in one line that says where to look."""
    said = printable(" ".join(error.format_message().split())).rstrip(".") or "a command is missing"
    asked: typer.Context | None = getattr(error, "ctx", None)
    return f"{said}; see `{asked.command_path if asked else 'aufruf'} --help`"


def connected(*, current: bool = True) -> Settings:
    """The settings, with the database connected. Raises Failed when its schema is not current."""
    settings = load()
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    days.use_timezone(settings.timezone)
    engine = database.connect(settings.database)
    if current and not migrations.is_current(engine):
        raise Failed("the database has no current schema: run `aufruf migrate` first")
    return settings


def table(rows: Iterable[Mapping[str, Any]], as_json: bool) -> None:
    """Print rows, aligned for people or as JSON for programs."""
    listed = [dict(row) for row in rows]
    if as_json:
        print(json.dumps(listed, ensure_ascii=False, indent=2, default=str))
        return
    for row in listed:
        print("  ".join(printable(str(value)) for value in row.values()))


def printable(text: str) -> str:
    """Text without anything that a terminal would obey."""
    return "".join(char if char.isprintable() else "�" for char in text)


@cli.command()
def serve(
    host: Host = "127.0.0.1",
    port: Port = 8000,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Web processes.")] = 1,
) -> None:
    """Serve the site; with AUFRUF_WORKER=embedded (the default) the worker runs in the same process."""
    settings = connected()
    announce(settings)
    listen(settings, host, port, workers)


@cli.command()
def start(port: Port = 8000) -> None:
    """What `make run` does: migrate, load the call that comes with the program, serve on this machine."""
    if "base_url" not in load().model_fields_set:  # neither in the environment nor in aufruf.env
        os.environ[f"{PREFIX}BASE_URL"] = f"http://127.0.0.1:{port}"
    settings = connected(current=False)
    migrations.upgrade(database.engine())
    with transaction() as session:
        if loading.find(session, definition.load(loading.SHIPPED).slug) is None:
            loading.load_file(session, loading.SHIPPED)
    announce(settings)
    listen(settings, "127.0.0.1", port, 1)


def announce(settings: Settings) -> None:
    """Say where the form is and, while there is no editor, how the first one is made."""
    with transaction() as session:
        open_calls = [found.call for found in loading.everything(session) if found.is_open()]
        token = invitations.invite_first(session)
    for call in open_calls:
        print(f"The form:  {settings.base_url}/de/calls/{call.slug}/apply")
    print(f"The desk:  {settings.base_url}/desk/")
    if token:
        print("There is no editor yet. Make the first one here (once, within a day):")
        print(f"  {settings.base_url}/desk/welcome/{token}")
    if settings.smtp_url is None:
        print("No AUFRUF_SMTP_URL is set: mails wait, readable, at the desk.")
    sys.stdout.flush()


def listen(
    settings: Settings, host: str, port: int, workers: int, *, factory: str = "app.main:from_environment"
) -> None:
    """Run uvicorn until it is told to stop. Raises Failed when the port is taken."""
    logs.configure()
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise Failed(f"cannot listen on {host} port {port}: {error.strerror}; choose another with --port") from None
    database.engine().dispose()
    uvicorn.run(
        factory,
        factory=True,
        host=host,
        port=port,
        workers=workers,
        **uvicorn_options(trusted_proxies=settings.trusted_proxies),
    )


@cli.command()
def worker() -> None:
    """Do the work that waits: texts, index, mail, daily chores; until it is told to stop."""
    settings = connected()
    logs.configure()
    asyncio.run(work_until_stopped(settings))


async def work_until_stopped(settings: Settings) -> None:
    hands = work.worker(settings, Storage(settings.storage))
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, hands.stop)
    await hands.run()


@cli.command()
def migrate(
    check: Annotated[bool, typer.Option("--check", help="Only say whether models and migrations agree.")] = False,
) -> None:
    """Bring the database to this version's schema."""
    if check:
        check_migrations()
        return
    connected(current=False)
    tell = progress.shown("steps of the schema")
    migrations.upgrade(database.engine(), tell=tell)
    tell(0, 0)


def check_migrations() -> None:
    """Raises Failed with the differences between the models and a database made by the migrations."""
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as folder:
        engine = database.connect(f"sqlite:///{folder}/check.db")
        migrations.upgrade(engine)
        if found := migrations.differences(engine):
            raise Failed("\n".join(["models and migrations differ:", *found]))
        engine.dispose()


@editor_cli.command("add")
def editor_add(
    email: str,
    name: Annotated[str, typer.Option()],
    role: Annotated[Role, typer.Option()],
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password from standard input.")
    ] = False,
) -> None:
    """Add an editor; without a password a one-time link is printed that sets it."""
    settings = connected()
    password = sys.stdin.readline().rstrip("\n") if password_stdin else None
    with transaction() as session:
        try:
            editor = editors.add(session, email=email, name=name, role=role, password=password)
        except (ValueError, editors.EditorExists) as error:
            raise Failed(str(error)) from None
        token = None if password else invitations.invite(session, editor)
    if token:
        print(f"{settings.base_url}/desk/welcome/{token}")


@editor_cli.command("list")
def editor_list(as_json: Json = False) -> None:
    """List the editors."""
    connected()
    with reading() as session:
        rows = [
            {"email": each.email, "name": each.name, "role": each.role.value, "disabled": bool(each.disabled_at)}
            for each in editors.listing(session)
        ]
    table(rows, as_json)


@editor_cli.command("disable")
def editor_disable(email: str) -> None:
    """Take an editor's access away; what they wrote stays."""
    connected()
    change_editor(email, lambda session, editor: editors.disable(session, editor))


@editor_cli.command("reset")
def editor_reset(email: str) -> None:
    """Print a one-time link with which an editor sets a new password."""
    settings = connected()
    token = change_editor(email, lambda session, editor: invitations.invite(session, editor))
    print(f"{settings.base_url}/desk/welcome/{token}")


def change_editor(email: str, change: Callable[[Any, Editor], Any]) -> Any:
    with transaction() as session:
        editor = editors.find(session, email)
        if editor is None:
            raise Failed(f"there is no editor {printable(email)}; see `aufruf editor list`")
        return change(session, editor)


@call_cli.command("load")
def call_load(file: Annotated[Path, typer.Argument(exists=True, dir_okay=False)]) -> None:
    """Take a call's file into the database, in place of an earlier version of it."""
    connected()
    with transaction() as session:
        found = loading.load_file(session, file)
    print(found.call.slug)


@call_cli.command("list")
def call_list(as_json: Json = False) -> None:
    """List the calls."""
    connected()
    with reading() as session:
        rows = [
            {"slug": each.call.slug, "open": each.is_open(), "closes": each.call.closes_on}
            for each in loading.everything(session)
        ]
    table(rows, as_json)


@mail_cli.command("send")
def mail_send() -> None:
    """Empty the outbox once: everything that is due and can be sent now."""
    settings = connected()
    logs.configure()
    if settings.smtp_url is None:
        raise Failed("AUFRUF_SMTP_URL is not set; mails wait in the outbox")
    try:
        print(asyncio.run(empty_outbox(settings)))
    except delivery.ServerAway as error:
        raise Failed(f"the mail server cannot be reached: {error}") from None


async def empty_outbox(settings: Settings) -> str:
    sent = deferred = failed = 0
    tell = progress.shown("mails")
    while True:
        done = await delivery.deliver_due(settings)
        sent, deferred, failed = sent + done.sent, deferred + done.deferred, failed + done.failed
        tell(sent + deferred + failed)
        if not (done.sent or done.deferred or done.failed):
            tell(0, 0)
            return f"sent {sent}, deferred {deferred}, failed {failed}"


@cli.command("fsck")
def fsck_command(
    repair: Annotated[bool, typer.Option("--repair", help="Remove orphans that are a day old.")] = False,
    as_json: Json = False,
) -> None:
    """Compare rows and stored bytes; names what is missing, damaged or belongs to nobody."""
    settings = connected()
    found = fsck.look(Storage(settings.storage), repair=repair, tell=progress.shown("documents and pages"))
    table([{"problem": each.problem, "key": each.key, "what": each.what} for each in found.problems], as_json)
    if found.damage:
        raise Failed(f"{found.damage} documents are missing or damaged: restore them from a backup")


@cli.command()
def doctor(as_json: Json = False) -> None:
    """Look whether everything that the service needs is there and answers."""
    settings = load()
    database.connect(settings.database)
    found = operations.examination(settings, Storage(settings.storage))
    table([{"check": name, "result": problem or "ok"} for name, problem in found.items()], as_json)
    if any(found.values()):
        raise Failed("not everything is well; see above")


LIVED_THROUGH = 2000  # more invented applications than these are only there to be many


@cli.command()
def demo(port: Port = 8000, applications: Annotated[int, typer.Option(min=1, max=200_000)] = 300) -> None:
    """The same on throw-away data: invented applications in every state, and a link that signs in."""
    from tempfile import TemporaryDirectory

    from app import demonstration, demonstration_course, demonstration_door

    with TemporaryDirectory(prefix="aufruf-demo-") as folder:
        os.environ[f"{PREFIX}DATA_DIR"] = folder
        os.environ[f"{PREFIX}DATABASE_URL"] = ""
        os.environ[f"{PREFIX}STORAGE_URL"] = ""
        os.environ[f"{PREFIX}SMTP_URL"] = ""
        os.environ.setdefault(f"{PREFIX}BASE_URL", f"http://127.0.0.1:{port}")
        settings = connected(current=False)
        migrations.upgrade(database.engine())
        demonstration.fill(settings, applications, tell=progress.shown("invented applications"))
        if applications <= LIVED_THROUGH:
            demonstration_course.live(settings)
        print(
            f"The form:  {settings.base_url}/de/calls/caucasus-experts/apply\n"
            f"The desk, signed in:  {settings.base_url}{demonstration_door.ADDRESS}",
            flush=True,
        )
        listen(settings, "127.0.0.1", port, 1, factory="app.demonstration_door:application")
