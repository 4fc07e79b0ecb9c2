"""Blind reviewing: the one place that says what of a person whoever reviews blind is not shown.

Pages get a veiled copy of an application and of its documents, so that a template cannot show what it was not given.
The text of the documents stays as it is: it may still tell who wrote it, and the page says so.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, Protocol, TypeVar
from uuid import UUID

from sqlmodel import Session, col, select

from app.accounts.models import Role
from app.applications import announcing, reviews, submission
from app.applications.models import Application, Message
from app.applications.thread import Conversation
from app.audit import trail
from app.calls import loading
from app.calls.definition import CallDefinition
from app.database import utcnow
from app.desk import deciding
from app.documents.models import Document
from app.jobs import queue as jobs
from app.mail import letters
from app.mail.models import OutgoingMail
from app.web.templating import translator

# What names the person or leads to them. A test holds that no new column of an application is forgotten here.
HIDDEN = ("name", "latin_name", "pen_name", "email", "safe_contact", "links")
# Stands for the name in a letter that is written blind; the name takes its place when the letter is posted.
NAME = "{name}"


class Row(Protocol):
    """A row of a list: which application it is, and the names it would show."""

    @property
    def id(self) -> UUID: ...
    @property
    def reference(self) -> str: ...


class Viewer(Protocol):
    """Whoever looks: at a page, or as the one for whom an export is made."""

    @property
    def role(self) -> Role: ...
    @property
    def language(self) -> str: ...


RowT = TypeVar("RowT", bound=Row)


def is_blind(application: Application, call: CallDefinition, viewer: Viewer) -> bool:
    """Whether this viewer must not see whose application it is."""
    return viewer.role is not Role.ADMIN and not reviews.names_shown(application, call)


def hidden_among(session: Session, viewer: Viewer, applications: Iterable[UUID | None]) -> set[UUID]:
    """Those of some applications whose person this viewer must not see: one query at most."""
    ids = [each for each in applications if each is not None]
    calls = [found.id for found in loading.everything(session) if found.call.blind_reviews]
    if not ids or not calls or viewer.role is Role.ADMIN:
        return set()
    statement = select(Application.id).where(col(Application.id).in_(ids), col(Application.call_id).in_(calls))
    return set(session.exec(statement.where(col(Application.revealed_at).is_(None))))


def shown_name(name: str, reference: str, language: str, *, blind: bool) -> str:
    """The name as a viewer sees it: the person's own, or one that says nothing."""
    return translator(language)("Applicant %(reference)s") % {"reference": reference} if blind else name


def veiled(application: Application, language: str) -> Application:
    """A copy for pages that says nothing of who it is. It belongs to no session."""
    name = shown_name(application.name, application.reference, language, blind=True)
    nothing: dict[str, Any] = dict.fromkeys(HIDDEN, "") | {"name": name, "links": []}
    return Application(**(application.model_dump() | nothing))


def veiled_documents(documents: Sequence[Document], call: CallDefinition, language: str) -> list[Document]:
    """Copies of documents under names that say nothing of who sent them."""

    def one(each: Document) -> Document:
        return Document(**(each.model_dump() | {"name": neutral_name(each, call, language), "tells": None}))

    return [one(each) for each in documents]


def neutral_name(document: Document, call: CallDefinition, language: str) -> str:
    """What a document is called where its sender's name for it must not be seen: "Writing sample.pdf"."""
    return f"{announcing.label_of(document.kind, call, language)}.{document.format.value}"


def document_name(session: Session, document: Document, application_id: UUID, viewer: Viewer) -> str:
    """Under which name a viewer gets a document."""
    application = session.get_one(Application, application_id)
    call = loading.by_id(session, application.call_id).call
    blind = is_blind(application, call, viewer)
    return neutral_name(document, call, viewer.language) if blind else document.name


def veiled_rows(session: Session, rows: Sequence[RowT], viewer: Viewer) -> list[RowT]:
    """Rows of a list with names that say nothing where the viewer reviews blind."""
    blind = hidden_among(session, viewer, [row.id for row in rows])
    return [veiled_row(row, viewer.language) if row.id in blind else row for row in rows]


def veiled_row(row: RowT, language: str) -> RowT:
    name = shown_name("", row.reference, language, blind=True)
    return replace(row, name=name, latin_name="", pen_name="")  # type: ignore[type-var]


def veiled_mails(session: Session, mails: Sequence[OutgoingMail], viewer: Viewer) -> list[OutgoingMail]:
    """Mails whose subject, recipient, text and errors say nothing of a person that the viewer must not see."""
    blind = hidden_among(session, viewer, [mail.application_id for mail in mails])
    _ = translator(viewer.language)
    nothing: dict[str, Any] = {"recipient": _("hidden"), "reply_to": None, "last_error": None}
    nothing |= {"subject": _("Mail about an application that is reviewed blind"), "html": ""}
    nothing["text"] = _("The text is hidden: it may tell who applied.")
    return [OutgoingMail(**(mail.model_dump() | nothing)) if mail.application_id in blind else mail for mail in mails]


def veiled_talk(talk: Conversation, application: Application, call: CallDefinition, language: str) -> Conversation:
    """Messages without the applicant's name: as writer, in what editors wrote, on files. Their own words stay."""
    name = shown_name(application.name, application.reference, language, blind=True)

    def message(each: Message, instead: str = name) -> Message:
        return Message(**(each.model_dump() | {"text": nameless(each.text, application, instead)}))

    items = [
        replace(
            item,
            message=message(item.message),
            writer=name if item.by_applicant else item.writer,
            documents=veiled_documents(item.documents, call, language),
        )
        for item in talk.items
    ]
    # What was taken back returns to the box and may be sent again: the name comes in then.
    return replace(talk, items=items, taken_back=[message(each, NAME) for each in talk.taken_back])


def nameless(text: str, application: Application, instead: str) -> str:
    """A text without the person's names, in either script and as letters write them."""
    names = {application.name, application.latin_name, application.pen_name} - {""}
    spelled = sorted(names | {letters.harmless(each) for each in names}, key=len, reverse=True)
    return re.sub("|".join(map(re.escape, spelled)), lambda _: instead, text) if spelled else text


def with_name(text: str, application: Application) -> str:
    """A letter that was written blind, with the name in its place."""
    return text.replace(NAME, letters.harmless(application.name))


def reveal(session: Session, application: Application, *, by: UUID, version: int, shown: bool) -> None:
    """Let everybody at the desk see whose application it is, or hide it again. Raises deciding.StaleVersion."""
    deciding.change(application, version)
    application.revealed_at = utcnow() if shown else None
    session.add(application)
    trail.record(session, "revealed" if shown else "veiled", application=application.id, editor=by)
    jobs.enqueue(session, submission.INDEX, str(application.id), once=True)
