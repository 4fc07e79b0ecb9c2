"""Everything that the page of one application shows, read in one go."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import Session, col, select

from app.accounts.models import Editor
from app.accounts.sessions import CurrentEditor
from app.applications import announcing, submission, thread, turns, workflow
from app.applications.models import Application, TagKind
from app.applications.thread import Conversation
from app.applications.workflow import Move
from app.audit import trail
from app.audit.models import Event
from app.calls import loading
from app.calls.definition import CallDefinition
from app.database import utcnow
from app.desk import blinding, deciding, mentions, people, proposing, reasons, review_section, undoing, writing
from app.desk.models import Note
from app.desk.people import People
from app.desk.proposing import Proposal
from app.desk.review_section import ReviewSection
from app.desk.writing import Writing
from app.documents import keeping
from app.documents.models import Document
from app.mail import letters
from app.mail.models import OutgoingMail
from app.settings import Settings

OPENED_AGAIN = timedelta(hours=1)


@dataclass(frozen=True)
class Line:
    """One event with the words it needs."""

    event: Event
    who: str
    reference: str | None = None
    other: str | None = None  # of an event about two applications: the other one's reference


@dataclass(frozen=True)
class ApplicationPage:
    application: Application
    call: CallDefinition
    tags: dict[TagKind, list[str]]
    documents: list[Document]
    notes: list[tuple[Note, str]]
    history: list[Line]
    mails: list[OutgoingMail]
    editors: list[Editor]
    moves: list[Move]
    proposal: Proposal | None
    take_back_until: datetime | None
    undoable: Event | None  # an assignment or labels that may be undone
    answer_by: object
    conversation: Conversation
    writing: Writing
    reviews: ReviewSection
    person: People
    blind: bool  # this viewer must not see whose application it is
    reach_hidden: bool  # how to reach the applicant safely is said, but not to this viewer
    people: list[str] = field(default_factory=list)  # who can be mentioned in a note
    reasons: dict[str, str] = field(default_factory=dict)  # own labels of reasons for declining

    def parts(self, note: Note) -> list[tuple[str, bool]]:
        """A note in pieces, each with whether it mentions somebody."""
        return mentions.parts(note.text, self.people)

    def opened_lately_by(self, editor: UUID) -> bool:
        """Whether this editor's looking at it is in the trail already, within the hour."""
        return any(
            line.event.kind == "opened" and line.event.editor_id == editor and line.event.at + OPENED_AGAIN > utcnow()
            for line in self.history
        )


def read(
    session: Session,
    application: Application,
    *,
    viewer: CurrentEditor,
    settings: Settings,
    move: Move | None,
    template: str = "",
) -> ApplicationPage:
    """The page of one application; `move` opens the panel for that move, if the workflow has it from here.

    Its letter is written with the chosen `template`.
    """
    call = loading.by_id(session, application.call_id).call
    by_id = names(session)
    within = timedelta(minutes=settings.undo_minutes)
    undoable = deciding.can_take_back(session, application, within=within)
    moves = workflow.moves(application.status)
    editors = mentions.active(session)
    mails = select(OutgoingMail).where(OutgoingMail.application_id == application.id, OutgoingMail.kind != "mentioned")
    documents = keeping.of_draft(session, application.draft_id)
    blind = blinding.is_blind(application, call, viewer)
    events = trail.of_application(session, application.id)
    others = {} if blind else people.named(session, events, viewer)
    return ApplicationPage(
        application=blinding.veiled(application, viewer.language) if blind else application,
        call=call,
        tags=submission.tags(session, application.id),
        documents=blinding.veiled_documents(documents, call, viewer.language) if blind else documents,
        notes=deciding.notes(session, application.id),
        history=[line(event, by_id, other=others.get(event.detail.get("other", ""))) for event in events],
        mails=blinding.veiled_mails(session, session.exec(mails.order_by(col(OutgoingMail.id).desc())).all(), viewer),
        editors=editors,
        moves=moves,
        proposal=(
            proposing.propose(session, application, move, template=template, viewer=viewer, blind=blind)
            if move is not None and move in moves
            else None
        ),
        take_back_until=undoable.at + within if undoable else None,
        undoable=undoing.last(session, application, within=within),
        answer_by=turns.answer_by(application.received_at, call),
        conversation=talk(session, application, call, viewer, blind=blind),
        writing=writing.begin(session, application, wanted="" if move else template, viewer=viewer, blind=blind),
        reviews=review_section.read(session, application, call, viewer),
        blind=blind,
        reach_hidden=blind and bool(application.safe_contact),
        people=[each.name for each in editors],
        reasons=reasons.labels(session),
        person=People() if blind else people.shown(session, application, viewer),
    )


def talk(
    session: Session, application: Application, call: CallDefinition, viewer: CurrentEditor, *, blind: bool
) -> Conversation:
    """Messages both ways; for whoever reviews blind without the applicant's name and the files'."""
    found = thread.read(session, application)
    return blinding.veiled_talk(found, application, call, viewer.language) if blind else found


def names(session: Session) -> dict[str, str]:
    """Names of all editors by id."""
    return {str(key): name for key, name in session.exec(select(Editor.id, Editor.name))}


def line(event: Event, people: dict[str, str], reference: str | None = None, other: str | None = None) -> Line:
    return Line(event, people.get(str(event.editor_id), "") if event.editor_id else "", reference, other)


def post_letter(
    session: Session, application: Application, event: Event, letter: tuple[str, str] | None, *, settings: Settings
) -> None:
    """Put the decision's edited letter into the outbox; it leaves when the time to take it back is over."""
    if letter is None or not letter[0].strip() or not letter[1].strip():
        return
    call = loading.by_id(session, application.call_id).call
    text = letters.from_text(
        event.detail["move"],
        application.language,
        subject=blinding.with_name(letter[0].strip(), application),
        body=blinding.with_name(letter[1].strip(), application),
        organisation=call.organisation,
    )
    due_at = utcnow() + timedelta(minutes=settings.undo_minutes)
    mail = announcing.to_applicant(session, text, application, call=call, settings=settings, due_at=due_at)
    event.detail = event.detail | {"mail": str(mail.id)}
    session.add(event)


def document(session: Session, document_id: UUID) -> tuple[Document, Application] | None:
    """A document of an application that was sent, and that application; drafts' documents are nobody's yet."""
    statement = select(Document, Application).join(Application, col(Application.draft_id) == col(Document.draft_id))
    return session.exec(statement.where(Document.id == document_id)).first()


def trail_page(session: Session, *, after: UUID | None, viewer: CurrentEditor) -> list[Line]:
    """One page of the whole trail, with names and references."""
    events = trail.page(session, after=after)
    ids = {event.application_id for event in events if event.application_id}
    found = session.exec(select(Application.id, Application.reference).where(col(Application.id).in_(ids)))
    references = dict(list(found))
    by_id, others = names(session), people.named(session, events, viewer)
    return [
        line(
            event,
            by_id,
            references.get(event.application_id) if event.application_id else None,
            others.get(event.detail.get("other", "")),
        )
        for event in events
    ]
