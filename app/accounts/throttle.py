"""How sign-in is slowed for those who guess, without letting a stranger lock an editor out (S4, S13, S22).

Three counts, each under a hash (rates.py), each of attempts and not of failures, so that guesses made at once count:
one client may try 20 times in ten minutes; one client may try one account 8 times in ten minutes. For one account
from wherever, nobody is refused: from the eleventh attempt in an hour on each waits, up to three seconds. Unknown
addresses are counted like known ones. Success clears what was counted for the account and does not count for clients.
"""

from dataclasses import dataclass

from fastapi import Request
from sqlmodel import Session

from app.accounts import editors, rates
from app.database import transaction
from app.settings import Settings
from app.web.errors import TooManyRequests

CLIENT_LIMIT = 20
PAIR_LIMIT = 8
WINDOW_SECONDS = 600
ACCOUNT_FREE = 10
ACCOUNT_SECONDS = 3600
DELAY_STEP = 0.25
LONGEST_DELAY = 3.0


@dataclass(frozen=True)
class Attempt:
    """One try to sign in: the keys under which it is counted, and how long it waits first, in seconds."""

    client: str
    pair: str
    account: str
    delay: float = 0.0


def begin(request: Request, email: str) -> Attempt:
    """Count a try before anything is looked at. Raises TooManyRequests."""
    settings: Settings = request.app.state.settings
    client, account = rates.client_key(request), editors.email_key(email) or email
    attempt = Attempt(
        client=rates.key_for(settings, "login", client),
        pair=rates.key_for(settings, "login-pair", account, client),
        account=rates.key_for(settings, "login-account", account),
    )
    return attempt if settings.rate_limits == "off" else counted(attempt)


def counted(attempt: Attempt) -> Attempt:
    """The same attempt with the time it has to wait. Raises TooManyRequests."""
    rates.refuse_beyond(attempt.client, limit=CLIENT_LIMIT)
    rates.refuse_beyond(attempt.pair, limit=PAIR_LIMIT)
    with transaction() as session:
        client = rates.count(session, attempt.client, seconds=WINDOW_SECONDS)
        pair = rates.count(session, attempt.pair, seconds=WINDOW_SECONDS)
        account = rates.count(session, attempt.account, seconds=ACCOUNT_SECONDS)
    for window, limit in ((client, CLIENT_LIMIT), (pair, PAIR_LIMIT)):
        if window.count > limit:
            raise TooManyRequests(window.seconds_left)
    return Attempt(attempt.client, attempt.pair, attempt.account, delay(account.count))


def delay(attempts: int) -> float:
    """How long the next try at an account waits, in seconds, after so many in this hour."""
    return min(max(0, attempts - ACCOUNT_FREE) * DELAY_STEP, LONGEST_DELAY)


def succeeded(session: Session, attempt: Attempt) -> None:
    """The right password was given: nothing of it counts."""
    rates.clear(session, attempt.pair, attempt.account)
    rates.give_back(session, attempt.client)
