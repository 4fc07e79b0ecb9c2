"""Signing in: strangers learn nothing, editors get in, nobody is led elsewhere (S3, S4, S13, S22)."""

import time
from concurrent.futures import ThreadPoolExecutor
from statistics import median
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote

import pytest

from app.accounts import editors, throttle
from app.accounts.login_pages import local
from app.accounts.models import Editor, Role
from app.audit import trail
from app.database import reading, transaction
from app.web.errors import TooManyRequests
from tests.accounts.conftest import EMAIL, PASSWORD, add, log_in, settings, signed_in, wrong_fields

pytestmark = pytest.mark.usefixtures("noon")


def disabled(email: str = "gone@example.org") -> None:
    editor = add(email, "Levan")
    with transaction() as session:
        editors.disable(session, session.get_one(Editor, editor.id))


def test_an_editor_signs_in_and_out(nino, browser):
    desk = browser()
    page = desk.get("/desk/login")
    assert page.status_code == 200
    assert 'autocomplete="username"' in page.text
    assert 'autocomplete="current-password"' in page.text
    answer = log_in(desk, "  NINO@Example.ORG ")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/desk/"
    assert desk.get("/desk/").json() == "Nino Beridze"
    token = desk.cookies["aufruf"]
    assert desk.post("/desk/logout").headers["location"] == "/desk/login"
    assert "aufruf" not in desk.cookies
    desk.cookies.set("aufruf", token)
    assert desk.get("/desk/").status_code == 303  # a copied cookie is worth nothing afterwards


def test_S4_one_answer_for_unknown_wrong_disabled_and_without_a_password(nino, browser):
    disabled()
    add("new@example.org", "New", Role.READER, None)
    emails = ("nobody@example.org", EMAIL, "gone@example.org", "new@example.org")
    answers = [log_in(browser(), email, PASSWORD + "!") for email in emails]
    answers.append(log_in(browser(), "gone@example.org"))
    pages = {
        answer.text.replace(email, "") for answer, email in zip(answers, (*emails, "gone@example.org"), strict=True)
    }
    assert len(pages) == 1
    assert {answer.status_code for answer in answers} == {422}
    assert wrong_fields(answers[0].text) == {"email"}
    assert all("set-cookie" not in answer.headers for answer in answers)
    assert PASSWORD not in answers[0].text


def test_S4_one_time_for_unknown_and_wrong(real_hashing, nino, browser):
    desk = browser()
    log_in(desk, "nobody@example.org", "x")

    def took(email: str) -> float:
        started = time.process_time()  # of the processor: what else this machine does is not ours
        log_in(desk, email, "not the password at all")
        return time.process_time() - started

    pairs = [(took(EMAIL), took("nobody@example.org")) for _ in range(9)]
    assert 0.5 < median(known for known, _ in pairs) / median(unknown for _, unknown in pairs) < 2


def test_hostile_addresses_are_only_wrong(nino, browser):
    hostile = ["", "x", "a@b", "' OR 1=1--", "nino@example.org\u202e", "ა" * 400, "a@" + "a." * 200]
    assert {log_in(browser(), email).status_code for email in hostile} == {422}


def test_S18_doubled_unknown_and_unfit_fields_are_refused_with_a_page(nino, browser):
    good = f"email=nino%40example.org&password={quote(PASSWORD)}"
    for body in (
        f"email=a%40example.org&{good}",
        f"{good}&csrf=&csrf=",
        f"{good}&role=admin",
        f"{good}%00",
        f"{good}&next=/desk/{'x' * 2000}",
    ):
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        answer = browser().post("/desk/login", content=body, headers=headers)
        assert answer.status_code == 422, body
        assert answer.headers["content-type"].startswith("text/html")
        assert "set-cookie" not in answer.headers


def test_S3_signing_in_makes_a_new_session_and_ends_the_browsers_old_one(nino, browser):
    desk = browser()
    desk.cookies.set("aufruf", "A" * 43)  # what somebody else may have put there
    log_in(desk)
    first = desk.cookies.get("aufruf", domain="desk.example") or desk.cookies["aufruf"]
    assert first != "A" * 43
    fresh = browser()
    fresh.cookies.set("aufruf", first)
    assert fresh.get("/desk/").status_code == 200
    again = browser(Cookie=f"aufruf={first}")
    assert log_in(again).status_code == 303
    assert fresh.get("/desk/").status_code == 303


def test_who_is_signed_in_goes_straight_on(nino, browser):
    desk = signed_in(browser())
    assert desk.get("/desk/login?next=/desk/mail").headers["location"] == "/desk/mail"


def test_S3_over_https_the_cookie_is_bound_to_this_host(nino, app, browser):
    app.state.settings = settings(base_url="https://desk.example")
    answer = log_in(browser())
    assert answer.headers["set-cookie"].startswith("__Host-aufruf=")
    assert "secure" in answer.headers["set-cookie"].lower()
    assert "domain" not in answer.headers["set-cookie"].lower()


BACK = ["/desk/", "/desk/applications/CW-7K3M9Q", "/desk/?q=%E1%83%90&region=georgia", "/desk"]
ELSEWHERE = [
    "https://evil.example/desk/",
    "//evil.example/desk/",
    "/\\evil.example",
    "/desk\\..\\..\\evil",
    "/desk/..//evil.example",
    "/desk/%2e%2e//evil.example",
    "/desk//evil.example",
    "/desk/\nLocation: https://evil.example",
    "/desk.evil.example",
    "/deskevil",
    "/de/",
    "javascript:alert(1)",
    "",
    "desk/",
    " /desk/",
    "/desk/\u2028",
]


@pytest.mark.parametrize("address", BACK)
def test_S22_next_leads_back_to_the_desk(address):
    assert local(address) == address


@pytest.mark.parametrize("address", ELSEWHERE)
def test_S22_next_leads_nowhere_else(address):
    assert local(address) == "/desk/"


def test_S22_next_is_checked_on_the_page_and_when_it_is_sent(nino, browser):
    assert log_in(browser(), next="/desk/?q=a").headers["location"] == "/desk/?q=a"
    assert log_in(browser(), next="//evil.example").headers["location"] == "/desk/"
    page = browser().get("/desk/login", params={"next": "//evil.example"})
    assert 'name="next" value="/desk/"' in page.text


def test_S5_a_login_from_another_site_is_refused(nino, browser):
    assert log_in(browser(Sec_Fetch_Site="cross-site")).status_code == 403


def test_S22_who_guesses_at_one_account_is_stopped_and_the_editor_elsewhere_is_not(nino, app, browser):
    app.state.settings = settings(rate_limits="on")
    stranger = browser(client="203.0.113.9")
    answers = [log_in(stranger, password="wrong wrong wrong") for _ in range(throttle.PAIR_LIMIT + 2)]
    assert [answer.status_code for answer in answers] == [422] * throttle.PAIR_LIMIT + [429] * 2
    assert 0 < int(answers[-1].headers["retry-after"]) <= 600
    assert log_in(stranger).status_code == 429  # the right password does not help there
    assert log_in(browser(client="192.0.2.7")).status_code == 303


def test_S22_guesses_sent_at_once_are_all_counted(database):
    state = SimpleNamespace(settings=settings(rate_limits="on"))
    request: Any = SimpleNamespace(app=SimpleNamespace(state=state), client=SimpleNamespace(host="203.0.113.9"))

    def may_guess(_: int) -> bool:
        try:
            throttle.begin(request, EMAIL)
        except TooManyRequests:
            return False
        return True

    with ThreadPoolExecutor(6) as threads:
        assert sum(threads.map(may_guess, range(throttle.PAIR_LIMIT + 6))) == throttle.PAIR_LIMIT


def test_S22_who_tries_many_accounts_is_stopped(database, app, browser):
    app.state.settings = settings(rate_limits="on")
    stranger = browser(client="203.0.113.9")
    codes = [log_in(stranger, f"n{n}@example.org", "x").status_code for n in range(throttle.CLIENT_LIMIT + 1)]
    assert codes == [422] * throttle.CLIENT_LIMIT + [429]


def test_S22_many_strangers_slow_one_account_by_seconds_and_lock_nobody_out(nino, app, browser, monkeypatch):
    app.state.settings = settings(rate_limits="on")
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    monkeypatch.setattr("app.accounts.login_pages.anyio.sleep", sleep)
    for number in range(30):
        log_in(browser(client=f"203.0.113.{number}"), password="wrong wrong wrong")
    assert waited[: throttle.ACCOUNT_FREE] == [0] * throttle.ACCOUNT_FREE
    assert waited[-1] == throttle.LONGEST_DELAY <= 3
    assert log_in(browser()).status_code == 303
    log_in(browser())
    assert waited[-1] == 0  # success clears it


def test_S22_an_office_that_signs_in_again_and_again_is_not_stopped(nino, app, browser):
    app.state.settings = settings(rate_limits="on")
    assert {log_in(browser()).status_code for _ in range(throttle.CLIENT_LIMIT + 5)} == {303}


def test_signing_in_leaves_an_event(nino, browser):
    signed_in(browser())
    with reading() as session:
        kinds = [(event.kind, event.editor_id) for event in trail.page(session, after=None)]
    assert kinds[0] == ("signed_in", nino.id)


def test_a_failed_login_is_logged_without_address_or_password(nino, browser, capsys):
    log_in(browser(), "nino@example.org", "a mistyped passphrase")
    written = "".join(capsys.readouterr())
    assert "sign_in_failed" in written
    assert "nino@" not in written
    assert "mistyped" not in written
    assert "192.0.2.7" not in written


def test_signed_out_pages_follow_the_browsers_language(database, browser):
    assert '<html lang="hy"' in browser(Accept_Language="hy,en;q=0.5").get("/desk/login").text
    assert '<html lang="de"' in browser(Accept_Language="fr").get("/desk/login").text
