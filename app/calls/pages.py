"""Public pages of calls."""

import json
from html import escape
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import RedirectResponse

from app.calls import loading
from app.calls.loading import Found
from app.database import reading, utcnow
from app.settings import Settings
from app.web.access import PUBLIC
from app.web.errors import NotFound
from app.web.languages import LANGUAGES, negotiate
from app.web.templating import render

router = APIRouter(dependencies=[PUBLIC])

Language = Annotated[str, Path(pattern="^(de|en|ru|ka|hy|az)$")]
COUNTRIES = {"georgia": "GE", "armenia": "AM", "azerbaijan": "AZ", "north-caucasus": "RU"}


@router.get("/")
def front_door(request: Request) -> Response:
    language = negotiate(request.headers.get("accept-language", ""))
    return RedirectResponse(f"/{language}/", 302, headers={"Vary": "Accept-Language"})


@router.get("/{lang}/")
def open_calls(request: Request, lang: Language) -> Response:
    with reading() as session:
        calls = [found for found in loading.everything(session) if found.is_open()]
    organisation = calls[0].call.organisation if calls else "Aufruf"
    return render(request, "calls/list.html", calls=[found.call for found in calls], organisation=organisation)


@router.get("/{lang}/calls/{slug}")
def call_page(request: Request, lang: Language, slug: str) -> Response:
    with reading() as session:
        found = loading.named(session, slug)
    settings: Settings = request.app.state.settings
    posting = job_posting(found, lang, settings.base_url) if found.is_open() else None
    return render(
        request,
        "calls/call.html",
        call=found.call,
        text=found.call.text(lang),
        is_open=found.is_open(),
        is_to_open=found.is_to_open(),
        forgotten=request.query_params.get("draft") == "forgotten",
        posting=posting,
        organisation=found.call.organisation,
    )


def job_posting(found: Found, lang: str, base_url: str) -> str:
    """The call in the words of schema.org/JobPosting, as JSON that is safe inside a script element."""
    call, text = found.call, found.call.text(lang)
    posting: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "JobPosting",
        "title": text.title,
        "description": "".join(f"<p>{escape(line)}</p>" for line in [text.lead, *text.sought, *text.offered]),
        "datePosted": call.opens_on.isoformat(),
        "employmentType": "CONTRACTOR",
        "directApply": True,
        "applicantLocationRequirements": [
            {"@type": "Country", "name": COUNTRIES[region.key]} for region in call.regions if region.key in COUNTRIES
        ],
        "hiringOrganization": {"@type": "Organization", "name": call.organisation},
        "identifier": {"@type": "PropertyValue", "name": call.organisation, "value": call.slug},
        "url": f"{base_url}/{lang}/calls/{quote(call.slug)}",
    }
    if call.organisation_url:
        posting["hiringOrganization"] = posting["hiringOrganization"] | {"sameAs": str(call.organisation_url)}
    if call.remote:
        posting["jobLocationType"] = "TELECOMMUTE"
    if closes_at := found.closes_at():
        posting["validThrough"] = closes_at.isoformat()
    return json.dumps(posting, ensure_ascii=False).replace("<", "\\u003c").replace("&", "\\u0026")


@router.get("/robots.txt")
def robots() -> Response:
    lines = ["User-agent: *", "Disallow: /desk/", "Disallow: /uploads/"]
    private = ("applications", "drafts")
    lines += [f"Disallow: /{lang}/{part}/" for lang in LANGUAGES for part in private]
    return Response("\n".join(lines) + "\n", media_type="text/plain; charset=utf-8")


@router.get("/.well-known/security.txt")
def security(request: Request) -> Response:
    """RFC 9116: whom to tell about a hole. The date is a year from the start of this month."""
    with reading() as session:
        calls = loading.everything(session)
    if not calls:
        raise NotFound
    expires = utcnow().replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    expires = expires.replace(year=expires.year + 1)
    settings: Settings = request.app.state.settings
    text = (
        f"Contact: mailto:{calls[0].call.editorial_address}\nExpires: {expires:%Y-%m-%dT%H:%M:%SZ}\n"
        f"Preferred-Languages: de, en\nCanonical: {settings.base_url}/.well-known/security.txt\n"
    )
    return Response(text, media_type="text/plain; charset=utf-8")


@router.get("/.well-known/change-password")
def change_password() -> Response:
    return RedirectResponse("/desk/account", 302)


# Last: whatever has a name of its own at this depth is not a language.
@router.get("/{lang}")
def without_slash(lang: Language) -> Response:
    return RedirectResponse(f"/{lang}/", 301)
