"""What is to be forgotten is forgotten: rows, documents, mails, search text, down to the bytes (promises P3, P4)."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa
import time_machine
from sqlmodel import select

from app.applications.models import Application, Draft
from app.database import transaction, utcnow
from app.demonstration import fill
from app.documents.models import Document, DocumentPage
from app.documents.storage import Storage
from app.jobs.models import Job
from app.privacy.erasure import erase, erase_due, months_ago
from app.settings import Settings
from app.work import worker


def settle(settings: Settings) -> None:
    """Let the worker do what is due."""
    hands = worker(settings, Storage(settings.storage))
    while hands.run_one():
        pass


def number(table: str) -> int:
    with transaction() as session:
        return int(session.connection().execute(sa.text(f"SELECT count(*) FROM {table}")).scalar_one())


def keys_of_rows() -> set[str]:
    """The stored objects that some row of a document or a page speaks of."""
    with transaction() as session:
        return {*session.exec(select(Document.storage_key)), *session.exec(select(DocumentPage.storage_key))}


def test_p4_ended_applications_go_after_their_period_and_open_ones_stay(connected: str, tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, secret_key="k" * 40)  # type: ignore[arg-type]
    fill(settings, 24)
    with transaction() as session:
        ended = session.exec(select(Application).where(Application.ended_at != None)).all()  # noqa: E711
        going = {each.id for each in ended if not each.keep}
        everybody = {each.id for each in session.exec(select(Application))}
    assert going
    with time_machine.travel(utcnow() + timedelta(days=150)):
        settle(settings)
        assert number("application") == 24  # a day too early would be wrong
    with time_machine.travel(utcnow() + timedelta(days=190)):
        settle(settings)
        with transaction() as session:
            left = {each.id for each in session.exec(select(Application))}
    assert left == everybody - going
    assert {key for key, _ in Storage(settings.storage).objects()} == keys_of_rows()


def test_p3_after_erasure_no_byte_of_the_person_is_left(connected: str, tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, secret_key="k" * 40)  # type: ignore[arg-type]
    fill(settings, 6)
    with transaction() as session:
        application = session.exec(select(Application)).first()
        assert application is not None
        application.name, application.email = "Unmistakable Name", "unmistakable@example.org"
        session.add(application)
    from app.desk import search

    search.index(str(application.id))
    with transaction() as session:
        erase(session, session.get_one(Application, application.id))
    settle(settings)
    for table in ("application", "search_entry", "outgoing_mail", "event", "note", "applicant", "draft", "document"):
        with transaction() as session:
            rows = session.connection().execute(sa.text(f"SELECT * FROM {table}")).all()
        assert "nmistakable" not in str(rows).lower(), table
    # Also not in the journal beside the database, while the service runs on.
    for path in tmp_path.rglob("*"):
        if path.is_file():
            assert b"unmistakable" not in path.read_bytes().lower(), path


def test_drafts_that_were_not_sent_go_after_thirty_days(connected: str, tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, secret_key="k" * 40)  # type: ignore[arg-type]
    fill(settings, 2)
    storage = Storage(settings.storage)
    with transaction() as session:
        call = session.exec(select(Draft.call_id)).first()
        draft = Draft(key_hash=b"x", call_id=call, expires_at=utcnow() + timedelta(days=30))
        session.add(draft)
        session.flush()
        incoming = storage.begin()
        incoming.write(b"begun and not sent")
        incoming.keep()
        from app.documents import keeping
        from app.documents.kinds import Format, Kind

        keeping.put(session, draft=draft.id, kind=Kind.CV, name="cv.txt", form=Format.TXT, incoming=incoming)
    settle(settings)
    assert storage.size(incoming.key) is not None
    with time_machine.travel(utcnow() + timedelta(days=31)):
        settle(settings)
    assert storage.size(incoming.key) is None
    with transaction() as session:
        assert len(session.exec(select(Draft)).all()) == 2
        assert session.exec(select(Document).where(Document.draft_id == draft.id)).all() == []
        assert {job.kind for job in session.exec(select(Job))} == {"daily"}


def test_months_are_counted_by_the_calendar() -> None:
    assert months_ago(datetime(2026, 8, 31, tzinfo=UTC), 6) == datetime(2026, 2, 28, tzinfo=UTC)
    assert months_ago(datetime(2026, 1, 15, tzinfo=UTC), 1) == datetime(2025, 12, 15, tzinfo=UTC)
    assert months_ago(datetime(2026, 12, 15, tzinfo=UTC), 12) == datetime(2025, 12, 15, tzinfo=UTC)


def test_erasing_nothing_is_nothing(connected: str) -> None:
    with transaction() as session:
        assert erase_due(session) == 0
