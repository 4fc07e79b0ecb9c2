"""What every page of the desk needs: its frame, its forms, the page of one application."""

import re
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain
from typing import Any
from uuid import UUID

from fastapi import Request, Response
from pydantic import BaseModel, ConfigDict, Field, model_validator

from app.applications import thread, turns
from app.applications.workflow import Move
from app.audit import trail
from app.calls import loading
from app.database import LARGEST, DatabaseAway, reading, transaction
from app.desk import (
    application_page,
    asking_reviews,
    conflicts,
    counting,
    deciding,
    live,
    mentions,
    neighbours,
    presence,
    saved_views,
)
from app.desk import reading as documents_side
from app.desk.counting import Count
from app.desk.saved_views import Kept
from app.desk.views import BUILT_IN, View
from app.settings import Settings
from app.web.errors import NotFound
from app.web.templating import render

UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


class DeskForm(BaseModel):
    """What every form of the desk sends: a token for browsers that do not say where a request comes from."""

    model_config = ConfigDict(extra="forbid")

    csrf: str = Field("", max_length=200)

    @model_validator(mode="after")
    def is_text(self) -> "DeskForm":
        """Signs that only one of the two databases takes are refused on both (promise S18)."""
        values = chain.from_iterable(each if isinstance(each, list) else [each] for each in vars(self).values())
        if any(UNPRINTABLE.search(each) for each in values if isinstance(each, str)):
            raise ValueError("text without control characters")
        return self


class ChangeForm(DeskForm):
    """A change to an application, as it was when it was read."""

    version: int = Field(ge=0, le=LARGEST)


@dataclass(frozen=True)
class Navigation:
    """The views beside every page, with their numbers, and which of them is shown."""

    beside: dict[str, Count]
    saved: list[Kept]
    view: View | None
    me: UUID

    def address(self, key: str) -> str:
        """The address of a view that is always there."""
        return BUILT_IN[key].address()

    @property
    def built_in(self) -> str | None:
        """The key of the view shown, if it is one that is always there."""
        fitting = (key for key, view in BUILT_IN.items() if self.view and self.view.same_rows(view))
        return next(fitting, None)

    @property
    def kept(self) -> Kept | None:
        """The saved view that is shown; in its own order, since that is part of it."""
        fitting = (kept for kept in self.saved if self.view and self.view == kept.view(self.me))
        return next(fitting, None) if self.built_in is None else None


def frame(request: Request, context: dict[str, Any]) -> dict[str, Any]:
    """What stands beside every page for editors, those of accounts too: the views and their numbers."""
    me = request.state.editor.id
    with reading() as session:
        beside = counting.beside_views(session, me)
        side = Navigation(beside, saved_views.listing(session, me), context.get("view"), me)
        return {
            "side": side,
            "to_review": asking_reviews.number_missing(session, me),
            "unread_mentions": mentions.unread(session, me),
        }


def show(request: Request, template: str, *, status: int = 200, **context: Any) -> Response:
    """A page of the desk, under the newsroom's own name."""
    with reading() as session:
        calls = loading.everything(session)
    language = request.state.editor.language
    return render(
        request,
        template,
        status=status,
        organisation=calls[0].call.organisation if calls else "Aufruf",
        regions={region.key: region.names[language] for found in calls for region in found.call.regions},
        topics={topic.key: topic.names[language] for found in calls for topic in found.call.topics},
        **context,
    )


def application_answer(
    request: Request,
    reference: str,
    *,
    editor_id: UUID,
    move: Move | None = None,
    template: str = "",
    looked: bool = False,
    status: int = 200,
    refused: ChangeForm | None = None,
    **context: Any,
) -> Response:
    """The page of one application; `looked` leaves the event of having been opened.

    `refused` is shown beside what is there now.
    """
    settings: Settings = request.app.state.settings
    with reading() as session:
        found = deciding.get(session, reference)
        if found is None:
            raise NotFound
        shown = application_page.read(
            session, found, viewer=request.state.editor, settings=settings, move=move, template=template
        )
        read = documents_side.read(
            session,
            found,
            call=shown.call,
            viewer=request.state.editor,
            asked=documents_side.asked(request.query_params),
        )
        mentioned = looked and mentions.waiting_here(session, editor_id, found.id)
        place = neighbours.place(session, found, query=request.query_params.get("queue"), editor=editor_id)
        told = live.of_application(session, found.id, since=None, editor=editor_id)
    if refused is not None:
        context["conflict"] = conflicts.between(shown, refused, action=request.url.path, editor=editor_id)
    late = documents_side.overdue(read.documents, drawn_when_opened=settings.draw_pages == "opened")
    # Who only reads must not fail because somebody else is writing.
    with suppress(DatabaseAway), transaction() as session:
        presence.stay(session, found.id, editor_id, view=place.kept)
    opened = looked and not shown.opened_lately_by(editor_id)
    unseen = looked and thread.has_unseen(shown.conversation, by_applicant=False)
    if late or opened or mentioned or unseen:
        with transaction() as session:
            if late:
                documents_side.ask_for(session, late)
            if opened:
                trail.record(session, "opened", application=found.id, editor=editor_id)
                if fresh := deciding.get(session, reference, for_update=True):
                    turns.opened(session, fresh)
            if mentioned:
                mentions.seen(session, editor_id, found.id)
            if unseen:
                thread.seen(session, found.id, by_applicant=False)
    defaults = {
        "conflict": None,
        "typed": None,
        "problem": None,
        "wrong": "",
        "wrong_at": "",
        "place": place,
        "view": place.view,
        "live": told,
    }
    return show(request, "desk/application.html", status=status, it=shown, read=read, **(defaults | context))


def conflict(request: Request, reference: str, editor_id: UUID, form: ChangeForm) -> Response:
    """Both versions: what is there now, and what was to be done, still filled in (promise N7)."""
    return application_answer(request, reference, editor_id=editor_id, status=409, refused=form)
