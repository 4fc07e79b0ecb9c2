"""Forgetting: an application with all that belongs to it, and those whose time is over (GDPR, Art. 5 (1) (e))."""

import calendar
import re
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col, select

from app.applications import replying
from app.applications.models import Application, ApplicationTag, Draft, Message, PrivateLink, QueueEntry, Request
from app.applications.reviews import ConflictOfInterest, Review, ReviewRequest
from app.audit import trail
from app.audit.models import Event
from app.calls import loading
from app.database import compact_search, lock_rows, utcnow
from app.desk import bulk, exporting, figures, persons, presence, saved_views
from app.desk.bulk_models import BulkItem
from app.desk.models import Mention, Note, Presence, SearchEntry
from app.documents import keeping
from app.documents.models import ReadingPosition
from app.jobs import queue
from app.mail.models import OutgoingMail

HANDLE = re.compile(r"[^\s,;]*[@_\d][^\s,;]*")  # a number, or a name in a messenger


def erase(session: Session, application: Application) -> None:
    """Remove an application: rows, documents, mails, search text. Of its history the kinds and times stay."""
    session.exec(lock_rows(select(Application.id).where(Application.id == application.id)))
    bulks = bulk.about(session, application.id)
    replying.erase(session, application)
    session.exec(sa.delete(ReadingPosition).where(col(ReadingPosition.application_id) == application.id))
    for document in keeping.all_of_draft(session, application.draft_id):
        keeping.remove(session, document)
    keeping.remove_uploads(session, application.draft_id)
    session.flush()
    session.exec(sa.delete(OutgoingMail).where(col(OutgoingMail.draft_id) == application.draft_id))
    figures.bury(session, application.id)
    persons.forget(session, application)
    for table in (
        SearchEntry,
        Mention,
        BulkItem,
        Note,
        Presence,
        Review,
        ReviewRequest,
        ConflictOfInterest,
        Message,
        Request,
        PrivateLink,
        QueueEntry,
        ApplicationTag,
        OutgoingMail,
    ):
        session.exec(sa.delete(table).where(col(table.application_id) == application.id))
    bulk.discard_empty(session, bulks)
    presence.forget_searches(session)
    names = (application.name, application.latin_name, application.pen_name, application.email.split("@")[0])
    saved_views.forget_searches(session, *names, *HANDLE.findall(application.safe_contact))
    exporting.discard_all(session)
    nameless = sa.update(Event).where(col(Event.application_id) == application.id)
    session.exec(nameless.values(application_id=None, detail={}))
    session.flush()
    session.delete(application)
    session.flush()
    session.exec(sa.delete(Draft).where(col(Draft.id) == application.draft_id))
    persons.forget_unused(session, application.applicant_id)
    trail.record(session, "erased", state=application.status.value)
    compact_search(session)
    queue.enqueue(session, queue.EMPTY_JOURNAL, "", once=True)


def erase_due(session: Session, *, limit: int = 50) -> int:
    """Erase applications that ended longer ago than their call keeps them; how many. Who agreed to be kept stays."""
    erased = 0
    for found in loading.everything(session):
        ended = select(Application).where(
            Application.call_id == found.id,
            col(Application.ended_at) < months_ago(utcnow(), found.call.retention_months),
            col(Application.keep).is_(False),
        )
        # Locked, so that who agrees to be kept at this moment is either kept or told the truth.
        for application in session.exec(lock_rows(ended.limit(limit - erased))).all():
            erase(session, application)
            erased += 1
        if erased >= limit:
            break
    return erased


def months_ago(moment: datetime, months: int) -> datetime:
    """The same day some months earlier, or the last of that month."""
    year, month = divmod(moment.year * 12 + moment.month - 1 - months, 12)
    day = min(moment.day, calendar.monthrange(year, month + 1)[1])
    return moment.replace(year=year, month=month + 1, day=day)
