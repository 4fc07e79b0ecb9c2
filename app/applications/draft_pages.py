"""A draft's own pages: back to the form, the ways back to it, forgetting it; and saving while somebody types.

The address carries the draft's token: whoever has it has the draft, and nobody else finds it.
"""

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from anyio.to_thread import run_sync
from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import ClientDisconnect

from app.accounts import rates
from app.applications import draft_mail, drafts, form, phrases, uploads
from app.applications.form import email_key
from app.applications.form_page import Page, here_of, open_page, show
from app.applications.intake import Intake
from app.applications.models import Draft
from app.applications.refusals import message
from app.calls import loading
from app.calls.pages import Language
from app.database import reading, transaction
from app.documents.receiving import Malformed
from app.web.access import PRIVATE_LINK, PUBLIC
from app.web.errors import Elsewhere, Gone, NotFound, see_other
from app.web.pacing import BodyTooLarge
from app.web.templating import filters, render, source_of, translator

router = APIRouter()

Told = Literal["removed", "not_removed"]  # of what a document told: pages say how it went


@dataclass
class OpenDraft:
    """A draft that was not sent."""

    page: Page
    draft: Draft
    token: str

    @property
    def address(self) -> str:
        return f"/{self.page.lang}/drafts/{self.token}"


class LinkForm(BaseModel):
    model_config = ConfigDict(extra="forbid")

    email: str = Field("", max_length=320)
    remind: str = Field("", max_length=10)
    step: str = Field("", max_length=20)


class WordsForm(BaseModel):
    model_config = ConfigDict(extra="forbid")

    phrase: str = Field("", max_length=500)
    step: str = Field("", max_length=20)


class CallClosed(Gone):
    """The draft is still here although its call is closed: it can be erased, and that is all."""

    def __init__(self, ask: str, address: str) -> None:
        super().__init__(ask)
        self.erase = f"{address}/forget"


def open_draft(request: Request, lang: str, token: str) -> OpenDraft:
    """The draft of an address. Raises NotFound, CallClosed, and Elsewhere when it has become an application."""
    it = unsent_draft(request, lang, token)
    if not it.page.found.is_open():
        raise CallClosed(it.page.found.call.questions_address, it.address)
    return it


def unsent_draft(request: Request, lang: str, token: str) -> OpenDraft:
    """The same, whether its call is open or closed. Raises NotFound, Elsewhere."""
    rates.check(request, "draft", limit=600, seconds=600)
    with reading() as session:
        draft = drafts.open_link(session, token) if drafts.TOKEN.match(token) else None
        if draft is None:
            raise NotFound
        if drafts.application_of(session, draft.id) is not None:
            raise Elsewhere(f"/{lang}/applications/{drafts.secret_of(token)}")
        found = loading.by_id(session, draft.call_id)
    return OpenDraft(Page(request, lang, found), draft, token)


@router.get("/{lang}/drafts/{token}", dependencies=[PRIVATE_LINK])
def draft_page(request: Request, lang: Language, token: str, told: Told | None = None) -> Response:
    """The form with all that was kept."""
    it = open_draft(request, lang, token)
    typed = form.parse(it.draft.fields or {}, it.page.found.call)
    return show(it.page, typed, token=token, kept=True, told=told)


@router.get("/{lang}/drafts/{token}/saved", dependencies=[PRIVATE_LINK])
def saved_page(request: Request, lang: Language, token: str) -> Response:
    """The ways back: the link, the words, a mail. From now on the words open the draft."""
    it = open_draft(request, lang, token)
    if it.draft.phrase_hash is None:
        with transaction() as session:
            drafts.let_phrase_open(session, it.draft.id, token)
    return show_saved(it)


def show_saved(
    it: OpenDraft,
    *,
    error: str | None = None,
    email: str | None = None,
    remind: bool = False,
    status: int = 200,
) -> Response:
    typed = form.parse(it.draft.fields or {}, it.page.found.call)
    told = it.page.request.query_params.get("mail") == "sent"
    return render(
        it.page.request,
        "applications/saved.html",
        status=status,
        call=it.page.found.call,
        organisation=it.page.found.call.organisation,
        address=it.address,
        link=it.page.settings.base_url + it.address,
        words=phrases.phrase_of(it.token).split(),
        go_on=f"{it.page.settings.base_url}/{it.page.lang}/continue",
        until=it.draft.expires_at,
        can_remind=draft_mail.can_remind(it.draft),
        email=typed.email if email is None else email,
        remind=remind,
        error=error,
        here=f"drafts/{it.token}/saved",
        mailed=told and not error,
    )


@router.post("/{lang}/drafts/{token}/mail", dependencies=[PRIVATE_LINK])
def mail_link(request: Request, lang: Language, token: str, wish: Annotated[LinkForm, Form()]) -> Response:
    """The link by mail, and a reminder if wished."""
    it = open_draft(request, lang, token)
    _ = translator(lang)
    address = wish.email.strip()
    if wish.step == "language":
        unchanged = not wish.remind and wish.email == form.parse(it.draft.fields or {}, it.page.found.call).email
        return (
            see_other(f"{it.address}/saved")
            if unchanged
            else show_saved(it, email=wish.email, remind=bool(wish.remind))
        )
    if not email_key(address):
        error = _("This e-mail address does not look right: it should be like name@example.org")
        return show_saved(it, error=error, email=wish.email, remind=bool(wish.remind), status=422)
    rates.check(request, "draft_mail", limit=10, seconds=3600)
    with transaction() as session:
        room = draft_mail.send(session, it.draft, it.page, token=token, recipient=address, remind=bool(wish.remind))
    if not room:
        error = _("The link was sent several times already. Please use one of those mails, or the words.")
        return show_saved(it, error=error, email=address, status=422)
    return see_other(f"{it.address}/saved?mail=sent")


@router.post("/{lang}/drafts/{token}/forget", dependencies=[PRIVATE_LINK])
def forget(request: Request, lang: Language, token: str) -> Response:
    """Erase the draft at once, with all that belongs to it, whether its call is open or closed."""
    it = unsent_draft(request, lang, token)
    with transaction() as session:
        drafts.forget(session, it.draft.id)
    return see_other(f"/{lang}/calls/{it.page.found.call.slug}?draft=forgotten")


@router.get("/{lang}/drafts/{token}/documents", dependencies=[PRIVATE_LINK])
def documents(request: Request, lang: Language, token: str) -> Response:
    """For the form's script: which documents are here, which are on their way, which were refused and why."""
    it = open_draft(request, lang, token)
    here = here_of(it.page, token)
    size = filters(lang)["bytes"]
    limit = it.page.max_bytes
    received = {kind: {"name": each.name, "size": size(each.size)} for kind, each in here.documents.items()}
    under_way = {
        kind: {
            "name": each.name,
            "size": each.size,
            "modified": each.modified,
            "received": each.received,
            "address": f"/uploads/{uploads.secret_of(token, each.id)}",
        }
        for kind, each in here.under_way.items()
    }
    refused = {kind: message(why, limit, lang) for kind, why in here.refused.items()}
    return JSONResponse({"received": received, "under_way": under_way, "refused": refused})


@router.post("/{lang}/calls/{slug}/draft", dependencies=[PUBLIC])
async def save(request: Request, lang: Language, slug: str) -> Response:
    """For the form's script: keep what was typed until now, whatever is missing."""
    page = await run_sync(open_page, request, lang, slug)
    await run_sync(lambda: rates.check(request, "save", limit=600, seconds=600))
    intake = Intake(page.found.id, page.found.call, storage=request.app.state.storage, max_bytes=page.max_bytes)
    try:
        arrived = await intake.read(None, request.stream())
    except ClientDisconnect:
        return Response(status_code=400)
    except (Malformed, BodyTooLarge):
        return JSONResponse({"saved": False}, 422)
    assert arrived.token is not None
    return await run_sync(keep, page, arrived.token, arrived.fields)


def keep(page: Page, token: str, fields: dict[str, list[str]]) -> Response:
    with reading() as session:
        new = drafts.open_link(session, token) is None
    if new:
        rates.check(page.request, "draft_day", limit=rates.DAY_LIMIT, seconds=rates.DAY)
    try:
        with transaction() as session:
            draft = drafts.keep(session, token, page.found.id, fields, source=source_of(page.request))
    except drafts.TooMuch:
        return JSONResponse({"saved": False}, 422)
    told: dict[str, Any] = {"saved": draft is not None, "address": f"/{page.lang}/drafts/{token}"}
    return JSONResponse(told)


@router.get("/{lang}/continue", dependencies=[PUBLIC])
def continue_page(request: Request, lang: Language) -> Response:
    return show_continue(request)


@router.post("/{lang}/continue", dependencies=[PUBLIC])
def go_on(request: Request, lang: Language, typed: Annotated[WordsForm, Form()]) -> Response:
    """By the words to the draft. A wrong phrase is answered the same whatever is wrong with it."""
    if typed.step == "language":
        return show_continue(request, typed.phrase) if typed.phrase else see_other(f"/{lang}/continue")
    rates.check(request, "phrase", limit=20, seconds=600)
    phrase = phrases.read(typed.phrase)
    with reading() as session:
        token = drafts.open_by_phrase(session, phrase) if phrase else None
    if token is not None:
        return see_other(f"/{lang}/drafts/{token}")
    _ = translator(lang)
    error = _("These words lead to nothing. Check each of them; a form that was sent or has expired is not found here.")
    return show_continue(request, typed.phrase, error=error, status=422)


def show_continue(request: Request, phrase: str = "", *, error: str | None = None, status: int = 200) -> Response:
    shown = {"phrase": phrase, "error": error, "words": phrases.WORDS}
    return render(request, "applications/continue.html", status=status, **shown)
