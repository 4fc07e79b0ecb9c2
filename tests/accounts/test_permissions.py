"""Who may use which route (S1), and what a form must carry when the browser does not say where it comes from (S5)."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from fastapi.routing import APIRoute
from starlette.routing import Mount

from app.accounts import editors
from app.accounts.models import Editor, Role
from app.accounts.pages import router
from app.database import DatabaseAway, transaction
from app.web.access import Access, declared
from tests.accounts.conftest import add, csrf_of, signed_in

ROUTES = [("GET", "/desk/"), ("POST", "/desk/decide"), ("GET", "/desk/audit")]


def routes() -> list[APIRoute]:
    found = []
    waiting = list(router.routes)
    while waiting:
        route = waiting.pop()
        if isinstance(route, APIRoute):
            found.append(route)
        elif not isinstance(route, Mount):
            waiting.extend(getattr(route, "routes", None) or route.original_router.routes)  # type: ignore[attr-defined]
    return found


def test_S1_every_route_here_declares_exactly_one_permission():
    found = {(method, route.path): declared(route) for route in routes() for method in route.methods}
    assert len(found) >= 14
    assert all(len(access) == 1 for access in found.values()), found
    assert {path for (_, path), access in found.items() if access == [Access.PUBLIC]} == {"/desk/login"}
    assert {access[0] for (_, path), access in found.items() if path.startswith("/desk/team")} == {Access.ADMIN}


@pytest.mark.parametrize(
    ("role", "codes"),
    [(Role.READER, [200, 403, 403]), (Role.EDITOR, [200, 200, 403]), (Role.ADMIN, [200, 200, 200])],
)
def test_S1_each_role_reaches_what_it_may(database, browser, role, codes):
    add("levan@example.org", "Levan", role)
    desk = signed_in(browser(), "levan@example.org")
    assert [desk.request(method, path).status_code for method, path in ROUTES] == codes


def test_S1_strangers_are_sent_to_the_login_and_back(database, browser):
    answers = [browser().request(method, path) for method, path in [*ROUTES, ("GET", "/desk/team?a=1&b=ა")]]
    assert {answer.status_code for answer in answers} == {303}
    assert answers[0].headers["location"] == "/desk/login?next=/desk/"
    assert answers[1].headers["location"] == "/desk/login"
    assert answers[3].headers["location"] == "/desk/login?next=/desk/team%3Fa%3D1%26b%3D%25E1%2583%2590"


def test_a_change_of_role_holds_at_the_next_request(nino, browser):
    levan = add("levan@example.org", "Levan", Role.ADMIN)
    desk = signed_in(browser(), "levan@example.org")
    assert desk.get("/desk/audit").status_code == 200
    with transaction() as session:
        editors.change_role(session, session.get_one(Editor, levan.id), Role.READER)
    assert desk.get("/desk/audit").status_code == 403
    assert desk.get("/desk/").status_code == 200


def test_S3_who_works_at_the_desk_stays_signed_in_and_who_leaves_does_not(nino, browser):
    with time_machine.travel(datetime(2026, 11, 24, 8, 0, tzinfo=UTC), tick=False) as clock:
        desk = signed_in(browser())
        for _ in range(2):
            clock.shift(timedelta(hours=11))
            assert desk.get("/desk/").status_code == 200
        clock.shift(timedelta(hours=13))
        assert desk.get("/desk/").status_code == 303


def test_S3_a_page_left_open_does_not_keep_its_session_alive(nino, browser):
    with time_machine.travel(datetime(2026, 11, 24, 8, 0, tzinfo=UTC), tick=False) as clock:
        desk = signed_in(browser())
        for _ in range(11):
            clock.shift(timedelta(hours=1))
            assert desk.get("/desk/news").status_code == 200
        clock.shift(timedelta(hours=2))
        assert desk.get("/desk/").status_code == 303


def test_reading_goes_on_while_the_sign_of_life_cannot_be_written(nino, browser, monkeypatch):
    def locked(*_: object) -> None:
        raise DatabaseAway("locked")

    with time_machine.travel(datetime(2026, 11, 24, 8, 0, tzinfo=UTC), tick=False) as clock:
        desk = signed_in(browser())
        clock.shift(3600)
        monkeypatch.setattr("app.accounts.sessions.touch", locked)
        assert desk.get("/desk/").status_code == 200


def test_S5_without_the_browsers_word_a_change_needs_the_sessions_token(nino, browser):
    desk = signed_in(browser())
    token = csrf_of(desk.get("/desk/account").text)
    del desk.headers["Sec-Fetch-Site"]
    assert desk.post("/desk/decide").status_code == 403
    assert desk.post("/desk/decide", data={"csrf": "0" * 64}).status_code == 403
    assert desk.post("/desk/decide", files={"csrf": ("x", token)}).status_code == 403
    assert desk.post("/desk/decide", data={"csrf": token}).status_code == 200
    assert desk.post("/desk/decide", data={"csrf": token}, headers={"Origin": "null"}).status_code == 200
    other = signed_in(browser())
    del other.headers["Sec-Fetch-Site"]
    assert other.post("/desk/decide", data={"csrf": token}).status_code == 403


def test_S5_from_another_site_even_the_right_token_does_not_help(nino, browser):
    desk = signed_in(browser())
    token = csrf_of(desk.get("/desk/account").text)
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "", "Origin": "https://evil.example"}):
        assert desk.post("/desk/decide", data={"csrf": token}, headers=headers).status_code == 403
