"""What the desk's forms say about asking an applicant for something, and a trial piece that goes with its decision."""

from datetime import date
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field
from sqlmodel import Session

from app.applications import conversation
from app.applications.conversation import Wanted
from app.applications.models import Application, AskedFor
from app.audit.models import Event
from app.desk import blinding, templates
from app.documents.kinds import Kind
from app.mail import placeholders
from app.settings import Settings

Letter = tuple[str, str]  # subject and body, as an editor left them


class PieceFields(BaseModel):
    """What is agreed on with a trial piece: every field may stay empty."""

    topic: str = Field("", max_length=300)
    length: str = Field("", max_length=100)
    fee: str = Field("", max_length=100)
    due: date | Literal[""] = ""

    def given(self) -> set[str]:
        """The placeholders of letters that these fields fill."""
        return {name for name, value in self.values("en").items() if value}

    def values(self, language: str) -> dict[str, str]:
        """What stands in letters for these fields, in the reader's language."""
        return templates.trial_piece_values(
            language, topic=self.topic, length=self.length, fee=self.fee, deadline=self.due or None
        )

    def wanted(self, what: AskedFor, document_kind: Kind | None = None) -> Wanted:
        piece = what is AskedFor.TRIAL_PIECE
        topic, length, fee = (self.topic, self.length, self.fee) if piece else ("", "", "")
        return Wanted(what, document_kind, topic, length, fee, self.due or None)


def with_decision(
    session: Session,
    application: Application,
    event: Event,
    fields: PieceFields,
    letter: Letter | None,
    *,
    by: UUID,
    settings: Settings,
) -> None:
    """The request that goes with the decision to ask for a trial piece; its mail is the decision's.

    Raises conversation.NotPossible.
    """
    own = None
    if letter and letter[0].strip() and letter[1].strip():
        values = fields.values(application.language)
        subject, body = (placeholders.fill(each.strip(), values) for each in letter)
        own = (blinding.with_name(subject, application), blinding.with_name(body, application))
    message = conversation.ask(
        session,
        application,
        fields.wanted(AskedFor.TRIAL_PIECE),
        text=own[1] if own else "",
        by=by,
        settings=settings,
        own_letter=own,
        mail=own is not None,
    )
    event.detail = event.detail | {"request": str(message.request_id)}
    if message.mail_id:
        event.detail = event.detail | {"mail": str(message.mail_id)}
    session.add(event)
