"""Contributors: persons whom the newsroom has accepted, each once, the newest first."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from app.accounts.models import Role
from app.accounts.sessions import CurrentEditor
from app.applications.models import Applicant, Application, ApplicationTag, Message, TagKind
from app.applications.workflow import Status
from app.desk import blinding
from app.desk.views import View
from app.desk.walking import Cursor, place_of, walk
from app.mail.models import OutgoingMail

PAGE = 50
POOL = (Status.ACCEPTED, Status.CONTRIBUTOR)
FACETS = {"region": TagKind.REGION, "language": TagKind.LANGUAGE, "topic": TagKind.TOPIC}
KEEP = ("yes", "no")


@dataclass(frozen=True)
class Wanted:
    """Which contributors are looked for; empty: all."""

    region: str = ""
    language: str = ""
    topic: str = ""
    keep: str = ""

    def address(self, **changes: str) -> str:
        pairs = {name: getattr(self, name) for name in ("region", "language", "topic", "keep")} | changes
        return "/desk/contributors?" + urlencode({name: value for name, value in pairs.items() if value})

    def view(self) -> View:
        """The part of the queue that these are."""
        tags: dict[str, Any] = {facet: (value,) for facet in FACETS if (value := getattr(self, facet))}
        return View(status=tuple(map(str, POOL)), **tags, keep=self.keep == "yes" if self.keep in KEEP else None)

    @property
    def narrowed(self) -> bool:
        return bool(self.region or self.language or self.topic or self.keep)


@dataclass
class Contributor:
    """One row: the application by which the person was last accepted, and when they last heard of us or we of them."""

    id: UUID
    reference: str
    name: str
    latin_name: str
    pen_name: str
    email: str
    safe_contact: str
    status: Status
    status_since: datetime
    keep: bool
    last_contact: datetime | None = None
    region: list[str] = field(default_factory=list)
    language: list[str] = field(default_factory=list)
    topic: list[str] = field(default_factory=list)


def page(
    session: Session, wanted: Wanted, *, viewer: CurrentEditor, after: Cursor | None = None, size: int = PAGE
) -> tuple[list[Contributor], Cursor | None]:
    """One page of contributors, and where the next begins; none on the last."""
    rows: list[Contributor] = []
    view, more = wanted.view(), True
    while more and len(rows) <= size:
        found = walk(session, view, after=after, limit=size + 1)
        after, more = found.after, found.after is not None
        rows += newest(session, accepted(session, found.ids))
    following = place_of(session, view, rows[size - 1].id) if len(rows) > size else None
    del rows[size:]
    add_tags(session, rows)
    add_contacts(session, rows)
    return veiled(session, rows, viewer), following


def accepted(session: Session, ids: Sequence[UUID]) -> list[Contributor]:
    """The rows of some accepted applications, in the order given."""
    names = ("id", "reference", "name", "latin_name", "pen_name", "email", "safe_contact")
    columns = (col(getattr(Application, name)) for name in (*names, "status", "status_since", "keep"))
    statement = sa.select(*columns).where(col(Application.id).in_(ids))
    found = {row.id: Contributor(**row._mapping) for row in session.connection().execute(statement)}
    return [found[key] for key in ids if key in found]


def newest(session: Session, rows: list[Contributor]) -> list[Contributor]:
    """Those rows after which the same person was not accepted once more."""
    heads = select(sa.func.coalesce(Applicant.same_as, Applicant.id)).join(Application)
    persons = list(session.exec(heads.where(col(Application.id).in_([row.id for row in rows]))))
    theirs = select(Applicant.id).where(sa.or_(col(Applicant.id).in_(persons), col(Applicant.same_as).in_(persons)))
    head = sa.func.coalesce(Applicant.same_as, Applicant.id)
    all_of_them = (
        sa.select(head, col(Application.id), col(Application.status))
        .join(Application, col(Application.applicant_id) == col(Applicant.id))
        .where(col(Applicant.id).in_(list(session.exec(theirs))))
    )
    last: dict[UUID, UUID] = {}
    for person, application, status in session.connection().execute(all_of_them):
        if status in POOL:
            last[person] = max(application, last.get(person, application))
    return [row for row in rows if row.id in set(last.values())]


def veiled(session: Session, rows: list[Contributor], viewer: CurrentEditor) -> list[Contributor]:
    """The same rows without what a viewer who reviews blind must not see; how to reach people is for who may write."""
    blind = blinding.hidden_among(session, viewer, [row.id for row in rows])
    shown = blinding.veiled_rows(session, rows, viewer)
    writes = viewer.role is not Role.READER
    return [row if writes and row.id not in blind else replace(row, email="", safe_contact="") for row in shown]


def add_tags(session: Session, rows: list[Contributor]) -> None:
    by_id = {row.id: row for row in rows}
    tags = select(ApplicationTag).where(
        col(ApplicationTag.application_id).in_(by_id), col(ApplicationTag.kind).in_(FACETS.values())
    )
    for tag in session.exec(tags.order_by(sa.asc(col(ApplicationTag.position)))):
        getattr(by_id[tag.application_id], tag.kind.value).append(tag.value)


def add_contacts(session: Session, rows: list[Contributor]) -> None:
    """The last mail that reached them from us, or message between us and them."""
    by_id: dict[UUID | None, Contributor] = {row.id: row for row in rows}
    mails = (
        sa.select(col(OutgoingMail.application_id), sa.func.max(OutgoingMail.sent_at))
        .join(Application, col(Application.id) == col(OutgoingMail.application_id))
        .where(col(Application.id).in_(by_id), col(OutgoingMail.recipient) == col(Application.email))
        .group_by(col(OutgoingMail.application_id))
    )
    messages = (
        sa.select(col(Message.application_id), sa.func.max(Message.written_at))
        .where(col(Message.application_id).in_(by_id))
        .group_by(col(Message.application_id))
    )
    for statement in (mails, messages):
        for key, at in session.connection().execute(statement):
            row = by_id[key]
            row.last_contact = max(at, row.last_contact or at) if at else row.last_contact
