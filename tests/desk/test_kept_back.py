"""What the desk keeps back or lets go: hidden scores, words of searches, bulks of others, what erasing leaves over."""

from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlmodel import Session, col, select

from app.accounts.models import Editor, Role
from app.applications.models import Application
from app.applications.reviews import ConflictOfInterest, Review, ReviewRequest
from app.applications.workflow import OPEN
from app.audit.models import Event
from app.database import new_id, reading, transaction
from app.demonstration import fill
from app.desk import (
    bulk,
    bulk_applying,
    deciding,
    export_rows,
    exporting,
    fair_order,
    presence,
    reviewing,
    saved_views,
    undoing,
    views,
)
from app.desk.bulk_models import Bulk, BulkItem, BulkState, BulkWhat, ItemState
from app.desk.models import ExportFormat, Presence, SavedView
from app.privacy.erasure import erase
from app.settings import Settings

WITHIN = timedelta(minutes=10)


@pytest.fixture
def settings(connected: str, tmp_path: Path) -> Settings:
    found = Settings(data_dir=tmp_path, secret_key="k" * 40)  # type: ignore[arg-type]
    fill(found, 6)
    with transaction() as session:
        for table in (Review, ReviewRequest, ConflictOfInterest, BulkItem, Bulk):
            session.exec(sa.delete(table))
        session.exec(sa.update(Application).values(score=None))
        session.exec(sa.text("UPDATE queue_entry SET score = -1"))  # type: ignore[call-overload]
    return found


def team(session: Session) -> list[Editor]:
    """Two who review."""
    return [each for each in session.exec(select(Editor)) if each.role is not Role.READER and not each.disabled_at][:2]


def opened(session: Session) -> Application:
    """An open application."""
    found = session.exec(select(Application).where(col(Application.status).in_(OPEN))).first()
    assert found
    return found


def test_a_hidden_score_is_told_neither_by_an_export_nor_by_the_order(settings: Settings) -> None:
    with transaction() as session:
        writer, waiting = team(session)
        application = opened(session)
        reviewing.save(session, application, by=writer.id, scores={"writing": 5}, recommendation=None, comment="")

    def order(editor: Editor) -> str:
        with reading() as session:
            return fair_order.fair(session, views.parse("status=open&sort=score", me=editor.id)).sort

    def told(editor: Editor) -> tuple[object, object]:
        (rows,) = export_rows.chunks([application.id], editor)
        said = export_rows.as_object(rows[0])
        return said["score"], said["reviews"]

    assert (order(writer), told(writer)) == ("score", (5, 1))
    assert (order(waiting), told(waiting)) == ("received", (None, None))
    with transaction() as session:
        application = session.get_one(Application, application.id)
        reviewing.save(session, application, by=waiting.id, scores={"writing": 5}, recommendation=None, comment="")
    assert (order(waiting), told(waiting)) == ("score", (5, 2))
    with transaction() as session:
        session.add(ConflictOfInterest(application_id=application.id, editor_id=waiting.id, reason=""))
    assert (order(waiting), told(waiting)) == ("received", (None, None))


def test_words_of_a_search_outlive_nobody(settings: Settings) -> None:
    with transaction() as session:
        editor = team(session)[0]
        application = opened(session)
        other = session.exec(select(Application).where(Application.id != application.id)).first()
        assert other
        application.name, application.latin_name = "Ниночка Ванишинг", "Ninochka Vanishing"
        query = "q=vanishing&region=armenia"
        exporting.ask(session, query=query, format=ExportFormat.CSV, by=editor.id)
        for name, kept in (("About Vanishing", query), ("Only", "q=Ниночка"), ("Energy", "q=energy")):
            saved_views.save(session, name=name, view=views.parse(kept), shared=False, by=editor.id)
        presence.stay(session, other.id, editor.id, view=query)
    with transaction() as session:
        details = [each.detail for each in session.exec(select(Event).where(Event.kind == "export_asked"))]
        assert {"view": "region=armenia", "searched": "yes"}.items() <= details[-1].items()
        erase(session, session.get_one(Application, application.id))
    with reading() as session:
        kept = {(each.name, each.query) for each in session.exec(select(SavedView))}
        assert {("…", "region=armenia"), ("Energy", "q=energy")} <= kept
        assert "Only" not in {name for name, _ in kept}
        assert "anishing" not in str(session.exec(select(Presence.view)).all())


def drafted(session: Session, application: Application, editor: Editor, label: str) -> Bulk:
    chosen = [(application.reference, application.version)]
    return bulk.make(session, what=BulkWhat.ADD_LABEL, value=label, chosen=chosen, by=editor.id)


def test_a_bulk_takes_back_its_own_alone_and_a_late_job_does_nothing(settings: Settings) -> None:
    with transaction() as session:
        editor, application = team(session)[0], opened(session)
        made = drafted(session, application, editor, "mine")
        bulk_applying.start(session, made.id, by=editor.id)
        item = session.exec(select(BulkItem.id).where(BulkItem.bulk_id == made.id)).one()
    bulk_applying.undo(str(made.id), settings)  # it is running, not being undone
    bulk_applying.apply(str(made.id), settings)
    bulk_applying.undo(str(made.id), settings)
    with transaction() as session:
        other = drafted(session, application, editor, "other")
        bulk_applying.undo_item(session, other.id, item, settings)
    with transaction() as session:
        assert session.get_one(BulkItem, item).state is ItemState.DONE
        bulk_applying.undo_item(session, made.id, item, settings)
        assert session.get_one(BulkItem, item).state is ItemState.UNDONE


def test_the_reason_of_a_bulk_goes_with_the_last_of_its_applications(settings: Settings) -> None:
    with transaction() as session:
        application = opened(session)
        made = drafted(session, application, team(session)[0], "x")
        made.reason = "About this person"
        session.add(made)
        session.flush()
        erase(session, application)
    with reading() as session:
        left = session.get_one(Bulk, made.id)
        assert (left.state, left.reason) == (BulkState.DISCARDED, "")


def test_who_keeps_out_since_does_not_get_an_application_back(settings: Settings) -> None:
    with transaction() as session:
        one, two = team(session)
        application = opened(session)
        for to in (one, two):
            deciding.assign(session, application, to=to.id, by=two.id, version=application.version)
            session.flush()
        session.add(ConflictOfInterest(id=new_id(), application_id=application.id, editor_id=one.id, reason=""))
        session.flush()
        with pytest.raises(deciding.TooLate):
            undoing.undo(session, application, by=two.id, version=application.version, within=WITHIN)
