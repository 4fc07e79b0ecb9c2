"""What an editor is asked to review: the rows of the view "To review"."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from app.database import utcnow
from app.desk import asking_reviews

SHOWN = 200


@dataclass(frozen=True)
class ToReview:
    """One application whose review is missing."""

    id: UUID
    reference: str
    name: str
    latin_name: str
    pen_name: str
    asked_by: str
    due_at: datetime

    @property
    def overdue(self) -> bool:
        return self.due_at < utcnow()


def missing(session: Session, editor: UUID) -> list[ToReview]:
    """The reviews that an editor owes, the one due first ahead; SHOWN at most."""
    found = session.connection().execute(asking_reviews.missing(editor).limit(SHOWN)).all()
    return [ToReview(**row._mapping) for row in found]
