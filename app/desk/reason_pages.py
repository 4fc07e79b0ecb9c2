"""Reasons for declining: which are offered, and what they are called."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from pydantic import Field

from app.accounts.permissions import AdminOnly
from app.calls import loading
from app.database import reading, transaction
from app.desk import reasons
from app.desk.showing import DeskForm, show
from app.web.errors import NotFound, see_other
from app.web.templating import translator

router = APIRouter()


class NewReason(DeskForm):
    label: str = Field("", max_length=reasons.LABEL_LENGTH)
    call: str = Field("", max_length=80)


class ChangedReason(DeskForm):
    key: str = Field(max_length=40)
    shown: str = Field("", max_length=500)  # what it was called on the page
    label: str = Field("", max_length=reasons.LABEL_LENGTH)
    offered: str = Field("", max_length=3)


@router.get("/desk/reasons")
def listing(request: Request, editor: AdminOnly) -> Response:
    return answer(request)


def answer(request: Request, *, status: int = 200, error: str | None = None) -> Response:
    with reading() as session:
        calls = loading.everything(session)
        found = reasons.everything(session)
    slugs = {each.id: each.call.slug for each in calls}
    return show(request, "desk/reasons.html", status=status, reasons=found, calls=calls, slugs=slugs, error=error)


@router.post("/desk/reasons")
def add(request: Request, editor: AdminOnly, form: Annotated[NewReason, Form()]) -> Response:
    try:
        with transaction() as session:
            call = loading.find(session, form.call) if form.call else None
            reasons.add(session, label=form.label, call_id=call.id if call else None, by=editor.id)
    except ValueError:
        return answer(request, status=422, error=translator(editor.language)("Please say what the reason is."))
    return see_other("/desk/reasons")


@router.post("/desk/reasons/change")
def change(request: Request, editor: AdminOnly, form: Annotated[ChangedReason, Form()]) -> Response:
    try:
        with transaction() as session:
            label = form.label if form.label.strip() != form.shown.strip() else None
            reasons.change(session, form.key, label=label, offered_now=form.offered == "yes", by=editor.id)
    except LookupError:
        raise NotFound from None
    return see_other("/desk/reasons")
