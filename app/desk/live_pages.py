"""What open pages ask by themselves: who else is reading, what happened since. Each answer is a piece of HTML."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Form, Query, Request, Response

from app.accounts.permissions import Watcher
from app.database import reading, transaction
from app.desk import deciding, live, presence
from app.desk.showing import DeskForm
from app.desk.views import parse
from app.web.errors import NotFound
from app.web.templating import render_piece

router = APIRouter()


class PresenceForm(DeskForm):
    leaving: Literal["yes", ""] = ""
    since: UUID | Literal[""] = ""


@router.post("/desk/applications/{reference}/presence")
def presence_page(request: Request, editor: Watcher, reference: str, form: Annotated[PresenceForm, Form()]) -> Response:
    """A sign of life from an application's page, or of having left it; answers what there is to tell."""
    with transaction() as session:
        found = deciding.get(session, reference)
        if found is None:
            raise NotFound
        if form.leaving:
            presence.leave(session, found.id, editor.id)
            return Response(status_code=204)
        presence.stay(session, found.id, editor.id)
        told = live.of_application(session, found.id, since=form.since or None, editor=editor.id)
    return render_piece(request, "desk/application/live.html", live=told, address=f"/desk/applications/{reference}")


@router.get("/desk/news")
def news_page(
    request: Request, editor: Watcher, since: UUID, view: Annotated[str, Query(max_length=4000)] = ""
) -> Response:
    """What came in and changed since the queue was shown, and who is reading what."""
    looked_at = parse(view, me=editor.id)
    with reading() as session:
        news = live.of_queue(session, looked_at, since=since, editor=editor.id)
    return render_piece(request, "desk/news.html", news=news, address=looked_at.address())
