"""What is kept, why, how long; and how accessible the site is."""

from datetime import date
from typing import Any

from fastapi import APIRouter, Request, Response

from app.applications.form import PRIVACY_VERSION
from app.calls import loading
from app.calls.pages import Language
from app.database import reading
from app.web.access import PUBLIC
from app.web.templating import render

router = APIRouter(dependencies=[PUBLIC])

# When somebody last went through the accessibility statement, point by point.
STATEMENT_CHECKED = date(2026, 11, 25)


@router.get("/{lang}/privacy")
def privacy(request: Request, lang: Language) -> Response:
    return notice(request, "privacy/privacy.html")


@router.get("/{lang}/accessibility")
def accessibility(request: Request, lang: Language) -> Response:
    return notice(request, "privacy/accessibility.html")


def notice(request: Request, template: str) -> Response:
    with reading() as session:
        calls = [found.call for found in loading.everything(session)]
    organisation = calls[0].organisation if calls else "Aufruf"
    shown: dict[str, Any] = {"version": PRIVACY_VERSION, "checked_on": STATEMENT_CHECKED}
    return render(request, template, calls=calls, organisation=organisation, **shown)
