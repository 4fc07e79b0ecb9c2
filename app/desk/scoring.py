"""What the reviews of an application come to: the one place that writes its score."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlmodel import Session, select

from app.applications import turns
from app.applications.models import Application
from app.applications.reviews import Review
from app.calls import loading
from app.calls.definition import Criterion


@dataclass(frozen=True)
class Spread:
    """What the reviewers gave for one criterion: the mean, the lowest and highest, and how many had an opinion."""

    criterion: Criterion
    mean: float
    low: int
    high: int
    number: int


def settle(session: Session, application: Application) -> None:
    """Write anew what the reviews come to, and whose turn it is. Call it after every change to a review."""
    session.flush()
    call = loading.by_id(session, application.call_id).call
    found = session.exec(select(Review).where(Review.application_id == application.id)).all()
    application.reviews = len(found)
    application.score = mean(found, call.criteria)
    turns.settle(session, application)


def mean(reviews: Iterable[Review], criteria: Sequence[Criterion]) -> float | None:
    """The mean of the reviews' weighted means; None while nobody has given a score."""
    means = [each for each in (weighted(review.scores, criteria) for review in reviews) if each is not None]
    return sum(means) / len(means) if means else None


def weighted(scores: Mapping[str, int], criteria: Sequence[Criterion]) -> float | None:
    """One review's mean over the criteria it has an opinion on, by their weights; None without any."""
    given = [(criterion.weight, scores[criterion.key]) for criterion in criteria if criterion.key in scores]
    whole = sum(weight for weight, _ in given)
    return sum(weight * score for weight, score in given) / whole if given else None


def spread(reviews: Iterable[Review], criteria: Sequence[Criterion]) -> list[Spread]:
    """The spread of each criterion that anybody has scored."""
    listed = list(reviews)
    given = [(each, [review.scores[each.key] for review in listed if each.key in review.scores]) for each in criteria]
    return [Spread(each, sum(s) / len(s), min(s), max(s), len(s)) for each, s in given if s]
