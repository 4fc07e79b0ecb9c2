"""The desk's view of the outbox: what waits, what was sent, what could not be, and sending that again."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response
from pydantic import Field
from sqlmodel import Session

from app.accounts.permissions import EditorOnly, Reader
from app.applications.models import Application
from app.audit import trail
from app.database import reading, transaction
from app.desk import blinding
from app.desk.showing import DeskForm, show
from app.mail import letters, outbox
from app.mail.models import MailState, OutgoingMail
from app.web.errors import NotAllowed, NotFound, see_other
from app.web.templating import translator

router = APIRouter()


class ResendForm(DeskForm):
    recipient: str = Field(max_length=254)


@router.get("/desk/mail")
def mail_page(
    request: Request, editor: Reader, state: MailState = MailState.WAITING, after: UUID | None = None
) -> Response:
    with reading() as session:
        mails = outbox.page(session, state, after=after, size=50)
        shown = blinding.veiled_mails(session, mails[:50], editor)
    can_send = request.app.state.settings.smtp_url is not None
    following = shown[-1].id if len(mails) > 50 else None
    return show(request, "desk/mail.html", mails=shown, state=state.value, after=following, can_send=can_send)


@router.get("/desk/mail/{mail_id}")
def one_mail(request: Request, editor: Reader, mail_id: UUID) -> Response:
    return mail_answer(request, mail_id)


def mail_answer(
    request: Request, mail_id: UUID, *, status: int = 200, recipient: str = "", error: str | None = None
) -> Response:
    """One mail as its reader sees it, but for the private link, which is nobody else's."""
    with reading() as session:
        mail = session.get(OutgoingMail, mail_id)
        if mail is None or mail.draft_id is not None:
            raise NotFound
        application = session.get(Application, mail.application_id) if mail.application_id else None
        [shown] = blinding.veiled_mails(session, [mail], request.state.editor)
    _ = translator(request.state.editor.language)
    link = _("private link, only for the applicant")
    text = shown.text.replace(letters.LINK, f"[{link}]")
    reference = application.reference if application else None
    return show(
        request,
        "desk/mail_one.html",
        status=status,
        mail=shown,
        text=text,
        blind=shown is not mail,
        reference=reference,
        safe_contact=application.safe_contact if application and shown is mail else "",
        recipient=recipient,
        error=error,
    )


def application_of(session: Session, mail_id: UUID) -> UUID | None:
    """Which application a mail is about. Raises NotFound when there is no such mail."""
    mail = session.get(OutgoingMail, mail_id)
    if mail is None:
        raise NotFound
    return mail.application_id


@router.post("/desk/mail/{mail_id}/resend")
def resend(request: Request, editor: EditorOnly, mail_id: UUID, form: Annotated[ResendForm, Form()]) -> Response:
    try:
        with transaction() as session:
            if blinding.hidden_among(session, editor, [application_of(session, mail_id)]):
                raise NotAllowed
            mail = outbox.resend(session, mail_id, recipient=form.recipient.strip())
            if mail is None:
                raise NotFound
            trail.record(session, "mail_resent", application=mail.application_id, editor=editor.id, mail=str(mail.id))
    except ValueError:
        _ = translator(editor.language)
        error = _("This e-mail address does not look right: it should be like name@example.org")
        return mail_answer(request, mail_id, status=422, recipient=form.recipient, error=error)
    return see_other(f"/desk/mail/{mail_id}")
