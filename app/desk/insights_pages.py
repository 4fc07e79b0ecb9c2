"""The overview: numbers of a call over a period, as pictures, tables and CSV."""

from math import ceil
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response
from sqlmodel import Session

from app.accounts.permissions import Reader
from app.calls import loading
from app.calls.loading import Found
from app.database import reading, utcnow
from app.desk import call_reviews, caucasus, figures, insight_tables, insights, reasons
from app.desk.cells import as_csv
from app.desk.insight_tables import Words
from app.desk.insights import Choice, Insights
from app.desk.showing import show
from app.web.errors import NotFound

router = APIRouter()
LEVELS = 5

Slug = Annotated[str, Query(max_length=80)]
Period = Literal["4w", "13w", "52w", "all"]


@router.get("/desk/insights")
def insights_page(request: Request, editor: Reader, call: Slug = "", period: Period = "52w") -> Response:
    figures.bring_up_to_date()
    with reading() as session:
        calls, chosen, found = look(session, call, period)
        words = words_of(session, chosen, editor.language)
        agreements = {each.id: call_reviews.of_call(session, each) for each in chosen}
    return show(
        request,
        "desk/insights.html",
        choice=Choice(call, period),
        calls=calls,
        chosen=chosen,
        agreements=agreements,
        it=found,
        tables=insight_tables.tables(found, words),
        words=words,
        map=caucasus,
        level=level,
        stale=bool(found.counted_at and found.counted_at + figures.FRESH < utcnow()),
    )


@router.get("/desk/insights/{table}.csv")
def insights_csv(request: Request, editor: Reader, table: str, call: Slug = "", period: Period = "52w") -> Response:
    if table not in insight_tables.NAMES:
        raise NotFound
    figures.bring_up_to_date()
    with reading() as session:
        _, chosen, found = look(session, call, period)
        words = words_of(session, chosen, editor.language)
    made = insight_tables.tables(found, words)[table]
    name = f"{table}-{call or 'all'}-{period}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(as_csv(made.head, made.rows), media_type="text/csv; charset=utf-8", headers=headers)


def look(session: Session, slug: str, period: str) -> tuple[list[Found], list[Found], Insights]:
    """All calls, those that are looked at, and what the figures say about them. Raises NotFound."""
    calls = loading.everything(session)
    chosen = [found for found in calls if slug in ("", found.call.slug)]
    if slug and not chosen:
        raise NotFound
    return calls, chosen, insights.read(session, call_ids=[found.id for found in chosen], period=period)


def words_of(session: Session, calls: list[Found], language: str) -> Words:
    """The names of regions, topics and reasons of these calls."""
    regions = {each.key: each.names[language] for found in calls for each in found.call.regions}
    topics = {each.key: each.names[language] for found in calls for each in found.call.topics}
    return Words(language, regions, topics, reasons.labels(session))


def level(number: int, most: int) -> int:
    """How strongly a number is coloured beside the greatest: 0 for none, else 1 to LEVELS."""
    return ceil(LEVELS * number / most) if number else 0
