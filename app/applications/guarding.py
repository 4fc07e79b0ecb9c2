"""Against forms that no person fills in, without puzzles for people and without anybody else's service.

A field that people do not see; a time that no person can beat; and, while more forms arrive than people send, a sum
for the browser's script to do (about a second), or half a minute's wait where there is none. What a person sends by
accident as a machine would is shown once more, complete, and is taken the second time.
"""

import hashlib
import hmac
import re
from typing import Final

from app.accounts import rates
from app.database import reading, transaction, utcnow
from app.settings import Settings

TRAP: Final = "homepage"  # people do not see this field; programs that fill in whatever there is do
SHOWN: Final = "shown"  # when the form was shown, signed
PROOF: Final = "proof"  # the solved sum
PASSED: Final = "passed"  # signed: it was asked once why that field is filled in, and is not asked again
FIELDS: Final = (TRAP, SHOWN, PROOF, PASSED)

LEAST_SECONDS = 3.0  # between showing the form and sending it, documents chosen and all
WAIT_SECONDS = 30.0  # between looking at what is to be sent and sending it, in a rush and without scripts
RUSH_SECONDS = 600
SUM_BITS = 16  # how many zeros the sum must begin with: 65,000 tries in the mean
NUMBER = re.compile(r"[0-9]{1,12}")


def stamp(settings: Settings, page: str, token: str) -> str:
    """This moment, signed for one page of one draft."""
    now = f"{int(utcnow().timestamp() * 1000):x}"
    return f"{now}.{signature(settings.keys[0], page, token, now)}"


def signature(key: str, page: str, token: str, moment: str) -> str:
    text = "\0".join(("shown", page, token, moment))
    return hmac.new(key.encode(), text.encode(), hashlib.sha256).hexdigest()[:32]


def seconds_since(settings: Settings, page: str, token: str, stamped: str) -> float | None:
    """How long ago a page was shown; None when the stamp is not one of ours, or the clock was set back."""
    moment, _, signed = stamped.partition(".")
    ours = [signature(key, page, token, moment).encode() for key in settings.keys]
    if not any(hmac.compare_digest(each, signed.encode()) for each in ours):
        return None
    passed = utcnow().timestamp() - int(moment, 16) / 1000
    return passed if passed >= 0 else None


def too_fast(settings: Settings, token: str, stamped: str) -> bool:
    """Whether a form comes back faster than a person can fill it in. Programs that send no stamp are not slowed."""
    passed = seconds_since(settings, "form", token, stamped) if settings.rate_limits == "on" else None
    return passed is not None and passed < LEAST_SECONDS


def trapped(settings: Settings, token: str, filled: str, passed: str) -> bool:
    """Whether what people do not see was filled in, for the first time: a browser's filler may do so at each load."""
    return bool(filled) and seconds_since(settings, "trap", token, passed) is None


def passed(settings: Settings, token: str, filled: str, earlier: str) -> str:
    """The mark with which a form is shown again without that field; nothing when it was not filled in."""
    if seconds_since(settings, "trap", token, earlier) is not None:
        return earlier
    return stamp(settings, "trap", token) if filled else ""


def still_to_wait(settings: Settings, token: str, stamped: str) -> float:
    """Seconds until what was looked at may be sent in a rush."""
    passed = seconds_since(settings, "check", token, stamped)
    return max(0.0, WAIT_SECONDS - (passed or 0.0))


def solved(token: str, proof: str) -> bool:
    """Whether this number solves the sum of this draft: `static/sum.js` looks for it."""
    if not NUMBER.fullmatch(proof):
        return False
    found = hashlib.sha256(f"{token}:{proof}".encode()).digest()
    return int.from_bytes(found, "big") >> (256 - SUM_BITS) == 0


def rush(settings: Settings) -> bool:
    """Whether more forms have arrived within ten minutes, from everywhere, than people are likely to send."""
    if settings.rate_limits == "off":
        return False
    with reading() as session:
        window = rates.look(session, key(settings))
    return (window.count if window else 0) >= settings.rush_forms


def one_more(settings: Settings) -> bool:
    """Count a form that is to be sent; whether it is one of a rush. In a rush nothing is written."""
    if settings.rate_limits == "off":
        return False
    if rush(settings):
        return True
    with transaction() as session:
        return rates.count(session, key(settings), seconds=RUSH_SECONDS).count > settings.rush_forms


def key(settings: Settings) -> str:
    return rates.key_for(settings, "forms of all")
