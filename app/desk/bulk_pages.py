"""Several applications at once: choosing, drafting, sending together or holding back, what became of it, undoing."""

from datetime import timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response
from pydantic import Field, model_validator
from sqlmodel import Session

from app.accounts.permissions import EditorOnly, Reader
from app.database import reading, transaction
from app.desk import application_page, bulk, bulk_applying, bulk_choosing, deciding, reasons, templates
from app.desk.bulk_models import Bulk, BulkState, BulkWhat
from app.desk.showing import DeskForm, show
from app.settings import Settings
from app.web.errors import NotFound, see_other

router = APIRouter()

IN_TWO_STEPS = (BulkWhat.MOVE, BulkWhat.MAIL)


class ChoiceForm(DeskForm):
    """The queue's bar."""

    chosen: list[str] = Field(default=[], max_length=bulk.LIMIT)
    listed: list[str] = Field(default=[], max_length=bulk.LIMIT)
    scope: Literal["chosen", "page", "view"] = "chosen"
    view: str = Field("", max_length=4000)
    what: str = Field("", max_length=60)
    label: str = Field("", max_length=40)


class DraftForm(DeskForm):
    """All that stands on the page of a draft: what holds for all of them, and the mails that are shown."""

    set_up: Literal["yes", ""] = ""
    template: str = Field("", max_length=40)
    with_mail: str = Field("", max_length=3)
    reason: str = Field("", max_length=5000)
    reason_key: str = Field("", max_length=40)
    item: list[UUID] = Field(default=[], max_length=bulk.PAGE)
    subject: list[Annotated[str, Field(max_length=200)]] = Field(default=[], max_length=bulk.PAGE)
    body: list[Annotated[str, Field(max_length=20000)]] = Field(default=[], max_length=bulk.PAGE)
    action: Literal["save", "leave_out", "take_in", "as_it_is"] = "save"
    after: str = Field("", max_length=36)
    go: str = Field("", max_length=36)  # where to: another page of it, "first", or "back" to all drafts

    @model_validator(mode="after")
    def is_whole(self) -> "DraftForm":
        if not len(self.item) == len(self.subject) == len(self.body):
            raise ValueError("each mail with its subject and its text")
        return self

    def keep(self, session: Session, found: Bulk) -> bool:
        """Write down what stands on the page; whether mails would go now that do not stand there."""
        bulk.keep_mails(session, found, zip(self.item, self.subject, self.body, strict=True))
        return bool(self.set_up) and bulk.set_up(
            session,
            found,
            template=self.template,
            with_mail=self.with_mail == "yes",
            reason=self.reason,
            reason_key=self.reason_key,
        )

    @property
    def query(self) -> str:
        """The page of the draft to go on with."""
        page = "" if self.go == "first" else self.go or self.after
        return f"?after={UUID(page)}" if page else ""


@router.get("/desk/bulk")
def listing(request: Request, editor: Reader) -> Response:
    with reading() as session:
        found = bulk.listing(session)
        names = application_page.names(session)
    return show(request, "desk/bulk_list.html", bulks=found, names=names)


@router.post("/desk/bulk")
def choose(request: Request, editor: EditorOnly, form: Annotated[ChoiceForm, Form()]) -> Response:
    """Make a draft of what the queue's bar says; what needs no second look is done at once."""
    try:
        what, value = bulk_choosing.what_is_wanted(form.what, form.label)
        with transaction() as session:
            if form.scope == "view":
                chosen = bulk_choosing.of_view(session, form.view, me=editor.id)
            else:
                chosen = bulk_choosing.references(form.chosen, form.listed, form.scope)
            made = bulk.make(session, what=what, value=value, chosen=chosen, by=editor.id)
            now = what not in IN_TWO_STEPS and bulk_applying.start(session, made.id, by=editor.id)
    except (bulk.NothingChosen, LookupError, ValueError) as error:
        nothing = isinstance(error, bulk.NothingChosen)
        return show(request, "desk/bulk_refused.html", status=422, nothing=nothing, query=form.view)
    if now:
        bulk_applying.apply(str(made.id), request.app.state.settings)
    return see_other(f"/desk/bulk/{made.id}")


@router.get("/desk/bulk/{bulk_id}")
def one(
    request: Request, editor: Reader, bulk_id: UUID, after: UUID | None = None, anew: Literal["yes", ""] = ""
) -> Response:
    return answer(request, bulk_id, after=after, anew=bool(anew))


def answer(
    request: Request,
    bulk_id: UUID,
    *,
    after: UUID | None = None,
    status: int = 200,
    unfinished: int = 0,
    anew: bool = False,
) -> Response:
    """The page of a bulk: a draft to look through, work under way, or what became of it.

    `anew`: it was to be sent off, but with mails that were not on the page.
    """
    settings: Settings = request.app.state.settings
    viewer = request.state.editor
    with reading() as session:
        found = bulk.get(session, bulk_id)
        if found is None:
            raise NotFound
        rows = bulk.rows(session, found, viewer=viewer, after=after)
        context: dict[str, Any] = {
            "bulk": found,
            "rows": rows[: bulk.PAGE],
            "after": after,
            "following": rows[bulk.PAGE - 1].item.id if len(rows) > bulk.PAGE else None,
            "numbers": bulk.numbers(session, found),
            "names": application_page.names(session),
            "reasons": reasons.offered(session) if is_declining(found) else [],
            "own_labels": reasons.labels(session),
            "templates": templates.listing(session, kind=kind) if (kind := bulk.letter_kind(found)) else [],
            "letter_kind": kind,
            "undo_until": undo_until(found, settings),
        }
    return show(request, "desk/bulk.html", status=status, unfinished=unfinished, anew=anew, **context)


def is_declining(found: Bulk) -> bool:
    return found.what is BulkWhat.MOVE and found.value == "decline"


def undo_until(found: Bulk, settings: Settings) -> Any:
    within = timedelta(minutes=settings.undo_minutes)
    return found.finished_at + within if bulk.can_undo(found, within=within) and found.finished_at else None


@router.post("/desk/bulk/{bulk_id}/set-up")
def set_up(request: Request, editor: EditorOnly, bulk_id: UUID, form: Annotated[DraftForm, Form()]) -> Response:
    """Keep what stands on the page, and go on with it or with another page."""
    try:
        with transaction() as session:
            form.keep(session, bulk.draft(session, bulk_id))
    except LookupError:
        raise NotFound from None
    except bulk.NotDraft:
        return answer(request, bulk_id, status=409)
    return see_other("/desk/bulk" if form.go == "back" else f"/desk/bulk/{bulk_id}{form.query}")


@router.post("/desk/bulk/{bulk_id}/items/{item_id}")
def change_item(
    request: Request, editor: EditorOnly, bulk_id: UUID, item_id: UUID, form: Annotated[DraftForm, Form()]
) -> Response:
    try:
        with transaction() as session:
            found = bulk.draft(session, bulk_id)
            form.keep(session, found)
            bulk.change_item(session, found, item_id, action=form.action)
    except LookupError:
        raise NotFound from None
    except bulk.NotDraft:
        return answer(request, bulk_id, status=409)
    return see_other(f"/desk/bulk/{bulk_id}{form.query}#item-{item_id}")


@router.post("/desk/bulk/{bulk_id}/apply")
def apply(request: Request, editor: EditorOnly, bulk_id: UUID, form: Annotated[DraftForm, Form()]) -> Response:
    """Do it as it stands on the page: a few before the answer, many by the worker."""
    try:
        with transaction() as session:  # of its own: what was written stays when it cannot be sent off yet
            anew = form.keep(session, bulk.draft(session, bulk_id))
        if anew:
            return see_other(f"/desk/bulk/{bulk_id}?anew=yes#anew")
        with transaction() as session:
            now = bulk_applying.start(session, bulk_id, by=editor.id)
    except LookupError:
        raise NotFound from None
    except bulk.NotDraft:
        return answer(request, bulk_id, status=409)
    except bulk.Unfinished:
        with reading() as session:
            found = bulk.get(session, bulk_id)
            number = len(bulk.unfinished(session, found)) if found else 0
        return answer(request, bulk_id, status=422, unfinished=number)
    if now:
        bulk_applying.apply(str(bulk_id), request.app.state.settings)
    return see_other(f"/desk/bulk/{bulk_id}")


@router.post("/desk/bulk/{bulk_id}/discard")
def discard(request: Request, editor: EditorOnly, bulk_id: UUID, form: Annotated[DeskForm, Form()]) -> Response:
    try:
        with transaction() as session:
            bulk.discard(session, bulk.draft(session, bulk_id), by=editor.id)
    except LookupError:
        raise NotFound from None
    except bulk.NotDraft:
        return answer(request, bulk_id, status=409)
    return see_other("/desk/bulk")


@router.post("/desk/bulk/{bulk_id}/undo")
def undo(request: Request, editor: EditorOnly, bulk_id: UUID, form: Annotated[DeskForm, Form()]) -> Response:
    """Take all of it back that nobody has built on since."""
    settings: Settings = request.app.state.settings
    within = timedelta(minutes=settings.undo_minutes)
    try:
        with transaction() as session:
            now = bulk_applying.start_undo(session, bulk_id, by=editor.id, within=within)
    except LookupError:
        raise NotFound from None
    except deciding.TooLate:
        return answer(request, bulk_id, status=409)
    if now:
        bulk_applying.undo(str(bulk_id), settings)
    return see_other(f"/desk/bulk/{bulk_id}")


@router.post("/desk/bulk/{bulk_id}/items/{item_id}/undo")
def undo_item(
    request: Request, editor: EditorOnly, bulk_id: UUID, item_id: UUID, form: Annotated[DeskForm, Form()]
) -> Response:
    """Take it back for one application."""
    with transaction() as session:
        found = bulk.get(session, bulk_id)
        if found is None or found.state is not BulkState.DONE:
            raise NotFound
        bulk_applying.undo_item(session, bulk_id, item_id, request.app.state.settings, by=editor.id)
    return see_other(f"/desk/bulk/{bulk_id}#item-{item_id}")
