"""The desk's pages: one application, the calls, the history."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from app.accounts.permissions import AdminOnly, Reader
from app.applications.models import AskedFor
from app.applications.workflow import Move
from app.calls import loading
from app.database import reading
from app.desk import application_page, call_reviews
from app.desk.showing import application_answer, show

router = APIRouter()


@router.get("/desk/applications/{reference}")
def application(
    request: Request,
    editor: Reader,
    reference: str,
    move: Move | None = None,
    template: Annotated[str, Query(max_length=40)] = "",
    ask: AskedFor | None = None,
    again: UUID | None = None,
) -> Response:
    """`move` and `ask` open the panels for these, `again` fills in a message that was taken back."""
    return application_answer(
        request, reference, editor_id=editor.id, move=move, template=template, looked=True, ask=ask, again=again
    )


@router.get("/desk/calls")
def calls_page(request: Request, editor: Reader) -> Response:
    with reading() as session:
        calls = loading.everything(session)
        agreements = {found.id: call_reviews.of_call(session, found) for found in calls}
    return show(request, "desk/calls.html", calls=calls, agreements=agreements)


@router.get("/desk/audit")
def audit_page(request: Request, editor: AdminOnly, after: UUID | None = None) -> Response:
    with reading() as session:
        page = application_page.trail_page(session, after=after, viewer=editor)
    return show(request, "desk/audit.html", lines=page[:100], after=page[99].event.id if len(page) > 100 else None)
