"""How far the reviewers of a call agree, over its newest reviews."""

from collections import defaultdict
from dataclasses import dataclass
from uuid import UUID

from sqlmodel import Session, col, select

from app.applications.models import Application
from app.applications.reviews import Review
from app.calls.definition import Criterion
from app.calls.loading import Found
from app.desk import agreement

LOOKED_AT = 2000  # reviews, the newest: the cost does not grow with the call


@dataclass(frozen=True)
class Agreement:
    """Krippendorff's alpha over a call, all criteria together and each; over how many applications."""

    applications: int
    together: float | None
    each: list[tuple[Criterion, float | None]]


def of_call(session: Session, found: Found) -> Agreement:
    """How far the reviewers of one call agree; an application and a criterion together are what is scored."""
    given: dict[tuple[UUID, str], list[float]] = defaultdict(list)
    reviewers: dict[UUID, int] = defaultdict(int)
    statement = select(Review.application_id, Review.scores).join(
        Application, col(Application.id) == col(Review.application_id)
    )
    newest = statement.where(Application.call_id == found.id).order_by(col(Review.id).desc()).limit(LOOKED_AT)
    for application, scores in session.exec(newest):
        reviewers[application] += 1
        for key, value in scores.items():
            given[application, key].append(value)
    criteria = found.call.criteria
    units = {each.key: [values for (_, key), values in given.items() if key == each.key] for each in criteria}
    return Agreement(
        applications=sum(number > 1 for number in reviewers.values()),
        together=agreement.alpha(unit for values in units.values() for unit in values),
        each=[(each, agreement.alpha(units[each.key])) for each in criteria],
    )
