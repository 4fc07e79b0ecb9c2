"""One's own account: name, language, password, sessions (S3)."""

from tests.accounts.conftest import EMAIL, PASSWORD, link, log_in, signed_in, wrong_fields

NEW = "quite another long phrase"


def test_the_desk_speaks_the_language_that_was_chosen(nino, browser):
    desk = signed_in(browser())
    answer = desk.post("/desk/account", data={"name": "ნინო ბერიძე", "language": "ka"})
    assert answer.headers["location"] == "/desk/account?done=profile"
    page = desk.get(answer.headers["location"])
    assert '<html lang="ka"' in page.text
    assert 'role="status"' in page.text
    assert "ნინო ბერიძე" in page.text


def test_names_and_languages_are_checked(nino, browser):
    desk = signed_in(browser())
    for name, language in (("", "de"), (" ", "de"), ("x" * 201, "de"), ("Nino", "xx"), ("Nino", "")):
        answer = desk.post("/desk/account", data={"name": name, "language": language})
        assert answer.status_code == 422
        assert answer.headers["content-type"].startswith("text/html")
    assert desk.get("/desk/").json() == "Nino Beridze"


def test_S3_a_new_password_ends_the_other_sessions_and_renews_this_one(nino, browser):
    desk, elsewhere = signed_in(browser()), signed_in(browser())
    before = desk.cookies["aufruf"]
    answer = desk.post("/desk/account/password", data={"current_password": PASSWORD, "new_password": NEW})
    assert answer.headers["location"] == "/desk/account?done=password"
    assert desk.cookies["aufruf"] != before
    assert desk.get("/desk/").status_code == 200
    assert elsewhere.get("/desk/").status_code == 303
    copied = browser()
    copied.cookies.set("aufruf", before)
    assert copied.get("/desk/").status_code == 303
    assert log_in(browser()).status_code == 422
    assert log_in(browser(), EMAIL, NEW).status_code == 303


def test_S3_a_new_password_ends_a_link_that_could_set_another(nino, browser):
    early, desk = link(nino), signed_in(browser())
    desk.post("/desk/account/password", data={"current_password": PASSWORD, "new_password": NEW})
    assert browser().get(f"/desk/welcome/{early}").status_code == 404


def test_S3_without_the_current_password_nothing_changes(nino, browser):
    desk = signed_in(browser())
    sent = {"current_password": "a guess at an open desk", "new_password": NEW}
    answer = desk.post("/desk/account/password", data=sent)
    assert (answer.status_code, wrong_fields(answer.text)) == (422, {"current_password"})
    assert log_in(browser(), EMAIL, NEW).status_code == 422
    assert log_in(browser()).status_code == 303


def test_a_new_password_obeys_the_policy(nino, browser):
    desk = signed_in(browser())
    answer = desk.post("/desk/account/password", data={"current_password": PASSWORD, "new_password": "Nino Beridze"})
    assert (answer.status_code, wrong_fields(answer.text)) == (422, {"new_password"})
    assert "Nino Beridze" not in answer.text.partition("new_password")[2].partition("</div>")[0]


def test_S3_signing_out_everywhere_else_keeps_this_browser(nino, browser):
    desk, elsewhere = signed_in(browser()), signed_in(browser())
    assert desk.get("/desk/account").text.count('class="meta"') == 2
    assert desk.post("/desk/account/sessions").headers["location"] == "/desk/account?done=sessions"
    assert desk.get("/desk/").status_code == 200
    assert elsewhere.get("/desk/").status_code == 303
