"""The page for who has lost the private link."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Form, Request, Response

from app.accounts import rates
from app.applications import form, lost_links
from app.applications.form import FieldError
from app.calls.pages import Language
from app.database import transaction
from app.web.access import PUBLIC
from app.web.errors import see_other
from app.web.templating import render, translator

router = APIRouter(dependencies=[PUBLIC])


@router.get("/{lang}/lost-link")
def lost_link_page(request: Request, lang: Language, asked: Literal["yes"] | None = None) -> Response:
    return answer(request, asked=bool(asked))


@router.post("/{lang}/lost-link")
def lost_link(
    request: Request,
    lang: Language,
    email: Annotated[str, Form(max_length=320)] = "",
    step: Annotated[str, Form(max_length=20)] = "",
) -> Response:
    """The same answer whether there is an application or not; a mail goes to the address if there is."""
    if step == "language":
        return answer(request, email=email) if email else see_other(f"/{lang}/lost-link")
    rates.check(request, "lost-link", limit=10, seconds=3600)
    if form.email_key(email.strip()) is None:
        _ = translator(lang)
        wrong = FieldError("email", _("This e-mail address does not look right: it should be like name@example.org"))
        return answer(request, status=422, email=email, errors=[wrong])
    with transaction() as session:
        lost_links.ask(session, email.strip())
    return answer(request, asked=True)


def answer(
    request: Request, *, status: int = 200, email: str = "", errors: list[FieldError] | None = None, asked: bool = False
) -> Response:
    context: dict[str, Any] = {"email": email, "errors": errors or [], "asked": asked}
    context["here"] = "lost-link?asked=yes" if asked else "lost-link"
    return render(request, "applications/lost_link.html", status=status, **context)
