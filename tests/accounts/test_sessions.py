"""A session lives on the server: it can be ended at once, and ends by itself (S3)."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
import time_machine
from fastapi import Response
from sqlmodel import select

from app.accounts import editors, sessions
from app.accounts.models import Editor, EditorSession
from app.accounts.sessions import CurrentEditor
from app.database import reading, transaction
from tests.accounts.conftest import add

KEY = "k" * 40
MORNING = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)


def sign_in(editor: Editor) -> str:
    with transaction() as session:
        return sessions.sign_in(session, editor)


def find(token: str) -> CurrentEditor | None:
    with reading() as session:
        return sessions.find(session, token, key=KEY)


def used(token: str) -> CurrentEditor | None:
    """A request with this session, as permissions.py makes it."""
    found = find(token)
    if found and sessions.wants_touch(found):
        with transaction() as session:
            sessions.touch(session, found.session_id)
    return found


def test_S3_only_the_hash_of_a_session_is_kept(nino):
    token = sign_in(nino)
    assert len(token) >= 43  # 256 bits
    with reading() as session:
        row = session.connection().execute(sa.text("SELECT * FROM editor_session")).one()
    assert all(token not in str(value) and token.encode() != value for value in row)
    found = find(token)
    assert found is not None
    assert (found.name, found.email, found.role) == (nino.name, nino.email, nino.role)


def test_other_tokens_find_nobody(nino):
    sign_in(nino)
    assert [find(token) for token in ("", "x", "A" * 43, "ა" * 43, "x" * 100_000)] == [None] * 5


def test_S3_a_session_ends_when_nobody_uses_it_for_twelve_hours(nino):
    with time_machine.travel(MORNING, tick=False) as clock:
        token = sign_in(nino)
        clock.shift(timedelta(hours=11, minutes=59))
        assert find(token)
        clock.shift(timedelta(minutes=2))
        assert find(token) is None


def test_S3_a_session_that_is_used_ends_after_seven_days(nino):
    with time_machine.travel(MORNING, tick=False) as clock:
        token = sign_in(nino)
        for _ in range(20):
            clock.shift(timedelta(hours=8))
            assert used(token)
        clock.shift(timedelta(hours=8))
        assert used(token) is None


def test_a_sign_of_life_is_written_once_a_minute_at_most(nino):
    with time_machine.travel(MORNING, tick=False) as clock:
        token = sign_in(nino)
        clock.shift(59)
        found = find(token)
        assert found
        assert not sessions.wants_touch(found)
        clock.shift(2)
        assert sessions.wants_touch(found)
        used(token)
        again = find(token)
        assert again
        assert not sessions.wants_touch(again)


def test_S3_who_is_disabled_is_out_at_once(nino):
    other = add("levan@example.org", "Levan")
    token = sign_in(other)
    with transaction() as session:
        editors.disable(session, session.get_one(Editor, other.id))
    assert find(token) is None
    with transaction() as session:
        editors.enable(session, session.get_one(Editor, other.id))
    assert find(token) is None  # let in again is not signed in again


def test_signing_out_everywhere_ends_every_session_but_the_one_named(nino):
    here, there, elsewhere = sign_in(nino), sign_in(nino), sign_in(add("levan@example.org", "Levan"))
    mine = find(here)
    assert mine
    with transaction() as session:
        sessions.sign_out_everywhere(session, nino.id, but=mine.session_id)
    assert find(here)
    assert find(there) is None
    assert find(elsewhere)
    with transaction() as session:
        sessions.sign_out_everywhere(session, nino.id)
    assert find(here) is None


def test_the_token_of_forms_belongs_to_one_session_and_survives_a_new_key(nino):
    here, there = sign_in(nino), sign_in(nino)
    mine = find(here)
    assert mine
    assert sessions.csrf_fits(mine.csrf, here, [KEY])
    assert sessions.csrf_fits(mine.csrf, here, ["n" * 40, KEY])
    assert not sessions.csrf_fits(mine.csrf, there, [KEY])
    assert not sessions.csrf_fits(mine.csrf, here, ["n" * 40])
    assert not sessions.csrf_fits("", here, [KEY])
    assert not sessions.csrf_fits("ა", here, [KEY])


def test_sessions_whose_time_is_over_are_forgotten(nino):
    with time_machine.travel(MORNING, tick=False) as clock:
        sign_in(nino)
        clock.shift(timedelta(hours=13))
        living = sign_in(nino)
        with transaction() as session:
            sessions.forget_old(session)
        with reading() as session:
            assert len(session.exec(select(EditorSession)).all()) == 1
        assert find(living)


@pytest.mark.parametrize(("secure", "name"), [(True, "__Host-aufruf"), (False, "aufruf")])
def test_S3_the_cookie_is_for_this_host_and_not_for_scripts(secure, name):
    answer = Response()
    sessions.set_cookie(answer, "value", secure=secure)
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith(f"{name}=value;")
    attributes = {part.strip().lower() for part in cookie.split(";")[1:]}
    assert attributes == {"httponly", "path=/", "samesite=lax"} | ({"secure"} if secure else set())
