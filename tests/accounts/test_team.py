"""The team: administrators let in and shut out, never the last of themselves; each step leaves an event."""

from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest

from app.accounts import editors
from app.accounts.editors import LastAdmin
from app.accounts.models import Editor, Role
from app.audit import trail
from app.database import reading, transaction
from tests.accounts.conftest import EMAIL, PASSWORD, add, log_in, shown_link, signed_in, wrong_fields

NEW = "quite another long phrase"


def editor(email: str) -> Editor:
    with reading() as session:
        found = editors.find(session, email)
    assert found
    return found


def kinds() -> list[str]:
    with reading() as session:
        return [event.kind for event in reversed(trail.page(session, after=None))]


def test_an_administrator_adds_a_person_who_sets_a_password_and_signs_in(nino, browser):
    desk = signed_in(browser())
    answer = desk.post("/desk/team", data={"name": "Леван", "email": "Levan@example.org", "role": "editor"})
    address = shown_link(answer.text)
    assert address.startswith("http://desk.example/desk/welcome/")
    assert address not in desk.get("/desk/team").text
    theirs = browser()
    assert theirs.get(address).status_code == 200
    assert theirs.post(address, data={"password": NEW}).status_code == 303
    assert theirs.post("/desk/decide").status_code == 200
    assert theirs.get("/desk/team").status_code == 403
    assert log_in(browser(), "levan@example.org", NEW).status_code == 303


def test_S22_links_are_built_from_the_settings_and_not_from_the_host(nino, browser):
    desk = signed_in(browser())
    answer = desk.post(f"/desk/team/{nino.id}/link", headers={"Host": "evil.example"})
    assert shown_link(answer.text).startswith("http://desk.example/")
    assert "evil.example" not in answer.text


def test_errors_stand_beside_their_fields_and_what_was_typed_is_kept(nino, browser):
    desk = signed_in(browser())
    answer = desk.post("/desk/team", data={"name": "", "email": "levan", "role": "editor"})
    assert (answer.status_code, wrong_fields(answer.text)) == (422, {"name", "email"})
    assert 'value="levan"' in answer.text
    answer = desk.post("/desk/team", data={"name": "Again", "email": EMAIL.upper(), "role": "editor"})
    assert (answer.status_code, wrong_fields(answer.text)) == (422, {"email"})
    answer = desk.post("/desk/team", data={"name": "X", "email": "x@example.org", "role": "owner"})
    assert answer.status_code == 422


def test_hostile_names_are_text(nino, browser):
    desk = signed_in(browser())
    name = '"><img src=x onerror=alert(1)>{{7*7}}'
    answer = desk.post("/desk/team", data={"name": name, "email": "x@example.org", "role": "reader"})
    assert answer.status_code == 200
    assert "<img" not in answer.text
    assert "{{7*7}}" in answer.text


def test_roles_are_changed_people_disabled_and_let_in_again(nino, browser):
    levan = add("levan@example.org", "Levan", Role.READER)
    desk, theirs = signed_in(browser()), signed_in(browser(), "levan@example.org")
    assert desk.post(f"/desk/team/{levan.id}/role", data={"role": "editor"}).status_code == 303
    assert theirs.post("/desk/decide").status_code == 200
    assert desk.post(f"/desk/team/{levan.id}/disable").status_code == 303
    assert theirs.get("/desk/").status_code == 303
    assert log_in(browser(), "levan@example.org").status_code == 422
    assert desk.post(f"/desk/team/{levan.id}/link").status_code == 404
    assert desk.post(f"/desk/team/{levan.id}/enable").status_code == 303
    assert log_in(browser(), "levan@example.org").status_code == 303
    assert [kind for kind in kinds() if kind != "signed_in"] == [
        *["editor_added"] * 2,
        "role_changed",
        "editor_disabled",
        "editor_enabled",
    ]


def test_the_last_administrator_can_be_neither_disabled_nor_demoted(nino, browser):
    add("levan@example.org", "Levan", Role.EDITOR)
    desk = signed_in(browser())
    for step, data in (("disable", {}), ("role", {"role": "reader"})):
        answer = desk.post(f"/desk/team/{nino.id}/{step}", data=data)
        assert (answer.status_code, wrong_fields(answer.text)) == (422, {f"editor-{nino.id}"})
    assert desk.get("/desk/team").status_code == 200


def test_two_administrators_who_shut_each_other_out_at_once_leave_one(nino):
    levan = add("levan@example.org", "Levan", Role.ADMIN)

    def shut_out(editor_id: object) -> bool:
        try:
            with transaction() as session:
                editors.disable(session, session.get_one(Editor, editor_id))
        except LastAdmin:
            return False
        return True

    with ThreadPoolExecutor(2) as threads:
        assert sum(threads.map(shut_out, (nino.id, levan.id))) == 1
    with reading() as session:
        assert sum(each.disabled_at is None for each in editors.listing(session)) == 1


def test_the_same_address_added_at_once_makes_one_editor(database):
    def added(_: int) -> bool:
        try:
            add(password=None)
        except editors.EditorExists:
            return False
        return True

    with ThreadPoolExecutor(4) as threads:
        assert sum(threads.map(added, range(4))) == 1


def test_what_is_not_there_is_not_found(nino, browser):
    desk = signed_in(browser())
    for step in ("disable", "enable", "link"):
        assert desk.post(f"/desk/team/{uuid4()}/{step}").status_code == 404
    assert desk.post("/desk/team/1/disable").status_code in (404, 422)


def test_only_addresses_are_added(database):
    for email in ("", "x", "a@b@c", "a b@example.org", "a@example.org\r\nBcc: b@example.org"):
        with pytest.raises(ValueError, match="address"):
            add(email)


def test_a_password_given_on_the_command_line_obeys_the_policy(database):
    with pytest.raises(ValueError, match="12"):
        add(password="short")
    assert add(password=PASSWORD).password_hash
