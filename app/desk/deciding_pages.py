"""What editors do to one application: decide, take back, assign, label, note."""

from datetime import timedelta
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response
from pydantic import Field

from app.accounts.permissions import EditorOnly
from app.applications import conversation, workflow
from app.applications.workflow import Move
from app.database import transaction
from app.desk import application_page, asking, deciding, mentions, reasons, undoing
from app.desk.asking import PieceFields
from app.desk.conversation_pages import refused
from app.desk.showing import ChangeForm, DeskForm, application_answer, conflict
from app.mail import placeholders
from app.settings import Settings
from app.web.errors import NotFound, see_other

router = APIRouter()


class DecisionForm(ChangeForm, PieceFields):
    move: Move
    reason: str = Field("", max_length=5000)
    reason_key: str = Field("", max_length=40)
    template: str = Field("", max_length=40)
    send: Literal["yes", ""] = ""
    subject: str = Field("", max_length=200)
    body: str = Field("", max_length=20000)


class AssignForm(ChangeForm):
    assignee: UUID | Literal[""] = ""


class LabelForm(ChangeForm):
    labels: str = Field("", max_length=1000)


class NoteForm(DeskForm):
    text: str = Field(max_length=deciding.NOTE_LENGTH)


@router.post("/desk/applications/{reference}/decide")
def decide(request: Request, editor: EditorOnly, reference: str, form: Annotated[DecisionForm, Form()]) -> Response:
    settings: Settings = request.app.state.settings
    places = [each for each in placeholders.to_fill(form.subject, form.body) if each not in form.given()]
    if form.send and places:
        return unfinished(request, reference, editor.id, form, places)
    try:
        with transaction() as session:
            found = deciding.get(session, reference, for_update=True)
            if found is None:
                raise NotFound
            letter = (form.subject, form.body) if form.send else None
            event = deciding.decide(
                session,
                found,
                move=form.move,
                by=editor.id,
                version=form.version,
                reason=form.reason,
                reason_key=reasons.known(session, form.reason_key, found.call_id),
            )
            if form.move is Move.ASK_TRIAL_PIECE:
                asking.with_decision(session, found, event, form, letter, by=editor.id, settings=settings)
            else:
                application_page.post_letter(session, found, event, letter, settings=settings)
    except (deciding.StaleVersion, workflow.MoveNotAllowed):
        return conflict(request, reference, editor.id, form)
    except conversation.NotPossible:
        return refused(request, reference, editor.id, form, move=form.move)
    return see_other(f"/desk/applications/{reference}")


def unfinished(request: Request, reference: str, editor: UUID, form: DecisionForm, places: list[str]) -> Response:
    """The panel again, as it was filled in: its letter still has places that nobody has filled."""
    return application_answer(
        request,
        reference,
        editor_id=editor,
        move=form.move,
        template=form.template,
        status=422,
        typed=form,
        problem=placeholders.shown(places),
    )


@router.post("/desk/applications/{reference}/take-back")
def take_back(request: Request, editor: EditorOnly, reference: str, form: Annotated[ChangeForm, Form()]) -> Response:
    within = timedelta(minutes=request.app.state.settings.undo_minutes)
    try:
        with transaction() as session:
            found = deciding.get(session, reference, for_update=True)
            if found is None:
                raise NotFound
            deciding.take_back(session, found, by=editor.id, version=form.version, within=within)
    except (deciding.StaleVersion, deciding.TooLate):
        return conflict(request, reference, editor.id, form)
    return see_other(f"/desk/applications/{reference}")


@router.post("/desk/applications/{reference}/undo")
def undo(request: Request, editor: EditorOnly, reference: str, form: Annotated[ChangeForm, Form()]) -> Response:
    """Put back what the newest assignment or labels replaced."""
    within = timedelta(minutes=request.app.state.settings.undo_minutes)
    try:
        with transaction() as session:
            found = deciding.get(session, reference, for_update=True)
            if found is None:
                raise NotFound
            undoing.undo(session, found, by=editor.id, version=form.version, within=within)
    except (deciding.StaleVersion, deciding.TooLate):
        return conflict(request, reference, editor.id, form)
    return see_other(f"/desk/applications/{reference}")


@router.post("/desk/applications/{reference}/assign")
def assign(request: Request, editor: EditorOnly, reference: str, form: Annotated[AssignForm, Form()]) -> Response:
    try:
        with transaction() as session:
            found = deciding.get(session, reference, for_update=True)
            if found is None:
                raise NotFound
            deciding.assign(session, found, to=form.assignee or None, by=editor.id, version=form.version)
    except (deciding.StaleVersion, LookupError):
        return conflict(request, reference, editor.id, form)
    return see_other(f"/desk/applications/{reference}")


@router.post("/desk/applications/{reference}/labels")
def label(request: Request, editor: EditorOnly, reference: str, form: Annotated[LabelForm, Form()]) -> Response:
    try:
        with transaction() as session:
            found = deciding.get(session, reference, for_update=True)
            if found is None:
                raise NotFound
            labels = form.labels.split(",")
            deciding.label(session, found, labels=labels, by=editor.id, version=form.version)
    except deciding.StaleVersion:
        return conflict(request, reference, editor.id, form)
    return see_other(f"/desk/applications/{reference}")


@router.post("/desk/applications/{reference}/notes")
def write_note(request: Request, editor: EditorOnly, reference: str, form: Annotated[NoteForm, Form()]) -> Response:
    with transaction() as session:
        found = deciding.get(session, reference)
        if found is None:
            raise NotFound
        if form.text.strip():
            note = deciding.write_note(session, found, text=form.text, by=editor.id)
            mentions.tell(session, found, note, settings=request.app.state.settings)
    return see_other(f"/desk/applications/{reference}#notes")
