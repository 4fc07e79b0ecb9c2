"""The queue's page, and what an editor does to its views: keep them, share them, choose columns."""

from dataclasses import replace
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import Field
from sqlmodel import Session

from app.accounts.models import Role
from app.accounts.permissions import Reader
from app.accounts.sessions import CurrentEditor
from app.database import reading, transaction
from app.desk import (
    application_page,
    blinding,
    bulk,
    counting,
    fair_order,
    live,
    mentions,
    queue,
    reviewing,
    saved_views,
    views,
)
from app.desk.queue import QueueRow
from app.desk.saved_views import COLUMNS, NAME_LENGTH
from app.desk.showing import DeskForm, show
from app.desk.views import BUILT_IN
from app.desk.walking import cursor
from app.web.access import PUBLIC
from app.web.errors import NotAllowed, NotFound, see_other

router = APIRouter()


@router.get("/desk", dependencies=[PUBLIC])
def without_slash() -> Response:
    return RedirectResponse("/desk/", 301)


@router.get("/desk/")
def queue_page(request: Request, editor: Reader, after: str = "") -> Response:
    """A view of the queue; without parameters the one that the editor has chosen to start with."""
    parameters = request.query_params.multi_items()
    with reading() as session:
        view = views.from_pairs(parameters, me=editor.id) if parameters else saved_views.start_view(session, editor.id)
        wanted, view = view, fair_order.fair(session, view)
        after = after if wanted == view else ""
        page = queue.page(session, view, after=cursor(after))
        page = replace(page, rows=for_viewer(session, page.rows, editor))
        counts = counting.behind_filters(session, view)
        names = application_page.names(session)
        look = saved_views.look(session, editor.id)
        since, here = live.newest(session), live.reading_now(session, but=editor.id)
        people = mentions.active(session)
    shown: dict[str, Any] = {"view": view, "page": page, "counts": counts, "names": names, "after": after}
    shown |= {"look": look, "columns": COLUMNS, "since": since, "here": here, "reordered": wanted != view}
    everywhere = replace(views.ALL, q=view.q)
    shown |= {"everywhere": everywhere.address() if view.q and not view.same_rows(everywhere) else ""}
    shown |= {"bulk_moves": bulk.MOVES, "bulk_editors": people}
    return show(request, "desk/queue.html", **shown)


def for_viewer(session: Session, rows: list[QueueRow], viewer: CurrentEditor) -> list[QueueRow]:
    """The rows as this viewer reads them: "your review is missing" where it is theirs.

    Without what a reviewer must not see: who it is, and scores before one's own are there.
    """
    hidden = reviewing.hidden_from(session, viewer.id, [row.id for row in rows], fair_order.independent(session))
    shown = [replace(row, score=None) if row.id in hidden else row for row in rows]
    owed = reviewing.owed_among(session, viewer.id, [row.id for row in rows if row.turn_reason == "reviews_missing"])
    shown = [replace(row, turn_reason="your_review_missing") if row.id in owed else row for row in shown]
    return blinding.veiled_rows(session, shown, viewer)


class ViewForm(DeskForm):
    name: str = Field(min_length=1, max_length=NAME_LENGTH)
    shared: Literal["yes", ""] = ""


class NewViewForm(ViewForm):
    query: str = Field("", max_length=4000)


class LookForm(DeskForm):
    columns: list[str] = Field([], max_length=len(COLUMNS))
    density: Literal["comfortable", "compact"] = "comfortable"
    query: str = Field("", max_length=4000)


class StartForm(DeskForm):
    start: str = Field(max_length=40)


def may_share(editor: CurrentEditor, shared: str) -> bool:
    """Whether a view is to be shared; who only reads keeps their views to themselves."""
    if shared and editor.role is Role.READER:
        raise NotAllowed
    return bool(shared)


@router.get("/desk/views")
def views_page(request: Request, editor: Reader, wrong: str = "") -> Response:
    with reading() as session:
        look = saved_views.look(session, editor.id)
    return show(request, "desk/saved_views.html", look=look, built_in=list(BUILT_IN), wrong=wrong)


@router.post("/desk/views")
def save_view(editor: Reader, form: Annotated[NewViewForm, Form()]) -> Response:
    view = views.parse(form.query)
    with transaction() as session:
        try:
            saved_views.save(session, name=form.name, view=view, shared=may_share(editor, form.shared), by=editor.id)
        except saved_views.TooMany:
            return see_other("/desk/views?wrong=many")
    return see_other(view.address())


@router.post("/desk/views/start")
def choose_start(editor: Reader, form: Annotated[StartForm, Form()]) -> Response:
    with transaction() as session:
        there = {str(kept.id) for kept in saved_views.listing(session, editor.id)}
        if form.start not in there and form.start not in BUILT_IN:
            raise NotFound
        saved_views.prefer(session, editor.id, start=form.start)
    return see_other("/desk/views")


@router.post("/desk/views/look")
def choose_look(editor: Reader, form: Annotated[LookForm, Form()]) -> Response:
    with transaction() as session:
        saved_views.prefer(session, editor.id, columns=form.columns, compact=form.density == "compact")
    return see_other(views.parse(form.query).address())


@router.post("/desk/views/{view_id}")
def change_view(editor: Reader, view_id: UUID, form: Annotated[ViewForm, Form()]) -> Response:
    with transaction() as session:
        saved = saved_views.own(session, view_id, editor.id)
        if saved is None:
            raise NotFound
        saved_views.change(session, saved, name=form.name, shared=may_share(editor, form.shared))
    return see_other("/desk/views")


@router.post("/desk/views/{view_id}/delete")
def remove_view(editor: Reader, view_id: UUID, form: Annotated[DeskForm, Form()]) -> Response:
    with transaction() as session:
        saved = saved_views.own(session, view_id, editor.id)
        if saved is None:
            raise NotFound
        saved_views.remove(session, saved)
    return see_other("/desk/views")
