"""What is sent from the private page: messages, answers, documents in place of earlier ones."""

import re
from contextlib import suppress
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from anyio.to_thread import run_sync
from fastapi import APIRouter, Query, Request, Response
from sqlmodel import Session
from starlette.requests import ClientDisconnect

from app.accounts import rates
from app.applications import announcing, cleaning, drafts, private, refusals, replying, thread
from app.applications.arriving import Busy
from app.applications.form import FieldError
from app.applications.private_pages import Attempt, Page, open_page, show
from app.applications.reply_intake import Replied, ReplyIntake
from app.calls.pages import Language
from app.database import DatabaseAway, reading, transaction
from app.documents.kinds import Kind
from app.documents.models import Document
from app.documents.receiving import Malformed, boundary_of
from app.documents.storage import StorageAway
from app.web.access import PRIVATE_LINK
from app.web.errors import NotFound, TooManyRequests, see_other
from app.web.pacing import BodyTooLarge, SlowBody
from app.web.templating import translator

router = APIRouter()

# Addresses whose bodies carry documents.
TAKES_DOCUMENTS = re.compile(r"/[a-z]{2}/applications/[^/]+/(?:messages|documents)")
DROP = "drop-"
Token = Annotated[str, Query(alias="reply", pattern=f"(?:{drafts.TOKEN.pattern})|^$")]


@dataclass
class Sending:
    """One form being sent: where from, under which token, what it answers, or that it replaces a document."""

    page: Page
    token: str
    kinds: dict[str, Kind]  # its document controls, and what comes by each
    answers: UUID | None = None
    replacing: bool = False


@router.post("/{lang}/applications/{secret}/messages", dependencies=[PRIVATE_LINK])
async def write(
    request: Request, lang: Language, secret: str, token: Token = "", answers: UUID | None = None
) -> Response:
    """A message, or the answer to what was asked for: `text`, `attachments`, and `document`, which was asked for."""
    page = await run_sync(open_page, request, lang, secret)
    asking = next((each for each in page.talk.open if each.id == answers), None)
    kinds = {"attachments": Kind.ATTACHMENT}
    if answers:
        kinds["document"] = replying.kind_of(asking) or Kind.ATTACHMENT
    return await take(Sending(page, token or drafts.new_token(), kinds, answers))


@router.post("/{lang}/applications/{secret}/documents", dependencies=[PRIVATE_LINK])
async def replace(request: Request, lang: Language, secret: str) -> Response:
    """A document in place of an earlier one: its control is named by its kind."""
    page = await run_sync(open_page, request, lang, secret)
    kinds = {wanted.kind.value: wanted.kind for wanted in page.it.call.documents}
    return await take(Sending(page, drafts.new_token(), kinds, replacing=True))


async def take(sending: Sending) -> Response:
    """Read the body, then do what it says, or show the page again with all that came."""
    request = sending.page.request
    intake = ReplyIntake(
        sending.page.secret,
        sending.token,
        kinds=sending.kinds,
        words=not sending.replacing,
        storage=request.app.state.storage,
        max_bytes=sending.page.max_bytes,
    )
    try:
        await run_sync(lambda: rates.check(request, "reply", limit=60, seconds=600))
    except TooManyRequests as error:
        intake.store_nothing(error)
    try:
        boundary = boundary_of(request.headers.get("content-type", ""))
        await intake.read(boundary, request.stream())
        if intake.replied.clean and not intake.replied.step:
            await clean(sending, intake.replied)
    except ClientDisconnect:
        return Response(status_code=400)  # nobody is there to read it
    except (Malformed, BodyTooLarge, SlowBody, StorageAway, DatabaseAway, Busy, TooManyRequests) as error:
        return await run_sync(broken_off, sending, intake.replied, error)
    return await run_sync(finish, sending, intake.replied)


async def clean(sending: Sending, replied: Replied) -> None:
    """Have what has come tell nothing besides its text; what cannot is named. Raises StorageAway, Busy."""
    left = await cleaning.clean_all(sending.page.request, await run_sync(waiting, sending))
    replied.not_cleaned = [document.name for document in left]


def finish(sending: Sending, replied: Replied) -> Response:
    """The body is whole: do what it says, or say what is missing."""
    _ = translator(sending.page.lang)
    if replied.step.startswith(DROP):
        return drop(sending, replied)
    if replied.step == "language":
        return switch(sending, replied)
    if replied.unprintable:
        return again(sending, replied, 422, "text", refusals.unprintable(sending.page.lang))
    if len(replied.text) > thread.TEXT_LENGTH:
        return again(sending, replied, 422, "text", _("The text is too long: at most 5,000 characters"))
    if replied.refused or replied.too_many or replied.not_cleaned:
        return again(sending, replied, 422)
    try:
        with transaction() as session:
            act(session, sending, replied.text)
    except replying.NothingSent:
        return again(sending, replied, 422, *what_is_missing(sending))
    except replying.NoLongerAsked:
        sending.answers = None
        words = _("This is no longer asked for. What you wrote stands below; send it as a message if you wish.")
        return again(sending, replied, 409, "text", words)
    except replying.NotReplaceable:
        words = _("The review has begun: this document cannot be replaced any more. Send it with a message instead.")
        return again(sending, replied, 409, "attachments", words)
    except DatabaseAway as error:
        return broken_off(sending, replied, error)
    told = "document" if sending.replacing else "answer" if sending.answers else "message"
    return see_other(f"{sending.page.address}?told={told}#told")


def drop(sending: Sending, replied: Replied) -> Response:
    """The page again, without a document that had come and is not to be sent."""
    try:
        with transaction() as session:
            application = private.find(session, sending.page.secret, for_update=True)
            if application is None:
                raise NotFound
            replying.drop(session, application, sending.token, replied.step.removeprefix(DROP))
    except DatabaseAway as error:
        return broken_off(sending, replied, error)
    return switch(sending, replied)


def switch(sending: Sending, replied: Replied) -> Response:
    """The page in the language that the address names, with what was written and has come."""
    if sending.answers not in {each.id for each in sending.page.talk.open}:
        sending.answers = None
    if not (replied.text or replied.refused or waiting(sending)):
        return see_other(sending.page.address)
    return again(sending, replied, 422 if replied.refused else 200)


def act(session: Session, sending: Sending, text: str) -> None:
    """Send the message, or replace the document. Raises what replying.py raises."""
    application = private.find(session, sending.page.secret, for_update=True)
    if application is None:
        raise NotFound
    settings = sending.page.settings
    if sending.replacing:
        replying.replace(session, application, sending.token, settings=settings)
    else:
        replying.send(session, application, sending.token, text=text, answers=sending.answers, settings=settings)


def what_is_missing(sending: Sending) -> tuple[str, str]:
    """The control that is empty and must not be, and what to do about it."""
    _ = translator(sending.page.lang)
    if sending.replacing:
        return next(iter(sending.kinds)), _("Choose a file")
    if kind := sending.kinds.get("document"):
        asked = next((each for each in sending.page.talk.open if each.id == sending.answers), None)
        if asked and replying.kind_of(asked):
            label = announcing.label_of(kind, sending.page.it.call, sending.page.lang)
            return "document", _("%(document)s is missing: choose a file") % {"document": label}
        return "text", _("Write your answer")
    return "text", _("Write something or choose a file")


def broken_off(sending: Sending, replied: Replied, error: Exception) -> Response:
    """The body could not be taken to its end, or not be kept: the page again, with all that came whole."""
    status, words = refusals.broken_off(error, sending.page.max_bytes, sending.page.lang)
    answer = again(sending, replied, status, "", words)
    if seconds := refusals.retry_after(error):
        answer.headers["Retry-After"] = str(seconds)
    return answer


def again(sending: Sending, replied: Replied, status: int, control: str = "", words: str = "") -> Response:
    """The page with what was written, what has been received, and what is wrong."""
    page = sending.page
    _ = translator(page.lang)
    errors = [FieldError(control_id(sending, control), words)] if words else []
    for name, file, refused in replied.refused:
        told = f"{file}: {refusals.message(refused, page.max_bytes, page.lang)}"
        errors.append(FieldError(control_id(sending, name), told))
    for file in replied.not_cleaned:
        told = _("What this file tells besides its text could not be removed. Save it anew, or send it as it is.")
        errors.append(FieldError(control_id(sending, "attachments"), f"{file}: {told}"))
    if replied.too_many:
        told = _("There are too many documents here already. Please write to us instead.")
        errors.append(FieldError(control_id(sending, "attachments"), told))
    received = [] if sending.replacing else waiting(sending)
    if sending.replacing:
        let_go(sending)
    attempt = Attempt(sending.token, sending.answers, replied.text, received, errors, clean=bool(replied.clean))
    return show(page, attempt=attempt, status=status)


def control_id(sending: Sending, control: str) -> str:
    """The id of a control on the page: those of a request carry its id, a form's own problem leads to the form."""
    if sending.replacing:
        return control or next(iter(sending.kinds))
    base = control or "form"
    return f"{base}-{sending.answers}" if sending.answers else base


def waiting(sending: Sending) -> list[Document]:
    """What has come for this form and is kept; nothing when the database is away."""
    with suppress(DatabaseAway), reading() as session:
        application = private.find(session, sending.page.secret)
        return replying.staged(session, application, sending.token) if application else []
    return []


def let_go(sending: Sending) -> None:
    """A document that was to replace another and could not is not kept."""
    with suppress(DatabaseAway), transaction() as session:
        if application := private.find(session, sending.page.secret, for_update=True):
            replying.forget(session, application, sending.token)
