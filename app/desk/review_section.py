"""The reviews of one application as one editor sees them."""

from dataclasses import dataclass
from datetime import date

from sqlmodel import Session

from app.accounts.models import Editor, Role
from app.accounts.sessions import CurrentEditor
from app.applications.models import Application
from app.applications.reviews import AskState, ConflictOfInterest, Review, ReviewRequest
from app.applications.workflow import OPEN
from app.calls.definition import CallDefinition
from app.database import utcnow
from app.desk import asking_reviews, interests, reviewing, scoring
from app.desk.scoring import Spread
from app.web import days


@dataclass(frozen=True)
class ReviewSection:
    """What the section shows; `others`, `score` and `spread` are empty while they are hidden."""

    number: int  # how many reviews there are, seen or not
    wanted: int
    visible: bool
    can_write: bool
    can_read_without: bool
    own: Review | None
    own_score: float | None
    request: ReviewRequest | None  # to this editor, still open
    conflict: ConflictOfInterest | None  # this editor's
    others: list[tuple[Review, str, float | None]]
    score: float | None
    spread: list[Spread]
    asked: list[tuple[ReviewRequest, str]]  # open ones
    conflicts: list[tuple[ConflictOfInterest, str]]
    can_be_asked: list[Editor]
    due_on: date

    def overdue(self, request: ReviewRequest) -> bool:
        return request.due_at < utcnow()


def read(session: Session, application: Application, call: CallDefinition, viewer: CurrentEditor) -> ReviewSection:
    """The section for one viewer: what they may see of it."""
    reviews = reviewing.of_application(session, application.id)
    conflicts = interests.of_application(session, application.id)
    requests = asking_reviews.requests(session, application.id)
    own = next((review for review, _ in reviews if review.editor_id == viewer.id), None)
    conflict = next((each for each, _ in conflicts if each.editor_id == viewer.id), None)
    mine = next((each for each, _ in requests if each.editor_id == viewer.id), None)
    writes = viewer.role is not Role.READER and application.status in OPEN
    declined = mine is not None and mine.state is AskState.DECLINED
    visible = conflict is None and (not writes or own is not None or declined or not call.independent_reviews)
    shown = reviews if visible else []
    return ReviewSection(
        number=len(reviews),
        wanted=call.reviews_wanted,
        visible=visible,
        can_write=writes and conflict is None and not declined,
        can_read_without=writes and conflict is None and not visible,
        own=own,
        own_score=scoring.weighted(own.scores, call.criteria) if own else None,
        request=mine if mine and mine.state is AskState.OPEN and application.status in OPEN else None,
        conflict=conflict,
        others=[(each, name, scoring.weighted(each.scores, call.criteria)) for each, name in shown if each is not own],
        score=scoring.mean([each for each, _ in shown], call.criteria),
        spread=scoring.spread([each for each, _ in shown], call.criteria),
        asked=[(each, name) for each, name in requests if each.state is AskState.OPEN],
        conflicts=conflicts,
        can_be_asked=asking_reviews.can_be_asked(session, application) if writes else [],
        due_on=days.today() + asking_reviews.USUAL,
    )
