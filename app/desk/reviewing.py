"""One editor's review of an application: saved, changed, withdrawn, or done without."""

from collections.abc import Callable, Mapping, Sequence
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from app.accounts.models import Editor
from app.applications.models import Application, QueueEntry
from app.applications.reviews import AskState, ConflictOfInterest, Recommendation, Review, ReviewRequest
from app.applications.workflow import OPEN
from app.audit import trail
from app.calls import loading
from app.calls.definition import CallDefinition
from app.database import utcnow
from app.desk import interests, scoring
from app.web.errors import NotAllowed

COMMENT_LENGTH = 5000


class ReviewEmpty(ValueError):
    """A review says something: a score, a recommendation or a comment."""


class ScoreUnknown(ValueError):
    """A score for no criterion of the call, or beyond its scale."""


class HasRead(NotAllowed):
    """This editor has chosen to read the others' reviews without writing one. Answered 403, in words."""

    def told(self, _: Callable[[str], str]) -> tuple[str, str]:
        return (
            _("You have read the others' reviews"),
            _("You chose to read them without writing one, so a review of yours would no longer be independent."),
        )


class ReviewsOver(NotAllowed):
    """The application has ended: its reviews stay as they are. Answered 403, in words."""

    def told(self, _: Callable[[str], str]) -> tuple[str, str]:
        return _("The reviews are over"), _("This application has ended. Reopen it to review it again.")


def own(session: Session, application: UUID, editor: UUID) -> Review | None:
    """An editor's review of an application."""
    return session.exec(select(Review).where(Review.application_id == application, Review.editor_id == editor)).first()


def asked(session: Session, application: UUID, editor: UUID) -> ReviewRequest | None:
    """What an editor was asked for, whatever became of it."""
    statement = select(ReviewRequest).where(ReviewRequest.application_id == application)
    return session.exec(statement.where(ReviewRequest.editor_id == editor)).first()


def check_may_review(session: Session, application: Application, editor: UUID) -> None:
    """Raises KeepsOut, HasRead, ReviewsOver."""
    interests.keep_out(session, application, editor)
    request = asked(session, application.id, editor)
    if request is not None and request.state is AskState.DECLINED:
        raise HasRead
    if application.status not in OPEN:
        raise ReviewsOver


def save(
    session: Session,
    application: Application,
    *,
    by: UUID,
    scores: Mapping[str, int],
    recommendation: Recommendation | None,
    comment: str,
) -> Review:
    """Write an editor's review, or change it. Lock the application first: its score follows.

    Raises ScoreUnknown, ReviewEmpty and what check_may_review raises.
    """
    check_may_review(session, application, by)
    check_scores(loading.by_id(session, application.call_id).call, scores)
    comment = comment.strip()[:COMMENT_LENGTH]
    if not (scores or recommendation or comment):
        raise ReviewEmpty
    earlier = own(session, application.id, by)
    review = earlier or Review(application_id=application.id, editor_id=by)
    review.scores, review.recommendation, review.comment = dict(scores), recommendation, comment
    review.changed_at = utcnow()
    session.add(review)
    end_request(session, application, by, AskState.ANSWERED)
    scoring.settle(session, application)
    trail.record(session, "review_changed" if earlier else "reviewed", application=application.id, editor=by)
    return review


def check_scores(call: CallDefinition, scores: Mapping[str, int]) -> None:
    """Raises ScoreUnknown."""
    known = {criterion.key for criterion in call.criteria}
    if wrong := [key for key, value in scores.items() if key not in known or not 1 <= value <= call.scale]:
        raise ScoreUnknown(wrong[0])


def withdraw(session: Session, application: Application, *, by: UUID) -> None:
    """Take an editor's review away; a request that it had answered is open again."""
    check_may_review(session, application, by)
    if (review := own(session, application.id, by)) is None:
        return
    session.delete(review)
    request = asked(session, application.id, by)
    if request is not None and request.state is AskState.ANSWERED:
        request.state = AskState.OPEN
        session.add(request)
    scoring.settle(session, application)
    trail.record(session, "review_withdrawn", application=application.id, editor=by)


def read_without(session: Session, application: Application, *, by: UUID) -> None:
    """Let an editor read the others' reviews without writing one: after that theirs would not be independent."""
    check_may_review(session, application, by)
    if own(session, application.id, by):
        return
    if not end_request(session, application, by, AskState.DECLINED):
        row = ReviewRequest(application_id=application.id, editor_id=by, asked_by=by, state=AskState.DECLINED)
        session.add(row)
    scoring.settle(session, application)
    trail.record(session, "review_declined", application=application.id, editor=by)


def end_request(session: Session, application: Application, editor: UUID, state: AskState) -> bool:
    """Write down what became of the request to an editor; whether there is one."""
    request = asked(session, application.id, editor)
    if request is not None:
        request.state = state
        session.add(request)
    return request is not None


def owed_among(session: Session, editor: UUID, applications: Sequence[UUID]) -> set[UUID]:
    """For which of these applications an editor was asked for a review that is missing."""
    if not applications:
        return set()
    statement = select(ReviewRequest.application_id).where(col(ReviewRequest.application_id).in_(applications))
    theirs = statement.where(ReviewRequest.editor_id == editor, ReviewRequest.state == AskState.OPEN)
    return set(session.exec(theirs))


def hidden_from(session: Session, editor: UUID, applications: Sequence[UUID], calls: Sequence[UUID]) -> set[UUID]:
    """Which of these applications keep their scores from an editor: before their own review, and in a conflict.

    `calls` are those with independent reviews. One query, whatever the number of applications.
    """
    if not applications:
        return set()
    hidden = select(Application.id).where(col(Application.id).in_(applications))
    return set(session.exec(hidden.where(sa.or_(unread(editor, calls), theirs(ConflictOfInterest, editor)))))


def hides_any(session: Session, editor: UUID, calls: Sequence[UUID]) -> bool:
    """Whether the score of any open application is still kept from an editor until their own review is there."""
    scored = select(QueueEntry.application_id).join(Application, col(Application.id) == QueueEntry.application_id)
    scored = scored.where(QueueEntry.facet == "status", QueueEntry.value == "open", QueueEntry.score >= 0)
    return session.exec(scored.where(unread(editor, calls)).limit(1)).first() is not None


def unread(editor: UUID, calls: Sequence[UUID]) -> sa.ColumnElement[bool]:
    """The condition that an editor has yet to review an application, or to say that they will not."""
    seen = sa.or_(
        theirs(Review, editor), theirs(ReviewRequest, editor).where(col(ReviewRequest.state) == AskState.DECLINED)
    )
    return sa.and_(col(Application.call_id).in_(calls), col(Application.status).in_(OPEN), ~seen)


def theirs(table: type[Review] | type[ReviewRequest] | type[ConflictOfInterest], editor: UUID) -> sa.Exists:
    return sa.exists().where(col(table.application_id) == col(Application.id), col(table.editor_id) == editor)


def of_application(session: Session, application: UUID) -> list[tuple[Review, str]]:
    """Every review of an application with its writer's name, oldest first."""
    statement = select(Review, Editor.name).join(Editor, col(Editor.id) == col(Review.editor_id))
    return list(session.exec(statement.where(Review.application_id == application).order_by(col(Review.id))))
