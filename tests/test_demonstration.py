"""The demonstration has lived: months of work, people who apply twice, numbers that say something."""

from datetime import timedelta
from pathlib import Path

from sqlmodel import select

from app import demonstration_scale
from app.applications import entries
from app.applications.models import Application, QueueEntry
from app.calls import loading
from app.database import transaction, utcnow
from app.demonstration import fill
from app.demonstration_course import live
from app.desk import insights, views
from app.desk.people_models import Likeness
from app.desk.walking import walk
from app.documents.storage import Storage
from app.settings import Settings


def test_the_demonstration_shows_doubles_and_a_course_of_months(connected: str, tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, secret_key="k" * 40)  # type: ignore[arg-type]
    fill(settings, 24)
    live(settings)
    with transaction() as session:
        received = [each.received_at for each in session.exec(select(Application).order_by(Application.id))]  # type: ignore[arg-type]
        reasons = {reason for pair in session.exec(select(Likeness)) for reason in pair.reasons}
        found = insights.read(session, call_ids=[loading.everything(session)[0].id], period="52w")
    assert len(received) == 30
    assert received[0] < utcnow() - timedelta(days=120)
    assert received[:24] == sorted(received[:24])
    assert reasons >= {"address", "name", "document", "text"}
    assert found.total == 30
    assert found.answer.number
    assert found.decision.median > 0
    assert found.reason


def test_copies_are_found_as_if_they_had_been_received(connected: str, tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, secret_key="k" * 40)  # type: ignore[arg-type]
    fill(settings, 4)
    demonstration_scale.multiply(Storage(settings.storage), 20)
    with transaction() as session:
        everything = session.exec(select(Application)).all()
        for each in everything:
            rows = session.exec(select(QueueEntry).where(QueueEntry.application_id == each.id)).all()
            assert {(row.facet, row.value) for row in rows} == entries.wanted_pairs(session, each)
            for name, key in entries.keys(each).items():
                assert all(abs(getattr(row, name) - key) <= 1 for row in rows)  # of a millisecond
            assert walk(session, views.parse(f"q={each.reference}"), limit=5).ids == [each.id]
    assert len(everything) == 24
