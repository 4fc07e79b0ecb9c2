"""Reminders of reviews: a day before and when overdue, once each, to whoever still owes one; on both databases."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
import time_machine
from sqlmodel import select

from app.accounts import editors
from app.accounts.models import Editor, Role
from app.applications.models import Application, Turn
from app.applications.reviews import Review, ReviewRequest
from app.applications.workflow import Move
from app.calls import loading
from app.database import transaction, utcnow
from app.demonstration import fill
from app.desk import asking_reviews, deciding, reviewing, scoring
from app.mail.models import OutgoingMail
from app.settings import Settings
from app.work import remind_step


@dataclass
class Desk:
    """One application, its chief and a colleague who is asked for a review by a day in a week."""

    settings: Settings
    asked_at: datetime
    colleague: Editor

    def application(self, session: object) -> Application:
        found = session.exec(select(Application)).one()  # type: ignore[attr-defined]
        assert isinstance(found, Application)
        return found

    def after(self, **span: float) -> list[str]:
        """Which mails about reviews there are, after the worker has looked at a time after the asking."""
        with time_machine.travel(self.asked_at + timedelta(**span)):
            while remind_step(self.settings):
                pass
        with transaction() as session:
            mails = session.exec(select(OutgoingMail).order_by(OutgoingMail.id)).all()  # type: ignore[arg-type]
            return [mail.kind.removeprefix("review_") for mail in mails if mail.kind.startswith("review_")]


@pytest.fixture
def desk(connected: str, tmp_path: Path) -> Desk:
    """Asked at noon: near midnight seven days are over sooner in Berlin than in UTC."""
    with time_machine.travel(utcnow().replace(hour=12, minute=0)):
        made = asked(tmp_path)
    return made


def asked(tmp_path: Path) -> Desk:
    settings = Settings(data_dir=tmp_path, secret_key="k" * 40)  # type: ignore[arg-type]
    fill(settings, 1)
    with transaction() as session:
        chief = session.exec(select(Editor).where(Editor.role == Role.ADMIN)).one()
        colleague = editors.add(session, email="late@example.org", name="Lia Spät", role=Role.EDITOR)
        colleague.language = "de"
        application = session.exec(select(Application)).one()
        for table in (Review, ReviewRequest):  # what the demonstration has invented
            session.exec(sa.delete(table))
        scoring.settle(session, application)
        deciding.enter(application, "in_review")  # type: ignore[arg-type]
        session.flush()
        due_on = (utcnow() + timedelta(days=7)).date()
        asking_reviews.ask(session, application, whom=[colleague.id], due_on=due_on, by=chief.id, settings=settings)
    return Desk(settings, utcnow(), colleague)


def test_a_reminder_goes_a_day_before_and_one_when_overdue_once_each(desk: Desk) -> None:
    assert desk.after(days=1) == ["asked"]
    assert desk.after(days=7) == ["asked", "soon"]
    assert desk.after(days=7, hours=1) == ["asked", "soon"]
    assert desk.after(days=9) == ["asked", "soon", "overdue"]
    assert desk.after(days=90) == ["asked", "soon", "overdue"]
    with transaction() as session:
        mail = session.exec(select(OutgoingMail).where(OutgoingMail.kind == "review_overdue")).one()
        application = desk.application(session)
        assert mail.recipient == "late@example.org"
        assert application.reference in mail.subject
        assert "überfällig" in mail.subject  # in the editor's language
        for part in (mail.subject, mail.text, mail.html):
            assert application.name not in part
            assert application.email not in part


def test_who_has_reviewed_is_not_reminded(desk: Desk) -> None:
    with transaction() as session:
        scores = {"writing": 4}
        application = desk.application(session)
        reviewing.save(session, application, by=desk.colleague.id, scores=scores, recommendation=None, comment="")
    assert desk.after(days=90) == ["asked"]


def test_nobody_is_reminded_of_what_has_ended_nor_who_has_left(desk: Desk) -> None:
    with transaction() as session:
        editors.disable(session, session.get_one(Editor, desk.colleague.id))
    assert desk.after(days=7) == ["asked"]
    with transaction() as session:
        editors.enable(session, session.get_one(Editor, desk.colleague.id))
        application = desk.application(session)
        chief = session.exec(select(Editor).where(Editor.role == Role.ADMIN)).one()
        deciding.decide(session, application, move=Move.DECLINE, by=chief.id, version=application.version)
    assert desk.after(days=90) == ["asked"]


def test_a_missing_review_makes_it_our_turn_by_its_day(desk: Desk) -> None:
    with transaction() as session:
        application = desk.application(session)
        assert (application.turn, application.turn_reason) == (Turn.US, "reviews_missing")
        asking_reviews.cancel(session, application, of=session.get_one(Editor, desk.colleague.id), by=desk.colleague.id)
        assert application.turn_reason == "deciding"


def test_the_score_is_the_weighted_mean_of_the_reviews(desk: Desk) -> None:
    with transaction() as session:
        application = desk.application(session)
        call = loading.by_id(session, application.call_id).call
        weights = {each.key: each.weight for each in call.criteria}
        assert weights == {"regional-knowledge": 2, "writing": 2, "languages": 1, "reliability": 1}
        chief = session.exec(select(Editor).where(Editor.role == Role.ADMIN)).one()
        for editor, scores in ((desk.colleague.id, {"writing": 5, "languages": 2}), (chief.id, {"reliability": 3})):
            reviewing.save(session, application, by=editor, scores=scores, recommendation=None, comment="")
        assert application.reviews == 2
        assert application.score == pytest.approx(((2 * 5 + 1 * 2) / 3 + 3) / 2)
        reviewing.withdraw(session, application, by=chief.id)
        reviewing.withdraw(session, application, by=desk.colleague.id)
        assert (application.reviews, application.score) == (0, None)
