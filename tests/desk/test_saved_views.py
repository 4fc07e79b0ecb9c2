"""What a saved view may keep of a person."""

import pytest
import sqlalchemy as sa
from sqlmodel import select

from app.accounts.models import Editor, Role
from app.audit.models import Event
from app.database import transaction
from app.desk import saved_views
from app.desk.models import SavedView
from app.desk.views import parse

sqlite = pytest.mark.parametrize("connected", ["sqlite"], indirect=True)


@sqlite
def test_p3_a_name_in_a_views_title_is_forgotten_with_the_person(connected: str) -> None:
    with transaction() as session:
        editor = Editor(email="e@example.org", name="Edi", role=Role.EDITOR, language="de", password_hash="x")
        session.add(editor)
        session.flush()
        for title in ("Realnames Texte", "Real news"):
            view = saved_views.save(session, name=title, view=parse("status=open"), shared=True, by=editor.id)
        saved_views.change(session, view, name="Realname!", shared=False)
    with transaction() as session:
        saved_views.forget_searches(session, "Nino Realname")
    with transaction() as session:
        assert [view.name for view in session.exec(select(SavedView))] == ["…", "…"]
        told = session.connection().execute(sa.select(sa.cast(Event.detail, sa.Text))).all()
    assert "ealname" not in str(told)
