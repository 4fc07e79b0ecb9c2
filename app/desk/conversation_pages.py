"""What editors do in a conversation: write, ask for something, ask no longer, take back, set aside."""

from collections.abc import Callable
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response
from pydantic import Field

from app.accounts.permissions import EditorOnly
from app.applications import conversation, telling, thread
from app.applications.models import Application, AskedFor
from app.applications.models import Request as Asked
from app.applications.workflow import Move
from app.calls import loading
from app.database import reading, transaction
from app.desk import blinding, deciding, interests
from app.desk.asking import PieceFields
from app.desk.showing import ChangeForm, application_answer, conflict
from app.documents.kinds import Kind
from app.mail import placeholders
from app.mail.letters import LINK
from app.web import days
from app.web.errors import NotFound, see_other
from app.web.templating import translator

router = APIRouter()


class MessageForm(ChangeForm):
    message: str = Field("", max_length=thread.TEXT_LENGTH + 1000)
    template: str = Field("", max_length=40)  # which one it was begun with: such a text brings its own greeting
    subject: str = Field("", max_length=200)
    step: Literal["preview", ""] = ""


class AskForm(ChangeForm, PieceFields):
    what: AskedFor
    document_kind: Kind | Literal[""] = ""
    ask_text: str = Field("", max_length=thread.TEXT_LENGTH + 1000)
    step: Literal["preview", ""] = ""


@router.post("/desk/applications/{reference}/messages")
def write(request: Request, editor: EditorOnly, reference: str, form: Annotated[MessageForm, Form()]) -> Response:
    if form.step:
        return preview(request, reference, editor.id, form, form.message)
    if placeholders.to_fill(form.subject, form.message):
        return refused(request, reference, editor.id, form)
    try:
        with transaction() as session:
            found = deciding.get(session, reference, for_update=True)
            if found is None:
                raise NotFound
            deciding.change(found, form.version)
            conversation.write(
                session,
                found,
                text=blinding.with_name(form.message, found),
                subject=blinding.with_name(form.subject.strip(), found),
                greeting=not form.template,
                by=editor.id,
                settings=request.app.state.settings,
            )
    except deciding.StaleVersion:
        return conflict(request, reference, editor.id, form)
    except conversation.NotPossible:
        return refused(request, reference, editor.id, form)
    return see_other(f"/desk/applications/{reference}#messages")


@router.post("/desk/applications/{reference}/requests")
def ask(request: Request, editor: EditorOnly, reference: str, form: Annotated[AskForm, Form()]) -> Response:
    if form.step:
        return preview(request, reference, editor.id, form, form.ask_text)
    try:
        with transaction() as session:
            found = deciding.get(session, reference, for_update=True)
            if found is None:
                raise NotFound
            deciding.change(found, form.version)
            interests.keep_out(session, found, editor.id)
            wanted = form.wanted(form.what, form.document_kind or None)
            settings = request.app.state.settings
            conversation.ask(session, found, wanted, text=form.ask_text, by=editor.id, settings=settings)
    except deciding.StaleVersion:
        return conflict(request, reference, editor.id, form)
    except conversation.NotPossible:
        return refused(request, reference, editor.id, form, ask=form.what)
    return see_other(f"/desk/applications/{reference}#messages")


@router.post("/desk/applications/{reference}/requests/{request_id}/cancel")
def cancel(
    request: Request, editor: EditorOnly, reference: str, request_id: UUID, form: Annotated[ChangeForm, Form()]
) -> Response:
    try:
        with transaction() as session:
            found = deciding.get(session, reference, for_update=True)
            if found is None:
                raise NotFound
            deciding.change(found, form.version)
            interests.keep_out(session, found, editor.id)
            conversation.cancel(session, found, request_id, by=editor.id, settings=request.app.state.settings)
    except (deciding.StaleVersion, conversation.NotPossible):
        return conflict(request, reference, editor.id, form)
    return see_other(f"/desk/applications/{reference}#messages")


@router.post("/desk/applications/{reference}/messages/{message_id}/take-back")
def take_back(
    request: Request, editor: EditorOnly, reference: str, message_id: UUID, form: Annotated[ChangeForm, Form()]
) -> Response:
    """Take a message back; its words stand in the box again."""
    try:
        with transaction() as session:
            found = deciding.get(session, reference, for_update=True)
            if found is None:
                raise NotFound
            deciding.change(found, form.version)
            message = conversation.take_back(session, found, message_id, by=editor.id)
    except (deciding.StaleVersion, conversation.NotPossible):
        return conflict(request, reference, editor.id, form)
    again = "" if message.request_id else f"?again={message.id}"
    return see_other(f"/desk/applications/{reference}{again}#messages")


@router.post("/desk/applications/{reference}/messages/{message_id}/settle")
def settle(
    request: Request, editor: EditorOnly, reference: str, message_id: UUID, form: Annotated[ChangeForm, Form()]
) -> Response:
    try:
        with transaction() as session:
            found = deciding.get(session, reference, for_update=True)
            if found is None:
                raise NotFound
            deciding.change(found, form.version)
            conversation.settle(session, found, message_id, by=editor.id)
    except (deciding.StaleVersion, conversation.NotPossible):
        return conflict(request, reference, editor.id, form)
    return see_other(f"/desk/applications/{reference}#messages")


def refused(
    request: Request,
    reference: str,
    editor_id: UUID,
    form: ChangeForm,
    *,
    ask: AskedFor | None = None,
    move: Move | None = None,
) -> Response:
    """The page again, with what was typed and what is wrong with it."""
    wrong, at = what_is_wrong(form, translator(request.state.editor.language))
    return application_answer(
        request, reference, editor_id=editor_id, status=422, typed=form, wrong=wrong, wrong_at=at, ask=ask, move=move
    )


def what_is_wrong(form: ChangeForm, _: Callable[[str], str]) -> tuple[str, str]:
    """Why something could not be sent or asked for, in words, and at which field, if at one."""
    if isinstance(form, MessageForm) and (places := placeholders.to_fill(form.subject, form.message)):
        return _("Still to be filled in: %(places)s") % {"places": placeholders.shown(places)}, "message"
    if isinstance(form, MessageForm):
        return _("There is nothing to send yet: write something."), "message"
    if isinstance(form, AskForm) and form.what is AskedFor.CORRECTION and not form.ask_text.strip():
        return _("Write what is to be corrected or answered."), "ask_text"
    if getattr(form, "due", ""):
        return _("Choose a day that is still to come."), "due"
    return _("This cannot be asked for here. Look at the state of the application."), ""


def preview(request: Request, reference: str, editor_id: UUID, form: MessageForm | AskForm, text: str) -> Response:
    """The page with the mail as the applicant would get it; nothing has been sent."""
    with reading() as session:
        found = deciding.get(session, reference)
        if found is None:
            raise NotFound
        call = loading.by_id(session, found.call_id).call
    asked = asked_by(form, found, editor_id) if isinstance(form, AskForm) else None
    blind = blinding.is_blind(found, call, request.state.editor)
    reader = blinding.veiled(found, request.state.editor.language) if blind else found
    subject, own = (form.subject, form.template) if isinstance(form, MessageForm) else ("", "")
    text, subject = blinding.with_name(text, reader), blinding.with_name(subject.strip(), reader)
    letter = telling.letter(reader, call, text, request=asked, subject=subject, greeting=not own)
    _ = translator(request.state.editor.language)
    link = _("private link, only for the applicant")
    shown = letter.text.replace(LINK, f"[{link}]")
    return application_answer(
        request,
        reference,
        editor_id=editor_id,
        typed=form,
        ask=getattr(form, "what", None),
        preview={"subject": letter.subject, "text": shown},
    )


def asked_by(form: AskForm, application: Application, editor_id: UUID) -> Asked:
    """The request that a form would make, not kept."""
    wanted = form.wanted(form.what, form.document_kind or None)
    return Asked(
        application_id=application.id,
        what=wanted.what,
        document_kind=wanted.document_kind or None,
        topic=wanted.topic,
        length=wanted.length,
        fee=wanted.fee,
        due_at=days.end_of(wanted.due) if wanted.due else None,
        asked_by=editor_id,
    )
