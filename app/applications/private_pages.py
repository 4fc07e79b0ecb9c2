"""The private page: where an application stands, and withdrawing it. What is sent there: reply_pages.py."""

from contextlib import suppress
from dataclasses import dataclass, field
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response

from app.accounts import rates
from app.applications import announcing, drafts, private, replying, telling, thread, withdrawing
from app.applications.form import SAFE_CONTACT_LENGTH, FieldError, one_line_ends
from app.applications.private import PrivatePage
from app.applications.thread import Conversation
from app.calls.pages import Language
from app.database import DatabaseAway, reading, transaction
from app.documents.kinds import Kind
from app.documents.models import Document
from app.settings import Settings
from app.web.access import PRIVATE_LINK
from app.web.errors import NotFound, see_other
from app.web.templating import render, translator

router = APIRouter()

Told = Literal["message", "answer", "document", "safe_contact", "decided"]


@dataclass(frozen=True)
class Page:
    """What the private page shows, read before a body comes: it can be shown again whatever happens."""

    request: Request
    lang: str
    secret: str
    it: PrivatePage
    talk: Conversation
    replaceable: set[Kind]
    settings: Settings

    @property
    def address(self) -> str:
        return f"/{self.lang}/applications/{self.secret}"

    @property
    def max_bytes(self) -> int:
        return min(self.settings.max_document_bytes, (self.it.call.max_document_mb or 1000) * 1_000_000)


@dataclass(frozen=True)
class Attempt:
    """What was written and sent and could not be taken: it stands there again, under its token."""

    token: str
    answers: UUID | None = None
    text: str = ""
    received: list[Document] = field(default_factory=list)
    errors: list[FieldError] = field(default_factory=list)
    clean: bool = False
    safe_contact: str | None = None  # as typed

    @property
    def error_of(self) -> dict[str, str]:
        """The first error of each control."""
        return {error.field_id: error.message for error in reversed(self.errors)}


@router.get("/{lang}/applications/{secret}", dependencies=[PRIVATE_LINK])
def private_page(request: Request, lang: Language, secret: str, told: Told | None = None) -> Response:
    rates.check(request, "private", limit=300, seconds=600)
    page = open_page(request, lang, secret)
    if thread.has_unseen(page.talk, by_applicant=True):
        # Who only reads must not fail because somebody else is writing.
        with suppress(DatabaseAway), transaction() as session:
            thread.seen(session, page.it.id, by_applicant=True)
    return show(page, told=told)


@router.post("/{lang}/applications/{secret}/withdraw", dependencies=[PRIVATE_LINK])
def withdraw(request: Request, lang: Language, secret: str) -> Response:
    rates.check(request, "private", limit=300, seconds=600)
    here = f"/{lang}/applications/{secret}"
    try:
        with transaction() as session:
            if not withdrawing.withdraw(session, secret, settings=request.app.state.settings):
                raise NotFound
    except withdrawing.DecidedMeanwhile:
        return see_other(f"{here}?told=decided#told")
    return see_other(here)


@router.post("/{lang}/applications/{secret}/safe-contact", dependencies=[PRIVATE_LINK])
def change_safe_contact(
    request: Request,
    lang: Language,
    secret: str,
    safe_contact: Annotated[str, Form(max_length=10_000)] = "",
    step: Annotated[str, Form(max_length=20)] = "",
) -> Response:
    """How to be reached safely, anew; an editor who is writing is shown it first."""
    rates.check(request, "private", limit=300, seconds=600)
    words = one_line_ends(safe_contact)
    if step == "language":
        return show(open_page(request, lang, secret), attempt=Attempt(drafts.new_token(), safe_contact=words))
    if len(words) > SAFE_CONTACT_LENGTH:
        _ = translator(lang)
        error = FieldError("safe_contact", _("How to reach you safely is too long: at most 500 characters"))
        attempt = Attempt(drafts.new_token(), errors=[error], safe_contact=words)
        return show(open_page(request, lang, secret), attempt=attempt, status=422)
    with transaction() as session:
        if not private.change_safe_contact(session, secret, words):
            raise NotFound
    return see_other(f"/{lang}/applications/{secret}?told=safe_contact#told")


def open_page(request: Request, lang: str, secret: str) -> Page:
    """What the link opens. Raises NotFound."""
    with reading() as session:
        application = private.find(session, secret)
        if application is None:
            raise NotFound
        it = private.shown(session, application, settings=request.app.state.settings)
        talk = thread.read(session, application, told=it.status)
    kinds = {each.kind for each in it.call.documents if replying.replaceable(it.status, each.kind, talk.open)}
    return Page(request, lang, secret, it, talk, kinds, request.app.state.settings)


def show(page: Page, *, attempt: Attempt | None = None, told: Told | None = None, status: int = 200) -> Response:
    """The page, with what could not be taken where there is something."""
    call = page.it.call
    return render(
        page.request,
        "applications/private.html",
        status=status,
        organisation=call.organisation,
        secret=page.secret,
        address=page.address,
        link=page.settings.base_url + page.address,
        it=page.it,
        talk=page.talk,
        asked={each.id: telling.asked(each, call, page.lang) for each in page.talk.open},
        titles={
            each.request.id: telling.title(each.request, call, page.lang) for each in page.talk.items if each.request
        },
        wanted={each.id: replying.kind_of(each) for each in page.talk.open},
        label=lambda kind: announcing.label_of(kind, call, page.lang),
        replaceable=page.replaceable,
        attempt=attempt or Attempt(drafts.new_token()),
        # Each form has a token of its own, so that what comes by one is never taken for the other's.
        new_token=drafts.new_token,
        told=told,
        here=f"applications/{page.secret}",
        max_bytes=page.max_bytes,
        text_length=thread.TEXT_LENGTH,
    )
