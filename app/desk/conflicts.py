"""Two versions of an application side by side: what is there now, and what an editor wanted (promise N7)."""

from dataclasses import dataclass
from enum import Enum
from uuid import UUID

from pydantic import BaseModel

from app.applications.workflow import Move
from app.desk.application_page import ApplicationPage, Line
from app.desk.live import LOOKS
from app.mail.models import OutgoingMail

# What the page shows as controls or carries along; everything else that was sent is shown as it was written.
KNOWN = ("move", "assignee", "labels", "reason", "reason_key", "template", "send", "subject", "body", "text")
# Events that came with a new version; others, such as notes, stand beside each other without one.
CHANGES = (
    *("decided", "taken_back", "assigned", "labelled", "undone", "revealed", "veiled", "withdrawn"),
    *("pool_joined", "pool_left", "erasure_asked", "erasure_cancelled"),
)
MOST = 5


@dataclass(frozen=True)
class Conflict:
    """What the page shows of both sides."""

    action: str  # where the same is sent again
    wanted: dict[str, list[str]]  # every field as it was sent
    move: Move | None
    stale: bool  # somebody changed the application since it was read; if not, what was wanted is not possible
    possible: bool  # it can be sent again from the state that is there now
    changes: list[Line]  # since it was read, newest first
    letter: OutgoingMail | None  # that the newest of these decisions posted
    mine: bool  # all changes were made by who meets the conflict, in another window

    def value(self, name: str) -> str:
        return (self.wanted.get(name) or [""])[0]

    @property
    def others(self) -> dict[str, list[str]]:
        """The fields for which the page has no control of its own."""
        return {name: values for name, values in self.wanted.items() if name not in KNOWN and any(values)}


def between(shown: ApplicationPage, form: BaseModel, *, action: str, editor: UUID) -> Conflict:
    """Put what `form` wanted beside what is there now; `action` is where it was sent."""
    version = getattr(form, "version", shown.application.version)
    move = getattr(form, "move", None)
    changes = since(shown, version)
    return Conflict(
        action=action,
        wanted=sent(form),
        move=move,
        stale=version != shown.application.version,
        possible=can_be_done(shown, move, action),
        changes=changes,
        letter=letter_of(shown, changes),
        mine=bool(changes) and all(line.event.editor_id == editor for line in changes),
    )


def since(shown: ApplicationPage, version: int) -> list[Line]:
    """What happened since `version` was read, newest first: down to the change that followed it, MOST lines at most."""
    missed, found = shown.application.version - version, list[Line]()
    for line in shown.history:
        if missed <= 0 or len(found) == MOST:
            break
        if line.event.kind not in LOOKS:
            found.append(line)
            missed -= line.event.kind in CHANGES
    return found


def can_be_done(shown: ApplicationPage, move: Move | None, action: str) -> bool:
    if action.endswith("/take-back"):
        return shown.take_back_until is not None
    return move is None or move in shown.moves


def letter_of(shown: ApplicationPage, changes: list[Line]) -> OutgoingMail | None:
    """The mail of the newest decision among some changes, as far as its reader may see it."""
    posted = [line.event.detail["mail"] for line in changes if "mail" in line.event.detail]
    return next((mail for mail in shown.mails if posted and str(mail.id) == posted[0]), None)


def sent(form: BaseModel) -> dict[str, list[str]]:
    """A form's fields as a browser sends them."""
    fields: dict[str, object] = form.model_dump(exclude={"csrf", "version"})
    return {name: [text(each) for each in listed(value)] for name, value in fields.items()}


def listed(value: object) -> list[object]:
    return list(value) if isinstance(value, list | tuple | set | frozenset) else [value]


def text(value: object) -> str:
    if value is None:
        return ""
    return str(value.value) if isinstance(value, Enum) else str(value)
