"""The form as a page: what was typed and received, what is missing or wrong."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from fastapi import Request, Response

from app.applications import drafts, form, guarding, uploads
from app.applications.form import ApplicationForm, FieldError
from app.applications.intake import Arrived
from app.applications.refusals import message
from app.calls import loading
from app.calls.definition import CallDefinition
from app.calls.loading import Found
from app.database import DatabaseAway, reading
from app.documents import keeping
from app.documents.inspection import Reason, Refused
from app.documents.kinds import Kind
from app.documents.models import Document, Upload, UploadState
from app.settings import Settings
from app.web.errors import Gone, NotFound
from app.web.languages import place_in_alphabet
from app.web.templating import filters, render, translator

PASSING = (400, 408, 413, 503)  # the body did not come to its end: what is missing may have been on its way


@dataclass
class Page:
    """What the form's page needs beside the fields."""

    request: Request
    lang: str
    found: Found

    @property
    def settings(self) -> Settings:
        settings: Settings = self.request.app.state.settings
        return settings

    @property
    def max_bytes(self) -> int:
        return max_bytes(self.request, self.found.call)


@dataclass
class Here:
    """What has come for a draft: its documents, and what is on its way or was refused on it."""

    kept: bool
    documents: dict[Kind, Document]
    under_way: dict[Kind, Upload]
    refused: dict[Kind, Refused]


def max_bytes(request: Request, call: CallDefinition) -> int:
    """The most that one document may have."""
    limit: int = request.app.state.settings.max_document_bytes
    return min(limit, (call.max_document_mb or 1000) * 1_000_000)


def open_page(request: Request, lang: str, slug: str) -> Page:
    """The call, open. Raises NotFound, Gone."""
    return Page(request, lang, open_call(slug))


def open_call(slug: str) -> Found:
    """The call, open. Raises NotFound, Gone."""
    with reading() as session:
        found = loading.find(session, slug)
    if found is None:
        raise NotFound
    return still_open(found)


def still_open(found: Found) -> Found:
    """Raises Gone."""
    if not found.is_open():
        raise Gone(ask=found.call.questions_address)
    return found


def show(
    page: Page,
    typed: ApplicationForm,
    *,
    token: str,
    arrived: Arrived | None = None,
    errors: list[FieldError] | None = None,
    kept: bool = False,
    whole: bool = True,
    told: str | None = None,
    status: int = 200,
) -> Response:
    """The form's page; `kept` when a draft is shown again, `whole` when what is missing is to be named."""
    here = here_of(page, token) if arrived or kept else Here(False, {}, {}, {})
    refused = {kind: reason for kind, reason in here.refused.items() if kind not in here.documents}
    refused |= arrived.refused if arrived else {}
    wrong = list(errors or [])
    for kind, refusal in refused.items():
        label = page.found.call.document(kind).label[page.lang]
        wrong.append(FieldError(kind.value, f"{label}: {message(refusal, page.max_bytes, page.lang)}"))
    wrong += missing(page, here, wrong) if arrived and whole and status not in PASSING else []
    order = field_order(page)
    wrong.sort(key=lambda error: order.index(error.field_id) if error.field_id in order else 0)
    context: dict[str, Any] = {
        "call": page.found.call,
        "text": page.found.call.text(page.lang),
        "organisation": page.found.call.organisation,
        "form": typed,
        "draft": token,
        "shown": shown_at(page, token, arrived, kept=kept),
        "trap": guarding.TRAP,
        "passed": passed(page, token, arrived),
        "kept": here.kept,
        "told": told,
        "kept_days": drafts.KEPT.days,
        "received": here.documents,
        "under_way": here.under_way,
        "errors": wrong,
        "error_of": {error.field_id: error.message for error in reversed(wrong)},
        "max_bytes": page.max_bytes,
        "countries": countries_of(page.lang),
    }
    return render(page.request, "applications/form.html", status=status, **context)


@cache
def countries_of(lang: str) -> tuple[tuple[str, str], ...]:
    """Code and name of each country, in the order of the reader's alphabet."""
    name_of = filters(lang)["country_name"]
    named = [(code, name_of(code)) for code in form.countries()]
    return tuple(sorted(named, key=lambda country: place_in_alphabet(country[1], lang)))


def shown_at(page: Page, token: str, arrived: Arrived | None, *, kept: bool) -> str:
    """When the form was first shown, signed; nothing for one that is gone on with."""
    if arrived:
        return sent(arrived, guarding.SHOWN)
    return "" if kept else guarding.stamp(page.settings, "form", token)


def passed(page: Page, token: str, arrived: Arrived | None) -> str:
    """That it was asked why the unseen field was filled in, signed."""
    if arrived is None:
        return ""
    return guarding.passed(page.settings, token, sent(arrived, guarding.TRAP), sent(arrived, guarding.PASSED))


def sent(arrived: Arrived, name: str) -> str:
    """A field's first value as it came."""
    return next(iter(arrived.fields.get(name, ())), "")


def missing(page: Page, here: Here, wrong: list[FieldError]) -> list[FieldError]:
    """Documents that are still to come and that no other error names."""
    _ = translator(page.lang)
    named = {error.field_id for error in wrong}
    return [
        FieldError(
            wanted.kind.value, _("%(document)s is missing: choose a file") % {"document": wanted.label[page.lang]}
        )
        for wanted in page.found.call.documents
        if wanted.kind not in here.documents and wanted.kind.value not in named
    ]


def field_order(page: Page) -> list[str]:
    """The fields from top to bottom."""
    questions = [f"q_{question.key}" for question in page.found.call.questions]
    kinds = [wanted.kind.value for wanted in page.found.call.documents]
    first = ["name", "latin_name", "pen_name", "email", "safe_contact", "country", "regions", "languages", "topics"]
    links = ["links", *(f"links-{number}" for number in range(1, form.OFTEN["links"] + 1))]
    return [*first, "about", *links, *questions, *kinds, "consent", "keep"]


def here_of(page: Page, token: str) -> Here:
    """What has come for a draft, by kind; nothing when the database is away."""
    try:
        with reading() as session:
            draft = drafts.find(session, token, page.found.id)
            documents = keeping.of_draft(session, draft.id) if draft else []
            coming = uploads.of_draft(session, draft.id) if draft else []
    except DatabaseAway:
        return Here(False, {}, {}, {})
    return Here(
        draft is not None,
        {each.kind: each for each in documents},
        {each.kind: each for each in coming if each.state is UploadState.OPEN},
        {each.kind: Refused(Reason(each.reason), each.found) for each in coming if each.reason},
    )
