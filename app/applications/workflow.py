"""The workflow: which moves exist, who may make them, where they lead and which mail they offer.

received ─► in review ─► shortlisted ─► trial piece ─► accepted ─► contributor
    └──────────┴─────────────┴──────────────┴────────► declined
any open state ─► withdrawn, by the applicant;  any ended state ─► in review again, with a reason
"""

from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    RECEIVED = "received"
    IN_REVIEW = "in_review"
    SHORTLISTED = "shortlisted"
    TRIAL_PIECE = "trial_piece"
    ACCEPTED = "accepted"
    CONTRIBUTOR = "contributor"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


class Move(StrEnum):
    REVIEW = "review"
    SHORTLIST = "shortlist"
    ASK_TRIAL_PIECE = "ask_trial_piece"
    ACCEPT = "accept"
    ENGAGE = "engage"
    DECLINE = "decline"
    WITHDRAW = "withdraw"
    REOPEN = "reopen"


OPEN = frozenset({Status.RECEIVED, Status.IN_REVIEW, Status.SHORTLISTED, Status.TRIAL_PIECE})
ENDED = frozenset(Status) - OPEN


@dataclass(frozen=True)
class Rule:
    """Where a move starts and leads, whose it is, which letter it offers, whether it wants a reason."""

    sources: frozenset[Status]
    target: Status
    letter: str | None = None
    by_applicant: bool = False
    needs_reason: bool = False


RULES: dict[Move, Rule] = {
    Move.REVIEW: Rule(frozenset({Status.RECEIVED}), Status.IN_REVIEW),
    Move.SHORTLIST: Rule(frozenset({Status.RECEIVED, Status.IN_REVIEW}), Status.SHORTLISTED, "shortlisted"),
    Move.ASK_TRIAL_PIECE: Rule(frozenset({Status.IN_REVIEW, Status.SHORTLISTED}), Status.TRIAL_PIECE, "trial_piece"),
    Move.ACCEPT: Rule(
        frozenset({Status.IN_REVIEW, Status.SHORTLISTED, Status.TRIAL_PIECE}), Status.ACCEPTED, "accepted"
    ),
    Move.ENGAGE: Rule(frozenset({Status.ACCEPTED}), Status.CONTRIBUTOR, "contributor"),
    Move.DECLINE: Rule(OPEN, Status.DECLINED, "declined"),
    Move.WITHDRAW: Rule(OPEN, Status.WITHDRAWN, by_applicant=True),
    Move.REOPEN: Rule(ENDED, Status.IN_REVIEW, "reopened", needs_reason=True),
}


class MoveNotAllowed(Exception):
    """The workflow has no such move from this state, or not for this person."""


def rule(status: Status, move: Move, *, by_applicant: bool = False) -> Rule:
    """The rule for a move from `status`. Raises MoveNotAllowed."""
    found = RULES[move]
    if status not in found.sources or found.by_applicant != by_applicant:
        raise MoveNotAllowed(f"{move} from {status}")
    return found


def moves(status: Status) -> list[Move]:
    """The moves an editor has from here, the likeliest first."""
    return [move for move, found in RULES.items() if status in found.sources and not found.by_applicant]
