"""What mails a conversation causes: messages and requests to the applicant, a notice to the editorial office."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlmodel import Session

from app.applications import announcing, private, reviews
from app.applications.models import Application, AskedFor, Message, Request
from app.calls.definition import CallDefinition
from app.database import utcnow
from app.documents.kinds import Kind
from app.documents.models import Document
from app.mail import letters
from app.mail.letters import Letter, MessageFacts, ReplyFacts
from app.mail.models import OutgoingMail
from app.settings import Settings
from app.web.templating import filters, translator


def leaves_at(settings: Settings) -> datetime:
    """When a mail of the desk leaves that is written now; until then it can be taken back."""
    return utcnow() + timedelta(minutes=settings.undo_minutes)


def title(request: Request, call: CallDefinition, language: str) -> str:
    """What is asked for, in a few words."""
    _ = translator(language)
    if request.what is AskedFor.DOCUMENT and request.document_kind:
        label = announcing.label_of(Kind(request.document_kind), call, language)
        return _("%(document)s, in a new version") % {"document": label}
    return _("a trial piece") if request.what is AskedFor.TRIAL_PIECE else _("a correction or an answer in words")


def asked(request: Request, call: CallDefinition, language: str) -> list[tuple[str, str]]:
    """What is asked for as labels and values, in the reader's language."""
    _ = translator(language)
    due = filters(language)["date"](request.due_at) if request.due_at else ""
    rows = [
        (_("We ask you for"), title(request, call, language)),
        (_("Topic"), request.topic),
        (_("Length"), request.length),
        (_("Fee"), request.fee),
        (_("Please by"), due),
    ]
    return [(label, value) for label, value in rows if value]


def letter(
    application: Application,
    call: CallDefinition,
    text: str,
    *,
    request: Request | None = None,
    subject: str = "",
    greeting: bool = True,
) -> Letter:
    """A message as the applicant gets it by mail; `subject` and a text without `greeting` are the editor's own."""
    facts = facts_of(application, call, text, request=request, greeting=greeting)
    return letters.message(facts, subject=subject)


def facts_of(
    application: Application, call: CallDefinition, text: str, *, request: Request | None, greeting: bool = True
) -> MessageFacts:
    language = application.language
    return MessageFacts(
        language=language,
        organisation=call.organisation,
        call_title=call.text(language).title,
        name=application.name,
        reference=application.reference,
        questions_address=call.questions_address,
        text=text.strip(),
        asked=asked(request, call, language) if request else (),
        greeting=greeting,
    )


def to_applicant(
    session: Session, text: Letter, application: Application, *, call: CallDefinition, settings: Settings
) -> OutgoingMail:
    """A mail with a private link of its own; it leaves when the time to take it back is over."""
    link = private.further_link(session, application, language=application.language, settings=settings)
    due_at = leaves_at(settings)
    mail = announcing.to_applicant(session, text, application, call=call, settings=settings, link=link, due_at=due_at)
    session.flush()  # messages point to it
    return mail


def no_longer_asked(
    session: Session, application: Application, request: Request, *, call: CallDefinition, settings: Settings
) -> None:
    """To the applicant, who knows of a request already: it is not needed any more."""
    text = letters.no_longer_asked(facts_of(application, call, "", request=request))
    to_applicant(session, text, application, call=call, settings=settings)


def reply(
    session: Session,
    application: Application,
    message: Message,
    documents: Sequence[Document],
    *,
    call: CallDefinition,
    settings: Settings,
) -> None:
    """To the editorial office: what the applicant wrote and sent.

    In a blind call, and where a pen name stands for the person, only that there is something: people sign what they
    write, and files bear their names.
    """
    language = announcing.OFFICE_LANGUAGE
    named = reviews.names_shown(application, call)
    open_to_all = named and not application.pen_name
    facts = ReplyFacts(
        organisation=call.organisation,
        call_title=call.text(language).title,
        reference=application.reference,
        name=application.byline if named else "",
        text=message.text if open_to_all else "",
        documents=announcing.listed(documents, call, language, named=open_to_all),
        desk_link=announcing.desk_link(application, settings),
    )
    announcing.to_office(session, letters.reply(facts), application, call=call, settings=settings)
