"""What mails an application causes: the receipt and the announcement, and both when it is withdrawn."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session

from app.accounts import rates
from app.applications import receipts, reviews, turns
from app.applications.models import Application, TagKind
from app.audit import trail
from app.calls.definition import CallDefinition
from app.documents.kinds import Kind
from app.documents.models import Document
from app.mail import letters, outbox
from app.mail.letters import Letter, Received
from app.mail.models import OutgoingMail
from app.settings import Settings
from app.web.templating import filters, translator

OFFICE_LANGUAGE = "de"
A_DAY = 5  # mails of a kind to one mailbox that nobody at the desk has written


def received(
    session: Session,
    application: Application,
    *,
    call: CallDefinition,
    tags: dict[TagKind, list[str]],
    documents: Sequence[Document],
    secret: str,
    settings: Settings,
) -> None:
    """The receipt to the applicant, with the private link, and the announcement to the editorial office."""
    language = application.language
    receipt = letters.receipt(
        letters.ReceiptFacts(
            language=language,
            organisation=call.organisation,
            call_title=call.text(language).title,
            name=application.name,
            reference=application.reference,
            received_at=application.received_at,
            answer_by=turns.answer_by(application.received_at, call),
            questions_address=call.questions_address,
            documents=listed(documents, call, language),
            proof=receipts.block(receipts.sign(proof(application, call, documents, settings), settings.keys)),
            verify=f"{settings.base_url}/{language}/verify",
        )
    )
    link = f"{settings.base_url}/{language}/applications/{secret}"
    if has_room("receipt", session, application, settings):
        to_applicant(session, receipt, application, call=call, settings=settings, link=link)
    names = filters(OFFICE_LANGUAGE)
    named = reviews.names_shown(application, call)
    regions = {region.key: region.names[OFFICE_LANGUAGE] for region in call.regions}
    topics = {topic.key: topic.names[OFFICE_LANGUAGE] for topic in call.topics}
    announcement = letters.new_application(
        letters.NewApplicationFacts(
            organisation=call.organisation,
            call_title=call.text(OFFICE_LANGUAGE).title,
            reference=application.reference,
            name=application.byline if named else "",
            latin_name="" if application.pen_name or not named else application.latin_name,
            reach_safely=bool(application.safe_contact),
            country=names["country_name"](application.country) if application.country else "",
            regions=[regions[key] for key in tags[TagKind.REGION]],
            languages=[names["language_name"](code) for code in tags[TagKind.LANGUAGE]],
            topics=[topics[key] for key in tags[TagKind.TOPIC]],
            documents=listed(documents, call, OFFICE_LANGUAGE, named=named and not application.pen_name),
            desk_link=desk_link(application, settings),
        )
    )
    to_office(session, announcement, application, call=call, settings=settings)


def proof(
    application: Application, call: CallDefinition, documents: Sequence[Document], settings: Settings
) -> receipts.Receipt:
    """What the receipt that goes by mail confirms."""
    return receipts.Receipt(
        issuer=settings.base_url,
        organisation=call.organisation,
        reference=application.reference,
        call=call.slug,
        received_at=application.received_at,
        issued_at=application.received_at,
        documents=receipts.items(documents),
    )


def withdrawn(session: Session, application: Application, *, call: CallDefinition, settings: Settings) -> None:
    """To both: the application was withdrawn."""

    def facts(language: str, name: str, link: str = "") -> letters.WithdrawalFacts:
        return letters.WithdrawalFacts(
            language=language,
            organisation=call.organisation,
            call_title=call.text(language).title,
            name=name,
            reference=application.reference,
            desk_link=link,
        )

    told = letters.withdrawn(facts(application.language, application.name))
    if has_room("withdrawn", session, application, settings):
        to_applicant(session, told, application, call=call, settings=settings)
    name = application.byline if reviews.names_shown(application, call) else ""
    office = letters.withdrawal(facts(OFFICE_LANGUAGE, name, desk_link(application, settings)))
    to_office(session, office, application, call=call, settings=settings)


def has_room(kind: str, session: Session, application: Application, settings: Settings) -> bool:
    """Whether the applicant gets one more mail of this kind today; if not, the history says so."""
    room = room_for(kind, session, application.email, settings)
    if not room:
        trail.record(session, "mail_left_out", application=application.id, what=kind)
    return room


def room_for(kind: str, session: Session, address: str, settings: Settings) -> bool:
    """Count one mail that somebody outside the desk causes; whether it may go.

    Anybody can give anybody's address: nobody's mailbox is filled by us. Which addresses had how many is under a hash
    of today's alone, as with clients.
    """
    if settings.rate_limits == "off":
        return True
    key = rates.key_for(settings, f"mail {kind}", mailbox(address))
    return rates.count(session, key, seconds=rates.DAY).count <= A_DAY


def mailbox(address: str) -> str:
    """Where mails to an address end up: without what stands behind a plus."""
    local, _, domain = address.casefold().rpartition("@")
    return f"{local.partition('+')[0]}@{domain}"


def listed(documents: Sequence[Document], call: CallDefinition, language: str, *, named: bool = True) -> list[Received]:
    """Documents as a mail lists them; not `named`, without the names that their sender gave them."""

    def one(each: Document) -> Received:
        label = label_of(each.kind, call, language)
        return Received(label, each.name if named else each.format.upper(), each.size, each.sha256)

    return [one(each) for each in documents]


def label_of(kind: Kind, call: CallDefinition, language: str) -> str:
    """What a document is, in words: the call's own, or ours for what comes with messages."""
    _ = translator(language)
    ours = {Kind.TRIAL_PIECE: _("Trial piece"), Kind.ATTACHMENT: _("Attachment")}
    return ours[kind] if kind in ours else call.document(kind).label[language]


def desk_link(application: Application, settings: Settings) -> str:
    return f"{settings.base_url}/desk/applications/{application.reference}"


def to_applicant(
    session: Session,
    letter: Letter,
    application: Application,
    *,
    call: CallDefinition,
    settings: Settings,
    link: str | None = None,
    due_at: datetime | None = None,
) -> OutgoingMail:
    """A mail to the applicant; the answer goes to the editorial office."""
    return outbox.post(
        session,
        letter,
        sender=settings.mail_from or call.editorial_address,
        recipient=application.email,
        reply_to=call.editorial_address,
        base_url=settings.base_url,
        application_id=application.id,
        thread=application.reference,
        link=link,
        keys=settings.keys,
        due_at=due_at,
    )


def to_office(
    session: Session, letter: Letter, application: Application, *, call: CallDefinition, settings: Settings
) -> None:
    """A mail to the editorial office; the answer goes to the applicant.

    Not where nobody is to know who that is, nor where the desk says what to know before writing; a pen name and
    the address of whoever bears it do not travel in one mail.
    """
    open_to_all = reviews.names_shown(application, call)
    guarded = bool(application.pen_name or application.safe_contact)
    outbox.post(
        session,
        letter,
        sender=settings.mail_from or call.editorial_address,
        recipient=call.editorial_address,
        reply_to=application.email if open_to_all and not guarded else None,
        base_url=settings.base_url,
        application_id=application.id,
        thread=application.reference,
    )
