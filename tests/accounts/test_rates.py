"""What costs is counted per client, exactly, and without knowing later who it was (S13, S21)."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine

from app.accounts import rates
from app.accounts.models import Rate
from app.database import reading, transaction
from app.web.errors import TooManyRequests
from tests.accounts.conftest import NOON, settings

pytestmark = pytest.mark.usefixtures("noon")


def request(client: str = "192.0.2.7", **changed: object) -> Any:
    app = SimpleNamespace(state=SimpleNamespace(settings=settings(**{"rate_limits": "on"} | changed)))
    return SimpleNamespace(app=app, client=SimpleNamespace(host=client), headers={"x-forwarded-for": "203.0.113.9"})


def passed(times: int, *, of: Any, limit: int = 5, name: str = "apply") -> int:
    """How many of some requests got through."""
    through = 0
    for _ in range(times):
        try:
            rates.check(of, name, limit=limit, seconds=600)
            through += 1
        except TooManyRequests:
            pass
    return through


def rows() -> list[Any]:
    with reading() as session:
        return list(session.connection().execute(sa.select(Rate.__table__)))  # type: ignore[attr-defined]


def test_S13_a_burst_is_cut_at_the_limit_and_told_when_to_come_back(database):
    with time_machine.travel(NOON, tick=False) as clock:
        assert passed(8, of=request()) == 5
        clock.shift(240)
        with pytest.raises(TooManyRequests) as refused:
            rates.check(request(), "apply", limit=5, seconds=600)
        assert refused.value.retry_after == 360
        clock.shift(360)
        assert passed(8, of=request()) == 5


def test_S13_others_and_other_routes_are_not_touched(database):
    assert passed(8, of=request()) == 5
    assert passed(5, of=request("192.0.2.8")) == 5
    assert passed(5, of=request(), name="private") == 5


def test_S13_attempts_at_the_same_moment_are_all_counted(database):
    with ThreadPoolExecutor(8) as threads:
        through = sum(threads.map(lambda _: passed(5, of=request(), limit=20), range(8)))
    assert through == 20


def test_S13_a_client_with_a_network_of_its_own_is_one_client(database):
    assert passed(3, of=request("2001:db8:1:2::1")) == 3
    assert passed(8, of=request("2001:db8:1:2:ffff::9")) == 2
    assert passed(5, of=request("2001:db8:1:3::1")) == 5
    assert rates.client_key(request("::ffff:192.0.2.7")) == "192.0.2.7"


def test_S13_limits_can_be_left_to_a_proxy(database):
    assert passed(20, of=request(rate_limits="off")) == 20
    assert rows() == []


def test_S21_no_address_is_kept_and_the_hash_changes_daily(database):
    with time_machine.travel(NOON, tick=False) as clock:
        passed(1, of=request("127.0.0.77"))
        clock.shift(timedelta(days=1))
        passed(1, of=request("127.0.0.77"))
    kept = rows()
    assert len({row.key for row in kept}) == 2
    assert all(len(row.key) == 64 and "127.0.0.77" not in str(row) for row in kept)
    with time_machine.travel(NOON, tick=False):
        mine, theirs = settings(), settings(secret_key="n" * 40)
        assert rates.key_for(mine, "apply", "127.0.0.77") in {row.key for row in kept}
        assert rates.key_for(mine, "apply", "127.0.0.77") != rates.key_for(theirs, "apply", "127.0.0.77")


def test_windows_that_have_ended_are_forgotten(database):
    with time_machine.travel(NOON, tick=False) as clock:
        passed(1, of=request())
        clock.shift(601)
        passed(1, of=request("192.0.2.8"))
        with transaction() as session:
            rates.forget_old(session)
        assert len(rows()) == 1
