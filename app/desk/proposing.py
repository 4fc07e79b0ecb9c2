"""The panel for a move: its letter in the applicant's language, to be edited before it goes."""

from dataclasses import dataclass, field

from sqlmodel import Session

from app.accounts.sessions import CurrentEditor
from app.applications import workflow
from app.applications.models import Application
from app.applications.workflow import Move
from app.desk import reasons, templates
from app.desk.letter_models import DeclineReason
from app.desk.templates import Written
from app.mail import placeholders


@dataclass(frozen=True)
class Proposal:
    """A move about to be made, with the letter it offers and the templates to choose from."""

    move: Move
    needs_reason: bool
    subject: str = ""
    body: str = ""
    template: str = templates.BUILT_IN
    templates: list[Written] = field(default_factory=list)
    reasons: list[DeclineReason] = field(default_factory=list)

    @property
    def has_letter(self) -> bool:
        return bool(self.subject)

    @property
    def open_places(self) -> str:
        """The placeholders that still have to be filled in, as they are written."""
        return placeholders.shown(placeholders.to_fill(self.subject, self.body))


def propose(
    session: Session, application: Application, move: Move, *, template: str, viewer: CurrentEditor, blind: bool
) -> Proposal:
    """The panel for a move, written with the template that is wanted, else with the standard one."""
    rule = workflow.RULES[move]
    given = reasons.offered(session, application.call_id) if move is Move.DECLINE else []
    if rule.letter is None:
        return Proposal(move, rule.needs_reason, reasons=given)
    subject, body = templates.letter(
        session, application, rule.letter, wanted=template, editor=viewer.name, blind=blind
    )
    used = templates.chosen(session, application, rule.letter, template)
    return Proposal(
        move=move,
        needs_reason=rule.needs_reason,
        subject=subject,
        body=body,
        template=str(used.id) if used else templates.BUILT_IN,
        templates=templates.listing(session, kind=rule.letter, call_id=application.call_id),
        reasons=given,
    )
