"""Applications made straight in the database, for tests of what is counted and compared."""

import hashlib
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import Session

from app.applications import drafts, submission
from app.applications.form import ApplicationForm
from app.applications.models import Application
from app.applications.workflow import ENDED, Status
from app.audit.models import Event
from app.calls import loading
from app.calls.loading import Found
from app.documents.kinds import Kind
from app.documents.models import Document, TextState


def call(session: Session) -> Found:
    found = loading.load_file(session, loading.SHIPPED)
    session.flush()
    return found


def invent(
    session: Session,
    found: Found,
    *,
    name: str = "Nino Beridze",
    email: str = "nino@example.org",
    regions: tuple[str, ...] = ("georgia",),
    topics: tuple[str, ...] = ("energy",),
    languages: tuple[str, ...] = ("ka",),
    country: str = "GE",
    source: str = "",
    received_at: datetime | None = None,
    status: Status = Status.RECEIVED,
    answered_after: timedelta | None = None,
    decided_after: timedelta | None = None,
    reason: str | None = None,
    texts: tuple[str, ...] = (),
) -> Application:
    """One application; times are counted from its receipt."""
    token = drafts.new_token()
    draft = drafts.lock(session, token, found.id)
    form = ApplicationForm(
        name=name, email=email, country=country, regions=[*regions], topics=[*topics], languages=[*languages]
    )
    for number, text in enumerate(texts):
        add_text(session, draft.id, text, number)
    application = submission.create(
        session,
        draft_id=draft.id,
        secret=drafts.secret_of(token),
        form=form,
        call=found.call,
        language="de",
        source=source,
    )
    application.received_at = received_at or application.received_at
    application.status, application.reason_key = status, reason
    application.ended_at = application.received_at + (decided_after or timedelta()) if status in ENDED else None
    if answered_after is not None:
        happened(session, application, "message_sent", answered_after)
    if decided_after is not None:
        happened(session, application, "decided", decided_after, move="x", to=status.value)
    session.flush()
    return application


def happened(session: Session, application: Application, kind: str, after: timedelta, **detail: str) -> None:
    at = application.received_at + after
    session.add(Event(kind=kind, actor="editor", at=at, application_id=application.id, detail=detail))


def add_text(session: Session, draft: UUID, text: str, number: int) -> None:
    """A document that was read."""
    session.add(
        Document(
            draft_id=draft,
            kind=list(Kind)[number],
            name=f"{number}.txt",
            format="txt",
            size=len(text),
            sha256=hashlib.sha256(text.encode()).hexdigest(),
            storage_key=f"{draft}{number}".replace("-", "")[:64],
            text=text,
            text_state=TextState.READ,
        )
    )
