"""One-time links: they make the first editor, or set a password; once, by a form, for a while (S2, S3)."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine

from app.accounts import editors, invitations
from app.accounts.invitations import LinkUsed
from app.accounts.models import Editor, Role
from app.database import reading, transaction, utcnow
from tests.accounts.conftest import EMAIL, add, link, log_in, signed_in, wrong_fields

NEW = "quite another long phrase"


def first_link() -> str | None:
    with transaction() as session:
        return invitations.invite_first(session)


def accept(token: str, email: str = EMAIL, password: str = NEW) -> Editor:
    with transaction() as session:
        return invitations.accept(session, token, email=email, name="Nino Beridze", password=password)


def everybody() -> list[str]:
    with reading() as session:
        return [editor.email for editor in editors.listing(session)]


def test_the_first_link_makes_an_administrator_who_is_signed_in(database, browser):
    desk = browser()
    token = first_link()
    page = desk.get(f"/desk/welcome/{token}")
    assert page.status_code == 200
    assert 'autocomplete="new-password"' in page.text
    sent = {"email": "Nino@Example.org", "name": "ნინო ბერიძე", "password": NEW}
    answer = desk.post(f"/desk/welcome/{token}", data=sent)
    assert answer.headers["location"] == "/desk/"
    assert desk.get("/desk/audit").status_code == 200
    assert everybody() == [EMAIL]
    assert first_link() is None


def test_a_link_works_once(database, browser):
    token = first_link()
    sent = {"email": EMAIL, "name": "Nino", "password": NEW}
    assert browser().post(f"/desk/welcome/{token}", data=sent).status_code == 303
    assert browser().post(f"/desk/welcome/{token}", data=sent | {"email": "levan@example.org"}).status_code == 404
    assert browser().get(f"/desk/welcome/{token}").status_code == 404
    assert everybody() == [EMAIL]


def test_looking_at_a_link_uses_nothing_up(nino, browser):
    token = link(nino)
    for _ in range(3):
        assert browser().get(f"/desk/welcome/{token}").status_code == 200
    assert browser().post(f"/desk/welcome/{token}", data={"password": NEW}).status_code == 303


def test_two_who_use_the_first_link_at_once_make_one_administrator(database):
    token = first_link()
    assert token

    def use(number: int) -> bool:
        try:
            accept(token, f"n{number}@example.org")
        except LinkUsed:
            return False
        return True

    with ThreadPoolExecutor(4) as threads:
        assert sum(threads.map(use, range(4))) == 1
    assert len(everybody()) == 1


def test_a_later_first_link_ends_the_earlier_one(database):
    early, late = first_link(), first_link()
    assert early
    assert late
    with pytest.raises(LinkUsed):
        accept(early)
    accept(late)


@pytest.mark.parametrize(("first", "hours"), [(True, 24), (False, 48)])
def test_a_link_ends_by_itself(database, first, hours):
    begun = utcnow()
    with time_machine.travel(begun, tick=False) as clock:
        token = first_link() if first else link(add(role=Role.READER))
        assert token
        clock.shift(timedelta(hours=hours, seconds=1))
        with pytest.raises(LinkUsed):
            accept(token)
        with reading() as session:
            assert invitations.look(session, token) is None
        with transaction() as session:
            invitations.forget_old(session)
            assert session.connection().execute(sa.text("SELECT count(*) FROM invitation")).scalar() == 0


def test_S3_a_new_password_by_link_ends_every_session_and_the_old_password(nino, browser):
    desk = signed_in(browser())
    answer = browser().post(f"/desk/welcome/{link(nino)}", data={"password": NEW})
    assert answer.status_code == 303
    assert desk.get("/desk/").status_code == 303
    assert log_in(browser()).status_code == 422
    assert log_in(browser(), password=NEW).status_code == 303


def test_a_link_does_not_change_whose_account_it_is(nino, browser):
    sent = {"email": "evil@example.org", "name": "Somebody", "password": NEW}
    assert browser().post(f"/desk/welcome/{link(nino)}", data=sent).status_code == 303
    with reading() as session:
        row = session.get_one(Editor, nino.id)
    assert (row.email, row.name, row.role) == (EMAIL, "Nino Beridze", Role.ADMIN)


def test_a_form_with_errors_keeps_the_link_and_what_was_typed(database, browser):
    token = first_link()
    sent = {"email": "nonsense", "name": " ", "password": "password1234"}
    answer = browser().post(f"/desk/welcome/{token}", data=sent)
    assert answer.status_code == 422
    assert wrong_fields(answer.text) == {"email", "name", "password"}
    assert 'value="nonsense"' in answer.text
    assert "password1234" not in answer.text
    good = {"email": EMAIL, "name": "Nino", "password": NEW}
    assert browser().post(f"/desk/welcome/{token}", data=good).status_code == 303


def test_disabling_and_a_new_password_end_open_links(nino):
    levan = add("levan@example.org", "Levan")
    early = link(levan)
    accept(link(levan))
    with pytest.raises(LinkUsed):
        accept(early)
    late = link(levan)
    with transaction() as session:
        editors.disable(session, session.get_one(Editor, levan.id))
    with pytest.raises(LinkUsed):
        accept(late)
    with transaction() as session:
        editors.enable(session, session.get_one(Editor, levan.id))
    with pytest.raises(LinkUsed):
        accept(late)


def test_S4_unknown_links_all_get_the_same_page(nino, browser):
    tokens = ["x", "A" * 43, "%00", "%FF%FE", "ა" * 50]
    answers = [browser().get(f"/desk/welcome/{token}") for token in tokens]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.text for answer in answers}) == 1


def test_S2_only_the_hash_of_a_link_is_kept(nino):
    token = link(nino)
    assert len(token) >= 43
    with reading() as session:
        row = session.connection().execute(sa.text("SELECT * FROM invitation")).one()
    assert all(token not in str(value) and token.encode() != value for value in row)
