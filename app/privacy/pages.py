"""What is kept, why, how long; and how accessible the site is."""

from datetime import date
from typing import Any

from fastapi import APIRouter, Request, Response

from app.applications.form import PRIVACY_VERSION
from app.calls import loading
from app.calls.definition import CallDefinition
from app.calls.pages import Language
from app.database import reading
from app.web.access import PUBLIC
from app.web.templating import render

router = APIRouter(dependencies=[PUBLIC])

# When somebody last went through the accessibility statement, point by point.
STATEMENT_CHECKED = date(2026, 11, 25)


@router.get("/{lang}/privacy")
def privacy(request: Request, lang: Language) -> Response:
    return notice(request, "privacy/privacy.html", lang)


@router.get("/{lang}/accessibility")
def accessibility(request: Request, lang: Language) -> Response:
    return notice(request, "privacy/accessibility.html", lang)


def notice(request: Request, template: str, lang: str) -> Response:
    with reading() as session:
        calls = [found.call for found in loading.everything(session)]
    organisation = calls[0].organisation if calls else "Aufruf"
    shown: dict[str, Any] = {"version": PRIVACY_VERSION, "checked_on": STATEMENT_CHECKED}
    return render(request, template, calls=calls, alike=alike(calls, lang), organisation=organisation, **shown)


def alike(calls: list[CallDefinition], lang: str) -> list[tuple[CallDefinition, list[str]]]:
    """One call of each kind that differs in what the privacy page says, and the titles of all that say the same."""
    kinds: dict[tuple[str, str, int], tuple[CallDefinition, list[str]]] = {}
    for call in calls:
        says = (call.organisation, call.editorial_address, call.retention_months)
        titles = kinds.setdefault(says, (call, []))[1]
        if call.text(lang).title not in titles:
            titles.append(call.text(lang).title)
    return list(kinds.values())
