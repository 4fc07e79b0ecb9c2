"""The receipt of an application, and the page that checks one."""

from typing import Annotated, Any

import segno
from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import JSONResponse
from markupsafe import Markup

from app.accounts import rates
from app.applications import private, receipts
from app.calls.pages import Language
from app.database import reading, utcnow
from app.settings import Settings
from app.web.access import PRIVATE_LINK, PUBLIC
from app.web.errors import NotFound, see_other
from app.web.templating import render

router = APIRouter()

LONGEST = 20_000
KEYS = "/.well-known/receipt-keys.json"


@router.get("/{lang}/applications/{secret}/receipt", dependencies=[PRIVATE_LINK])
def receipt_page(request: Request, lang: Language, secret: str) -> Response:
    """The receipt, to be printed or kept."""
    rates.check(request, "private", limit=300, seconds=600)
    settings: Settings = request.app.state.settings
    with reading() as session:
        shown = private.open_link(session, secret, settings=settings)
    if shown is None:
        raise NotFound
    receipt = private.receipt_of(shown, base_url=settings.base_url, issued_at=utcnow())
    code = receipts.block(receipts.sign(receipt, settings.keys))
    link = f"{settings.base_url}/{lang}/applications/{secret}"
    context: dict[str, Any] = {
        "organisation": shown.call.organisation,
        "secret": secret,
        "it": shown,
        "receipt": receipt,
        "code": code,
        "link": link,
        "qr": qr(link),
        "keys": settings.base_url + KEYS,
        "verify": f"{settings.base_url}/{lang}/verify",
    }
    return render(request, "applications/receipt.html", **context)


def qr(link: str) -> Markup:
    """The private page's address to be read by a telephone, as SVG."""
    drawn = segno.make(link, error="m", micro=False).svg_inline(svgclass="qr", lineclass="", omitsize=True)
    return Markup(drawn)  # noqa: S704 - drawn here, from our own address


@router.get("/{lang}/verify", dependencies=[PUBLIC])
def verify_page(request: Request, lang: Language) -> Response:
    return answer(request)


@router.post("/{lang}/verify", dependencies=[PUBLIC])
def verify(
    request: Request,
    lang: Language,
    receipt: Annotated[str, Form(max_length=LONGEST)] = "",
    step: Annotated[str, Form(max_length=20)] = "",
) -> Response:
    """Check a receipt that somebody pasted; nothing of it is kept."""
    rates.check(request, "verify", limit=20, seconds=600)
    settings: Settings = request.app.state.settings
    found = receipts.verify(receipt, settings.keys) if receipt.strip() else None
    if step == "language" and not found:
        return answer(request, typed=receipt) if receipt else see_other(f"/{lang}/verify")
    return answer(request, typed=receipt, found=found, asked=True, status=200 if found else 422)


def answer(request: Request, *, status: int = 200, typed: str = "", found: Any = None, asked: bool = False) -> Response:
    return render(
        request, "applications/verify.html", status=status, typed=typed, found=found, asked=asked, keys_address=KEYS
    )


@router.get(KEYS, dependencies=[PUBLIC])
def keys(request: Request) -> Response:
    """The public keys by which receipts can be checked elsewhere."""
    settings: Settings = request.app.state.settings
    return JSONResponse(receipts.published(settings.keys), media_type="application/jwk-set+json")
