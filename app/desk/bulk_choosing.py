"""Which applications a bulk is about: the boxes of the queue's page, the page, or the whole view."""

from collections.abc import Sequence
from urllib.parse import parse_qsl
from uuid import UUID

from sqlmodel import Session, col, select

from app.applications.models import Application
from app.desk import bulk, fair_order, queue, views
from app.desk.bulk_models import BulkWhat


def of_view(session: Session, query: str, *, me: UUID) -> list[tuple[str, int]]:
    """The applications of a view in its order, up to bulk.LIMIT, as they are now."""
    view = fair_order.fair(session, views.from_pairs(parse_qsl(query, max_num_fields=200), me=me))
    ids = queue.ids(session, view, limit=bulk.LIMIT)
    statement = select(Application.id, Application.reference, Application.version).where(col(Application.id).in_(ids))
    found = {key: (reference, version) for key, reference, version in session.exec(statement)}
    return [found[key] for key in ids if key in found]


def what_is_wanted(chosen: str, label: str) -> tuple[BulkWhat, str]:
    """What the bar's list says, `move:decline` or `assign:<id>`, with the label beside it. Raises ValueError."""
    what, _, value = chosen.partition(":")
    wanted = BulkWhat(what)
    if wanted in (BulkWhat.ADD_LABEL, BulkWhat.REMOVE_LABEL):
        value = " ".join(label.replace(",", " ").split())
    return wanted, value


def references(chosen: Sequence[str], listed: Sequence[str], scope: str) -> list[tuple[str, int]]:
    """The rows that were chosen, or all of the page. Raises ValueError for what no page of ours sends."""
    return bulk.of_references(listed if scope == "page" else chosen)
