"""Reviewing at the desk: one's own review, asking colleagues, conflicts of interest, what one is asked for."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response
from pydantic import AfterValidator, ConfigDict, Field, model_validator
from sqlmodel import Session

from app.accounts import editors
from app.accounts.models import Editor
from app.accounts.permissions import AdminOnly, EditorOnly, Reader
from app.applications.models import Application
from app.applications.reviews import Recommendation
from app.database import reading, transaction
from app.desk import asking_reviews, blinding, deciding, exporting, interests, review_list, reviewing
from app.desk.showing import ChangeForm, DeskForm, application_answer, conflict, show
from app.web.errors import NotFound, see_other
from app.web.templating import translator

router = APIRouter()
PATH = "/desk/applications/{reference}"
SCORE = "score_"


def without_nul(text: str) -> str:
    """Refuse NUL: PostgreSQL cannot keep it (S18)."""
    if "\0" in text:
        raise ValueError("no NUL")
    return text


Prose = Annotated[str, AfterValidator(without_nul)]


class ReviewForm(DeskForm):
    """A review: `score_<criterion>` for each criterion of the call, empty for no opinion."""

    model_config = ConfigDict(extra="allow")

    recommendation: Recommendation | Literal[""] = ""
    comment: Prose = Field("", max_length=reviewing.COMMENT_LENGTH)

    @model_validator(mode="after")
    def scores_are_numbers(self) -> "ReviewForm":
        for name, value in (self.model_extra or {}).items():
            number = isinstance(value, str) and (
                value == "" or (value.isascii() and value.isdigit() and len(value) < 3)
            )
            if not (name.startswith(SCORE) and number):
                raise ValueError(f"{name} is no score")
        return self

    @property
    def scores(self) -> dict[str, int]:
        """The scores given, by criterion."""
        given = (self.model_extra or {}).items()
        return {name.removeprefix(SCORE): int(value) for name, value in given if value}


class AskForm(DeskForm):
    editors: list[UUID] = Field([], max_length=50)
    due: date | Literal[""] = ""


class ConflictForm(DeskForm):
    reason: Prose = Field("", max_length=interests.REASON_LENGTH)


class RevealForm(ChangeForm):
    shown: Literal["yes", ""] = ""


@contextmanager
def change(reference: str) -> Iterator[tuple[Session, Application]]:
    """A transaction about one application, locked. Raises NotFound."""
    with transaction() as session:
        found = deciding.get(session, reference, for_update=True)
        if found is None:
            raise NotFound
        yield session, found


def back(reference: str) -> Response:
    return see_other(f"/desk/applications/{reference}#reviews")


def again(request: Request, reference: str, editor: UUID, **context: Any) -> Response:
    """The page with what was typed, and what is wrong with it."""
    return application_answer(request, reference, editor_id=editor, status=422, **context)


def colleague(session: Session, editor_id: UUID) -> Editor:
    """Raises NotFound."""
    found = editors.get(session, editor_id)
    if found is None:
        raise NotFound
    return found


@router.get("/desk/reviews")
def to_review(request: Request, editor: Reader) -> Response:
    with reading() as session:
        rows = blinding.veiled_rows(session, review_list.missing(session, editor.id), editor)
    return show(request, "desk/reviews.html", rows=rows)


@router.post(f"{PATH}/review")
def save(request: Request, editor: EditorOnly, reference: str, form: Annotated[ReviewForm, Form()]) -> Response:
    _ = translator(editor.language)
    try:
        with change(reference) as (session, found):
            reviewing.save(
                session,
                found,
                by=editor.id,
                scores=form.scores,
                recommendation=form.recommendation or None,
                comment=form.comment,
            )
    except reviewing.ReviewEmpty:
        error = _("Give at least one score or a recommendation, or write a comment.")
        return again(request, reference, editor.id, review_form=form, review_error=error)
    except reviewing.ScoreUnknown:
        error = _("The criteria of this call have changed. Please look at your scores again.")
        return again(request, reference, editor.id, review_form=form, review_error=error)
    return back(reference)


@router.post(f"{PATH}/review/withdraw")
def withdraw(editor: EditorOnly, reference: str, form: Annotated[DeskForm, Form()]) -> Response:
    with change(reference) as (session, found):
        reviewing.withdraw(session, found, by=editor.id)
    return back(reference)


@router.post(f"{PATH}/review/read-without")
def read_without(editor: EditorOnly, reference: str, form: Annotated[DeskForm, Form()]) -> Response:
    with change(reference) as (session, found):
        reviewing.read_without(session, found, by=editor.id)
    return back(reference)


@router.post(f"{PATH}/reviews/ask")
def ask(request: Request, editor: EditorOnly, reference: str, form: Annotated[AskForm, Form()]) -> Response:
    _ = translator(editor.language)
    settings = request.app.state.settings
    try:
        if not form.due:
            raise asking_reviews.DayRefused
        with change(reference) as (session, found):
            whom = form.editors
            asking_reviews.ask(session, found, whom=whom, due_on=form.due, by=editor.id, settings=settings)
    except asking_reviews.DayRefused:
        error = ("due", _("Name a day: today or later, within a year."))
        return again(request, reference, editor.id, ask_form=form, ask_error=error)
    except asking_reviews.NobodyToAsk:
        error = ("editors", _("Choose at least one colleague who can still be asked."))
        return again(request, reference, editor.id, ask_form=form, ask_error=error)
    return back(reference)


@router.post(f"{PATH}/reviews/ask/{{editor_id}}/cancel")
def cancel(editor: EditorOnly, reference: str, editor_id: UUID, form: Annotated[DeskForm, Form()]) -> Response:
    with change(reference) as (session, found):
        asking_reviews.cancel(session, found, of=colleague(session, editor_id), by=editor.id)
    return back(reference)


@router.post(f"{PATH}/conflict-of-interest")
def declare(request: Request, editor: EditorOnly, reference: str, form: Annotated[ConflictForm, Form()]) -> Response:
    try:
        with change(reference) as (session, found):
            interests.declare(session, found, by=editor.id, reason=form.reason)
    except ValueError:
        error = translator(editor.language)("Say in a word why: your colleagues see it.")
        return again(request, reference, editor.id, interest_error=error)
    return back(reference)


@router.post(f"{PATH}/conflict-of-interest/{{editor_id}}/take-back")
def take_part_again(editor: AdminOnly, reference: str, editor_id: UUID, form: Annotated[DeskForm, Form()]) -> Response:
    with change(reference) as (session, found):
        interests.take_back(session, found, of=colleague(session, editor_id), by=editor.id)
    return back(reference)


@router.post(f"{PATH}/reveal")
def reveal(request: Request, editor: AdminOnly, reference: str, form: Annotated[RevealForm, Form()]) -> Response:
    try:
        with change(reference) as (session, found):
            blinding.reveal(session, found, by=editor.id, version=form.version, shown=bool(form.shown))
            if not form.shown:
                exporting.discard_all(session)
    except deciding.StaleVersion:
        return conflict(request, reference, editor.id, form)
    return back(reference)
