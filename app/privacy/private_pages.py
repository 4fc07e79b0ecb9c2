"""What applicants may do with their data on the private page."""

from typing import Annotated, Literal

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import StreamingResponse
from sqlmodel import Session

from app.accounts import rates
from app.applications import private
from app.applications.models import Application
from app.audit import trail
from app.calls import loading
from app.calls.pages import Language
from app.database import reading, transaction
from app.documents.names import content_disposition
from app.documents.storage import Storage
from app.privacy import export, wishes
from app.web.access import PRIVATE_LINK, PUBLIC
from app.web.errors import NotFound, see_other
from app.web.templating import render, translator

router = APIRouter()


def opened(session: Session, secret: str, *, for_update: bool = True) -> Application:
    """The application of a private link. Raises NotFound."""
    application = private.find(session, secret, for_update=for_update)
    if application is None:
        raise NotFound
    return application


@router.post("/{lang}/applications/{secret}/keep", dependencies=[PRIVATE_LINK])
def keep(request: Request, lang: Language, secret: str, keep: Annotated[Literal["yes", ""], Form()] = "") -> Response:
    rates.check(request, "private", limit=300, seconds=600)
    with transaction() as session:
        wishes.keep(session, opened(session, secret), wished=keep == "yes")
    return see_other(f"/{lang}/applications/{secret}#data")


@router.post("/{lang}/applications/{secret}/erase", dependencies=[PRIVATE_LINK])
def erase(
    request: Request, lang: Language, secret: str, when: Annotated[Literal["now", "week", "never"], Form()] = "week"
) -> Response:
    """Erase now, in a week, or not after all; without a word it is in a week, which can be taken back."""
    rates.check(request, "private", limit=300, seconds=600)
    with transaction() as session:
        application = opened(session, secret)
        if when == "now":
            wishes.erase_now(session, application, settings=request.app.state.settings)
        elif when == "week":
            wishes.erase_later(session, application)
        else:
            wishes.think_again(session, application)
    return see_other(f"/{lang}/erased" if when == "now" else f"/{lang}/applications/{secret}#data")


@router.get("/{lang}/erased", dependencies=[PUBLIC])
def erased(request: Request, lang: Language) -> Response:
    return render(request, "privacy/erased.html")


@router.get("/{lang}/applications/{secret}/export.zip", dependencies=[PRIVATE_LINK])
def export_zip(request: Request, lang: Language, secret: str) -> Response:
    """Everything held about the applicant, as a ZIP."""
    rates.check(request, "export", limit=20, seconds=600)
    storage: Storage = request.app.state.storage
    with transaction() as session:
        application = opened(session, secret)
        trail.record(session, "exported", application=application.id, by_applicant=True)
    with reading() as session:
        application = opened(session, secret, for_update=False)
        organisation = loading.by_id(session, application.call_id).call.organisation
        packed = export.archive(session, application, storage=storage, readme=readme(lang, organisation))
    headers = {"Content-Disposition": content_disposition(f"{application.reference}.zip")}
    return StreamingResponse(iter(packed), media_type="application/zip", headers=headers)


def readme(lang: str, organisation: str) -> str:
    _ = translator(lang)
    text = _(
        "This is everything that %(organisation)s holds about you in Aufruf.\n\n"
        "data.json: what you wrote, what the editors noted, decided and sent, and what happened when. The names of "
        "editors are left out.\n"
        "documents: the files as you sent them."
    )
    return text % {"organisation": organisation} + "\n"
