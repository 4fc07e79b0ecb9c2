"""Where an editor is mentioned."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response

from app.accounts.permissions import Reader
from app.database import reading, transaction
from app.desk import mentions
from app.desk.mentions import PAGE
from app.desk.showing import DeskForm, show
from app.web.errors import see_other

router = APIRouter()


@router.get("/desk/mentions")
def listing(request: Request, editor: Reader, after: UUID | None = None) -> Response:
    with reading() as session:
        found = mentions.page(session, editor.id, after=after)
        people = [each.name for each in mentions.active(session)]
    lines = [(each, mentions.parts(each.note.text[:400], people)) for each in found[:PAGE]]
    following = found[PAGE - 1].id if len(found) > PAGE else None
    return show(request, "desk/mentions.html", lines=lines, after=following)


@router.post("/desk/mentions/seen")
def seen(request: Request, editor: Reader, form: Annotated[DeskForm, Form()]) -> Response:
    """One's own list, so readers may, too."""
    with transaction() as session:
        mentions.seen(session, editor.id)
    return see_other("/desk/mentions")
