"""Check, then send: everything as the editors will see it, each part with a way to change it, and one button."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from math import ceil
from types import MappingProxyType
from typing import Annotated
from uuid import UUID

from anyio.to_thread import run_sync
from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from app.accounts import rates
from app.applications import cleaning, form, guarding, submission
from app.applications.arriving import Busy
from app.applications.draft_pages import OpenDraft, Told, open_draft
from app.applications.form import ApplicationForm
from app.applications.form_page import Here, here_of, missing, show
from app.calls.definition import CallDefinition, WantedDocument
from app.calls.pages import Language
from app.database import reading, transaction
from app.documents import keeping, pictures
from app.documents.kinds import Kind
from app.documents.models import Document, DocumentPage, PageNumber, PicturesState, TextState
from app.documents.storage import Storage
from app.web.access import PRIVATE_LINK
from app.web.errors import NotFound, see_other
from app.web.templating import filters, render, translator

router = APIRouter()


class SendForm(BaseModel):
    model_config = ConfigDict(extra="forbid")

    seen: str = Field("", max_length=64)
    shown: str = Field("", max_length=100)
    proof: str = Field("", max_length=20)


@dataclass(frozen=True)
class Row:
    """One answer as it is shown: which field it is, what it is called, what was given."""

    field_id: str
    label: str
    text: str = ""
    links: list[str] = field(default_factory=list)
    prose: bool = False


@dataclass
class Shown:
    """One document with the pictures of its pages, as far as they have been drawn."""

    wanted: WantedDocument
    document: Document
    pages: list[DocumentPage] = field(default_factory=list)

    @property
    def drawing(self) -> bool:
        return self.document.pictures_state is PicturesState.WAITING


@router.get("/{lang}/drafts/{token}/check", dependencies=[PRIVATE_LINK])
async def check_page(request: Request, lang: Language, token: str, told: Told | None = None) -> Response:
    it = await run_sync(open_draft, request, lang, token)
    await cleaning.look(request, token, it.page.found.id)
    return await run_sync(partial(show_check, it, told=told))


@router.post("/{lang}/drafts/{token}/documents/{kind}/clean", dependencies=[PRIVATE_LINK])
async def clean(request: Request, lang: Language, token: str, kind: Kind) -> Response:
    """Put the same document without what it tells besides its text in its place."""
    it = await run_sync(open_draft, request, lang, token)
    await run_sync(partial(rates.check, request, "clean", limit=60, seconds=600))
    try:
        done = await cleaning.clean(request, token, it.page.found.id, kind)
    except Busy as busy:
        return await run_sync(partial(not_now, it, kind, busy))
    return see_other(f"{it.address}/check?told={'removed' if done else 'not_removed'}")


def not_now(it: OpenDraft, kind: Kind, busy: Busy) -> Response:
    """The page once more, with the reason beside the document: everything is as it was."""
    answer = show_check(it, wrong={kind: busy.told(translator(it.page.lang))[1]}, status=503)
    answer.headers["Retry-After"] = str(busy.retry_after)
    return answer


@router.get("/{lang}/drafts/{token}/documents/{document_id}/{number}.webp", dependencies=[PRIVATE_LINK])
def page_picture(request: Request, lang: Language, token: str, document_id: UUID, number: PageNumber) -> Response:
    """The picture of one page of the draft's own documents, as the editors will see it."""
    it = open_draft(request, lang, token)
    with reading() as session:
        mine = document_id in {each.id for each in keeping.of_draft(session, it.draft.id)}
        page = session.get(DocumentPage, (document_id, number)) if mine else None
    if page is None:
        raise NotFound
    storage: Storage = request.app.state.storage
    try:
        file = storage.open(page.storage_key)
    except FileNotFoundError:
        raise NotFound from None
    pieces = iter(lambda: file.read(64_000), b"")
    return StreamingResponse(pieces, media_type="image/webp", headers={"Content-Length": str(page.size)})


@router.post("/{lang}/drafts/{token}/send", dependencies=[PRIVATE_LINK])
def send(request: Request, lang: Language, token: str, pressed: Annotated[SendForm, Form()]) -> Response:
    """Send what was shown. When it has changed since, on another device perhaps, it is shown once more instead."""
    it = open_draft(request, lang, token)
    rates.check(request, "apply", limit=60, seconds=600)
    here = here_of(it.page, token)
    if pressed.seen != seen(it, here):
        return show_check(it, changed=True, status=409)
    typed = form.parse(it.draft.fields or {}, it.page.found.call)
    if form.check(typed, it.page.found.call, translator(lang)) or missing(it.page, here, []):
        return show_check(it)
    if guarding.one_more(it.page.settings) and not guarding.solved(token, pressed.proof):
        left = guarding.still_to_wait(it.page.settings, token, pressed.shown)
        if left:
            return wait(it, pressed, seconds=left)
    try:
        with transaction() as session:
            sent = submission.submit(
                session,
                token=token,
                form=typed,
                call_id=it.page.found.id,
                call=it.page.found.call,
                language=lang,
                settings=it.page.settings,
                as_shown=pressed.seen,
            )
    except submission.ChangedMeanwhile:
        return show_check(open_draft(request, lang, token), changed=True, status=409)
    except submission.Incomplete:
        return show_check(it)
    return see_other(f"/{lang}/applications/{sent.secret}")


def wait(it: OpenDraft, pressed: SendForm, *, seconds: float) -> Response:
    """In a rush: the page once more. Whoever has looked at it for half a minute is let through."""
    answer = show_check(it, shown=pressed.shown, status=429)
    answer.headers["Retry-After"] = str(ceil(seconds))
    return answer


def show_check(
    it: OpenDraft,
    *,
    changed: bool = False,
    shown: str = "",
    told: Told | None = None,
    wrong: Mapping[Kind, str] = MappingProxyType({}),
    status: int = 200,
) -> Response:
    """The page, or the form when something is missing or wrong; `wrong`: what could not be done with a document."""
    call, here = it.page.found.call, here_of(it.page, it.token)
    typed = form.parse(it.draft.fields or {}, call)
    errors = [*form.check(typed, call, translator(it.page.lang)), *missing(it.page, here, [])]
    if errors:
        return show(it.page, typed, token=it.token, errors=errors, kept=True, status=422)
    documents = [Shown(wanted, here.documents[wanted.kind]) for wanted in call.documents]
    draw(documents, drawn_when_opened=it.page.settings.draw_pages == "opened")
    return render(
        it.page.request,
        "applications/check.html",
        status=status,
        call=call,
        text=call.text(it.page.lang),
        organisation=call.organisation,
        address=it.address,
        rows=rows(typed, call, it.page.lang),
        documents=documents,
        keep=typed.keep,
        seen=seen(it, here),
        changed=changed,
        told=told,
        wrong=wrong,
        waiting=status == 429,
        shown=standing(it, shown),
        token=it.token,
        sum_bits=guarding.SUM_BITS if guarding.rush(it.page.settings) else 0,
        here=f"drafts/{it.token}/check",
    )


def standing(it: OpenDraft, shown: str) -> str:
    """Since when somebody has looked at the page, signed; from now on where that is not known."""
    known = guarding.seconds_since(it.page.settings, "check", it.token, shown) is not None
    return shown if known else guarding.stamp(it.page.settings, "check", it.token)


def draw(documents: list[Shown], *, drawn_when_opened: bool) -> None:
    """Find the pictures of the documents' pages; have those drawn that nobody has asked for yet."""
    new = [shown.document for shown in documents if shown.document.text_state is TextState.WAITING]
    undrawn = [shown.document for shown in documents if shown.drawing and drawn_when_opened]
    if new or undrawn:
        with transaction() as session:
            keeping.have_read(session, new, sent=False)
            keeping.have_drawn(session, undrawn, sent=False)
    with reading() as session:
        for shown in documents:
            shown.pages = pictures.of_document(session, shown.document.id)


def rows(typed: ApplicationForm, call: CallDefinition, lang: str) -> list[Row]:
    """The answers in the order of the form; of what may be left out, only what was given."""
    _ = translator(lang)
    words = filters(lang)
    regions = {region.key: region.names[lang] for region in call.regions}
    topics = {topic.key: topic.names[lang] for topic in call.topics}
    found = [
        Row("name", _("First and last name"), typed.name),
        Row("latin_name", _("Name in Latin letters"), typed.latin_name),
        Row("pen_name", _("Pen name"), typed.pen_name),
        Row("email", _("E-mail address"), typed.email),
        Row("safe_contact", _("How to reach you safely"), typed.safe_contact, prose=True),
        Row("country", _("Country where you live"), words["country_name"](typed.country) if typed.country else ""),
        Row("regions", _("Regions"), words["join_list"](regions[key] for key in typed.regions)),
        Row("languages", _("Languages you write in"), words["join_list"](map(words["language_name"], typed.languages))),
        Row("topics", _("Topics"), words["join_list"](topics[key] for key in typed.topics)),
        Row("about", _("A few sentences about you"), typed.about, prose=True),
        Row("links", _("Links to what you have published"), links=typed.links),
    ]
    for question in call.questions:
        answer = typed.answers.get(question.key, "")
        found.append(Row(f"q_{question.key}", question.label[lang], answer, prose=question.kind == "long"))
    return [row for row in found if row.text or row.links]


def seen(it: OpenDraft, here: Here) -> str:
    return submission.fingerprint(it.draft, here.documents.values())
