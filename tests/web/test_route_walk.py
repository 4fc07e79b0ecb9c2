"""Every route of the application, walked: who may use it, with which headers, from where."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from fastapi.routing import APIRoute

from app.main import create_app
from app.settings import Settings
from app.web.access import Access, declared
from tests.newsroom import PATIENCE, Newsroom

PUBLIC = {
    "/",
    "/{lang}",
    "/{lang}/",
    "/{lang}/calls/{slug}",
    "/{lang}/calls/{slug}/apply",
    "/{lang}/calls/{slug}/draft",
    "/{lang}/continue",
    "/uploads/",
    "/{lang}/privacy",
    "/{lang}/verify",
    "/{lang}/lost-link",
    "/{lang}/erased",
    "/{lang}/accessibility",
    "/robots.txt",
    "/favicon.ico",
    "/healthz",
    "/readyz",
    "/static/{digest}/{name}",
    "/.well-known/security.txt",
    "/.well-known/receipt-keys.json",
    "/.well-known/change-password",
    "/desk",
    "/desk/login",
}
SAMPLES = {
    "lang": "de",
    "slug": "caucasus-experts",
    "secret": "x" * 43,
    "token": "x" * 43,
    "reference": "CW-000000",
    "document_id": "01900000-0000-7000-8000-000000000000",
    "mail_id": "01900000-0000-7000-8000-000000000000",
    "export_id": "01900000-0000-7000-8000-000000000000",
    "editor_id": "01900000-0000-7000-8000-000000000000",
    "view_id": "01900000-0000-7000-8000-000000000000",
    "request_id": "01900000-0000-7000-8000-000000000000",
    "message_id": "01900000-0000-7000-8000-000000000000",
    "template_id": "01900000-0000-7000-8000-000000000000",
    "kind": "declined",
    "bulk_id": "01900000-0000-7000-8000-000000000000",
    "item_id": "01900000-0000-7000-8000-000000000000",
    "digest": "x",
    "name": "x",
    "table": "status",
    "number": "1",
}
HEADERS = {
    "content-security-policy",
    "x-content-type-options",
    "referrer-policy",
    "permissions-policy",
    "cache-control",
}


def routes() -> Iterator[APIRoute]:
    """Every route, those of included routers too."""
    app = create_app(Settings(secret_key="k" * 40))  # type: ignore[arg-type]
    waiting = list(app.routes)
    while waiting:
        route = waiting.pop()
        if isinstance(route, APIRoute):
            yield route
        else:
            inner = getattr(route, "original_router", None)
            assert inner is not None, f"{route!r} is neither a route nor a router"
            waiting.extend(inner.routes)


ROUTES = sorted(routes(), key=lambda route: (route.path, sorted(route.methods)))


def address(route: APIRoute) -> str:
    return route.path.format(**SAMPLES)


def test_there_are_routes_to_walk() -> None:
    assert len(ROUTES) > 30


def private_link(path: str) -> bool:
    """Whether whoever holds the address may use it."""
    kinds = ("/{lang}/applications/{secret}", "/{lang}/drafts/{token}", "/uploads/{secret}", "/desk/welcome/{token}")
    return path.startswith(kinds)


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{sorted(route.methods)[0]} {route.path}")
def test_s1_every_route_declares_who_may_use_it(route: APIRoute) -> None:
    found = declared(route)
    assert len(found) == 1, f"{route.path} declares {found}"
    if route.path in PUBLIC:
        assert found == [Access.PUBLIC]
    elif private_link(route.path):
        assert found == [Access.PRIVATE_LINK]
    else:
        assert found[0] in (Access.READER, Access.EDITOR, Access.ADMIN)
        changes = bool(route.methods & {"POST", "PUT", "PATCH", "DELETE"})
        # One's own session, account, mentions, views, and where one is reading.
        own = route.path in ("/desk/logout", "/desk/mentions/seen", "/desk/applications/{reference}/reading")
        own = own or route.path.startswith(("/desk/account", "/desk/views"))
        own = own or route.path.endswith("/presence")  # that one is reading, which nobody else is changed by
        assert not (changes and found[0] is Access.READER) or own


def ask(newsroom: Newsroom, route: APIRoute, client: httpx.Client | None = None, **headers: str) -> httpx.Response:
    method = sorted(route.methods)[0]
    own = client or httpx.Client(base_url=newsroom.url, timeout=PATIENCE, verify=False)
    data = {} if method == "POST" else None
    return own.request(method, address(route), headers=headers, data=data)


def test_s1_strangers_reach_no_page_of_the_desk(newsroom: Newsroom) -> None:
    for route in ROUTES:
        if declared(route)[0] in (Access.READER, Access.EDITOR, Access.ADMIN):
            answer = ask(newsroom, route, **{"Sec-Fetch-Site": "same-origin"})
            assert answer.status_code == 303, f"{route.path}: {answer.status_code}"
            assert answer.headers["location"].startswith("/desk/login"), route.path


def test_s1_readers_cannot_what_only_editors_may_nor_editors_what_only_administrators_may(newsroom: Newsroom) -> None:
    newsroom.add_editor("reader@example.org", "Ruth Lesend", "reader")
    newsroom.add_editor("editor@example.org", "Edi Torin", "editor")
    for email, low in (("reader@example.org", {Access.EDITOR, Access.ADMIN}), ("editor@example.org", {Access.ADMIN})):
        client = newsroom.editor(email)
        for route in ROUTES:
            if declared(route)[0] in low:
                assert ask(newsroom, route, client).status_code == 403, f"{email} {route.path}"


def test_s2_a_foreign_secret_opens_nothing(newsroom: Newsroom) -> None:
    for route in ROUTES:
        if declared(route)[0] is Access.PRIVATE_LINK:
            answer = ask(newsroom, route, **{"Sec-Fetch-Site": "same-origin"})
            assert answer.status_code == 404, route.path


@pytest.mark.parametrize(
    "foreign", [{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "https://evil.example"}]
)
def test_s5_no_changing_request_is_taken_from_another_site(newsroom: Newsroom, foreign: dict[str, str]) -> None:
    client = newsroom.editor()
    client.headers.pop("Sec-Fetch-Site")
    walked = 0
    for route in ROUTES:
        if not route.methods <= {"GET", "HEAD", "OPTIONS"}:
            answer = ask(newsroom, route, client, **foreign)
            assert answer.status_code == 403, f"{route.path}: {answer.status_code}"
            walked += 1
    assert walked > 10


def test_s5_without_a_word_from_the_browser_the_desk_wants_its_token(newsroom: Newsroom) -> None:
    client = newsroom.editor()
    client.headers.pop("Sec-Fetch-Site")
    for headers in ({}, {"Origin": "null"}):
        for route in ROUTES:
            if route.methods == {"POST"} and declared(route)[0] in (Access.EDITOR, Access.ADMIN, Access.READER):
                assert ask(newsroom, route, client, **headers).status_code == 403, route.path


def test_s6_every_answer_carries_the_headers(newsroom: Newsroom) -> None:
    editor = newsroom.editor()
    for route in ROUTES:
        if route.path == "/desk/logout":
            continue
        for client in (None, editor):
            answer = ask(newsroom, route, client)
            assert answer.headers.keys() >= HEADERS, f"{route.path} {answer.status_code}"
            policy = answer.headers["content-security-policy"]
            assert "unsafe" not in policy
            assert "frame-ancestors 'none'" in policy or policy.startswith("sandbox")
            assert answer.headers["referrer-policy"] == "no-referrer"
            private = route.path.startswith("/desk/") or private_link(route.path)
            assert not private or answer.headers["cache-control"] == "no-store"
            assert client is not None or "set-cookie" not in answer.headers, route.path


def test_s6_errors_carry_them_too(newsroom: Newsroom, tmp_path: Path) -> None:
    client = newsroom.browser()
    for method, path in (("GET", "/nothing/here"), ("PATCH", "/de/"), ("GET", "/xx/"), ("GET", "/de/calls/none")):
        answer = client.request(method, path)
        assert answer.status_code in (404, 405), path
        assert answer.headers.keys() >= HEADERS


def test_nothing_at_the_desk_stays_within_the_desk_and_its_language(newsroom: Newsroom) -> None:
    newsroom.add_editor("lost@example.org", "Lena Verirrt", "reader")
    editor = newsroom.editor("lost@example.org")
    assert editor.post("/desk/account", data={"name": "Lena Verirrt", "language": "de"}).status_code == 303
    for path in ("/desk/nowhere", "/desk/applications/CW-000000", "/desk/mail/x"):
        answer = editor.get(path)
        assert answer.status_code == 404, path
        assert 'lang="de"' in answer.text, path
        assert 'action="/desk/logout"' in answer.text, path
    stranger = newsroom.browser().get("/desk/nowhere")
    assert stranger.status_code == 404
    assert "/desk/logout" not in stranger.text
