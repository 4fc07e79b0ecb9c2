"""For those who watch over the service: alive, able to serve."""

import tempfile
from collections.abc import Callable
from datetime import timedelta

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from sqlmodel import col, select

from app import database, migrations
from app.database import reading, utcnow
from app.documents import sandbox
from app.documents.storage import Storage
from app.mail.models import MailState, OutgoingMail
from app.settings import Settings, without_effect
from app.web.access import PUBLIC

router = APIRouter(dependencies=[PUBLIC])

OUTBOX_AGE = timedelta(hours=1)


@router.get("/healthz")
def alive() -> Response:
    return JSONResponse({"status": "ok"})


@router.get("/readyz")
def ready(request: Request) -> Response:
    """Able to serve? 503 with the names of what is not; nothing more is told to strangers."""
    found = checks(request.app.state.settings, request.app.state.storage)
    wrong = sorted(name for name, problem in found.items() if problem)
    headers = {"Retry-After": "30"} if wrong else {}
    status = {name: "failed" if problem else "ok" for name, problem in found.items()}
    return JSONResponse({"status": "unavailable" if wrong else "ok", "checks": status}, 503 if wrong else 200, headers)


def checks(settings: Settings, storage: Storage) -> dict[str, str | None]:
    """Each check with what is wrong, or None: for /readyz."""
    looks: dict[str, Callable[[], str | None]] = {
        "database": database_answers,
        "migrations": schema_is_current,
        "storage": lambda: storage.check(),
        "outbox": lambda: outbox_moves(settings),
    }
    return {name: tried(look) for name, look in looks.items()}


def examination(settings: Settings, storage: Storage) -> dict[str, str | None]:
    """The same and what takes longer: for `aufruf doctor`."""
    return {
        "settings": tried(lambda: settings_have_effect(settings)),
        **checks(settings, storage),
        "sandbox": tried(sandbox_holds),
    }


def settings_have_effect(settings: Settings) -> str | None:
    """A name mistyped would else go unnoticed, and so would one that a later version knows."""
    names = without_effect(settings.data_dir)
    return f"without effect in this version: {', '.join(names)}" if names else None


def sandbox_holds() -> str | None:
    """Whether a child that reads documents is locked in, on this kernel and machine."""
    with tempfile.TemporaryFile() as nothing:
        if sandbox.run("try_to_open", nothing)["locked_in"] is True:
            return None
    return "strangers' documents are read without a filter of system calls: Linux on x86-64 or ARM64 has one"


def tried(look: Callable[[], str | None]) -> str | None:
    try:
        return look()
    except Exception as error:
        # Whatever it is, this is the place where an administrator asks what is wrong.
        return str(error).partition("\n")[0] or type(error).__name__


def database_answers() -> None:
    with reading() as session:
        session.exec(select(1)).one()


def schema_is_current() -> str | None:
    return None if migrations.is_current(database.engine()) else "the schema is not current: run `aufruf migrate`"


def outbox_moves(settings: Settings) -> str | None:
    """Mail that has been due for an hour although a server is set means that nobody is delivering."""
    if settings.smtp_url is None:
        return None
    late = select(OutgoingMail.id).where(
        OutgoingMail.state == MailState.WAITING, col(OutgoingMail.due_at) < utcnow() - OUTBOX_AGE
    )
    with reading() as session:
        return "mail has been waiting for more than an hour" if session.exec(late.limit(1)).first() else None
