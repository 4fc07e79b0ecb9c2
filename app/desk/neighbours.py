"""An application within the view from which it was opened: what comes before and after it, and where it stands.

Previous and next are found from the place that the application had in the view's order when it was opened. So they
hold when a decision takes it out of the view or to another place in it, and cost the same however long the queue is.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import parse_qs
from uuid import UUID

from sqlmodel import Session, col, select

from app.applications.models import Application
from app.desk import fair_order, presence, saved_views
from app.desk.conditions import lists_of
from app.desk.counting import FILTER_LIMIT, VIEW_LIMIT
from app.desk.queue import PAGE
from app.desk.views import View, parse
from app.desk.walking import Cursor, Walk, cursor, place_of, walk


@dataclass(frozen=True)
class Neighbours:
    """What the page shows: references of the neighbours, and "3 of 14" while it can be counted cheaply."""

    view: View
    previous: str | None
    next: str | None
    position: int | None
    total: int
    capped: bool
    back: str  # the address of the page of the view on which the application stands
    kept: str | None  # what presence keeps: the view and the place; none when the address said nothing new


def place(session: Session, application: Application, *, query: str | None, editor: UUID) -> Neighbours:
    """The neighbours in the view that `query` describes; without one, in that from which the editor came last."""
    kept = presence.came_from(session, application.id, editor) if query is None else None
    known = query if query is not None else kept
    wanted = saved_views.start_view(session, editor) if known is None else parse(known, me=editor)
    view = fair_order.fair(session, wanted)
    here = (kept and view == wanted and place_kept(kept)) or place_of(session, view, application.id)
    return around(session, view, application, here, new=query is not None)


def place_kept(query: str) -> Cursor | None:
    """The place that was kept with a view."""
    return cursor(parse_qs(query).get("after", [""])[-1])


def around(session: Session, view: View, application: Application, here: Cursor | None, *, new: bool) -> Neighbours:
    """The neighbours of a place in a view."""
    counted = limit(view)
    earlier = others(walk(session, view.turned(), after=here, limit=counted), application) if here else []
    later = others(walk(session, view, after=here, limit=2), application) if here else []
    whole = walk(session, view, limit=counted)
    stands_here = whole.ids[len(earlier) : len(earlier) + 1] == [application.id]
    position = len(earlier) + 1 if stands_here else None
    names = references(session, [*earlier[:1], *later[:1]])
    return Neighbours(
        view=view,
        previous=names[earlier[0]] if earlier else None,
        next=names[later[0]] if later else None,
        position=position,
        total=len(whole.ids),
        capped=whole.after is not None,
        back=back_to(session, view, earlier, position) + f"#row-{application.reference}",
        kept=view.after(str(here or "")).partition("?")[2] if new else None,
    )


def limit(view: View) -> int:
    """How far is counted: as far as beside the views, or behind filters where several of them meet."""
    simple = len(lists_of(view)) <= 1 and not view.excluded and not view.q
    return VIEW_LIMIT if simple else FILTER_LIMIT


def others(found: Walk, application: Application) -> list[UUID]:
    return [each for each in found.ids if each != application.id]


def back_to(session: Session, view: View, earlier: list[UUID], position: int | None) -> str:
    """The address of the view's first page when the application stands there, or of the page that begins with it."""
    if not earlier or (position and position <= PAGE):
        return view.address()
    return view.after(str(place_of(session, view, earlier[0]) or ""))


def references(session: Session, ids: Iterable[UUID]) -> dict[UUID, str]:
    """References by id."""
    found = session.exec(select(Application.id, Application.reference).where(col(Application.id).in_(list(ids))))
    return dict(list(found))
