"""What stands left on the page of an application: its documents, one at a time, as pictures or as text."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import timedelta
from urllib.parse import urlencode
from uuid import UUID

from sqlmodel import Session

from app.accounts.sessions import CurrentEditor
from app.applications.models import Application
from app.calls.definition import CallDefinition
from app.database import utcnow
from app.desk import blinding, finding
from app.desk.finding import Hit, Piece
from app.documents import keeping, pictures
from app.documents.kinds import Kind
from app.documents.models import Document, DocumentPage, Look, PicturesState, ReadingPosition, TextState
from app.jobs import queue

ORDER = (Kind.TRIAL_PIECE, Kind.WRITING_SAMPLE, Kind.COVER_LETTER, Kind.CV)
ABOUT = "about"
LATE = timedelta(minutes=5)
MAX_SHOWN = 100_000  # letters of a text on one page
SHOWN = ("pages", "text")
ZOOMS = ("fit", "wide", "wider")


@dataclass(frozen=True)
class Asked:
    """What the address asks to be shown."""

    document: str = ""
    show: str = SHOWN[0]
    find: str = ""
    zoom: str = ZOOMS[0]
    view: str = ""  # of the queue, from which one has come: it stays in every address


@dataclass(frozen=True)
class Reading:
    """The documents of an application with the one that is open, and what to show of it."""

    documents: list[Document]
    asked: Asked
    document: Document | None = None  # none: what the applicant wrote into the form
    pages: list[DocumentPage] = field(default_factory=list)
    hits: list[Hit] = field(default_factory=list)
    text: list[Piece] = field(default_factory=list)
    position: ReadingPosition | None = None

    @property
    def more_pages(self) -> bool:
        """Whether there are pages beyond those that were drawn."""
        return self.document is not None and (self.document.pages or 0) > len(self.pages)

    @property
    def under_way(self) -> bool:
        """Whether something about the open document is still being made."""
        it = self.document
        return it is not None and (
            it.pictures_state == PicturesState.WAITING or it.look == Look.WAITING or it.text_state == TextState.WAITING
        )

    @property
    def resumed_at(self) -> int | None:
        """The page on which this editor stopped, when it is this document and not its beginning."""
        it = self.position
        return it.page if it and self.document and it.document_id == self.document.id and it.page > 1 else None

    def address(self, **changes: str) -> str:
        """The query of this page with some of it changed; what is usual is left out."""
        asked = asdict(replace(self.asked, **changes))
        return "?" + urlencode({name: value for name, value in asked.items() if value != getattr(Asked(), name)})


def asked(query: Mapping[str, str]) -> Asked:
    """What an address asks for; what it asks for in vain is passed over."""
    show, zoom = query.get("show", ""), query.get("zoom", "")
    return Asked(
        document=query.get("document", "")[:40],
        show=show if show in SHOWN else SHOWN[0],
        find=query.get("find", "").replace("\0", "").strip()[:200],
        zoom=zoom if zoom in ZOOMS else ZOOMS[0],
        view=query.get("view", "")[:2000],
    )


def read(
    session: Session, application: Application, *, call: CallDefinition, viewer: CurrentEditor, asked: Asked
) -> Reading:
    """The reading side of an application's page, where this editor left it unless the address says otherwise."""
    documents = in_order(keeping.all_of_draft(session, application.draft_id))
    if blinding.is_blind(application, call, viewer):
        documents = blinding.veiled_documents(documents, call, viewer.language)
    position = session.get(ReadingPosition, (viewer.id, application.id))
    document = chosen(documents, asked, position)
    if document is None:
        return Reading(documents, asked, position=position)
    pages = pictures.of_document(session, document.id)
    words = [(page.number, page.text) for page in pages] if any(page.text for page in pages) else [(0, document.text)]
    return Reading(
        documents,
        asked,
        document,
        pages,
        hits=list(finding.hits(words, asked.find))[: finding.MAX_FOUND] if asked.find else [],
        text=finding.marked(document.text[:MAX_SHOWN], asked.find),
        position=position,
    )


def in_order(documents: list[Document]) -> list[Document]:
    """A trial piece first, since it is the newest that was asked for; what came with messages last."""
    places = {kind: place for place, kind in enumerate(ORDER)}
    return sorted(documents, key=lambda document: places.get(document.kind, len(ORDER)))


def chosen(documents: list[Document], asked: Asked, position: ReadingPosition | None) -> Document | None:
    """The document to open: the one asked for, else where the editor was, else the first."""
    if asked.document == ABOUT:
        return None
    wanted = [asked.document, str(position.document_id) if position else ""]
    by_id = {str(document.id): document for document in documents}
    return next((by_id[key] for key in wanted if key in by_id), documents[0] if documents else None)


def keep_position(session: Session, application: Application, *, editor: UUID, document: UUID, page: int) -> None:
    """Remember where an editor is reading."""
    if document not in {each.id for each in keeping.all_of_draft(session, application.draft_id)}:
        return
    kept = session.get(ReadingPosition, (editor, application.id))
    kept = kept or ReadingPosition(editor_id=editor, application_id=application.id, document_id=document)
    kept.document_id, kept.page, kept.at = document, page, utcnow()
    session.add(kept)


def overdue(documents: list[Document], *, drawn_when_opened: bool) -> list[Document]:
    """Documents that should have been looked at by now: of a time before there were pictures, for instance."""
    return [
        document
        for document in documents
        if (document.look is Look.WAITING and document.received_at + LATE < utcnow())
        or (
            document.pictures_state is PicturesState.WAITING
            and (drawn_when_opened or document.received_at + LATE < utcnow())
        )
    ]


def ask_for(session: Session, documents: list[Document]) -> None:
    """Have documents looked at and drawn, unless it is asked for already."""
    for document in documents:
        if document.look is Look.WAITING:
            queue.enqueue(session, keeping.READ_TEXT, str(document.id), once=True)
    keeping.have_drawn(session, documents)
