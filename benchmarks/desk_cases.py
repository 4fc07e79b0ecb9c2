"""What the desk asks of the database, page by page: each case answers how many rows it showed."""

from collections.abc import Callable
from functools import partial
from uuid import UUID

from sqlmodel import Session, select

from app.accounts.models import Editor, Role
from app.accounts.sessions import CurrentEditor
from app.applications.models import Application
from app.calls import loading
from app.database import new_id, utcnow
from app.desk import application_page, contributors, counting, figures, insights, live, neighbours, queue, views
from app.desk.contributors import Wanted
from app.desk.views import BUILT_IN, SORTS, View
from app.desk.walking import walk
from app.mail import outbox
from app.mail.models import MailState
from app.settings import Settings

Case = Callable[[Session], int]

ROWS = 20  # of a page: as many as the rarest view has in the short queue
COMMON = "search: common word"  # that 60 % match: it may cost more, but not with every application more
FILTERS = {
    "status": "status=received",
    "two regions": "region=armenia&region=georgia",
    "language": "language=ru",
    "topic": "topic=media",
    "label": "label=photos",
    "assignee": "assignee=nobody",
    "not a region": "no_region=armenia",
    "together": "turn=us&region=georgia&language=en",
    "together, by waiting": "turn=us&region=georgia&no_language=de&sort=waiting",
    "together, by score": "status=open&region=georgia&topic=economy&sort=score",
    "together, that few fit": "status=open&region=armenia&topic=media&sort=score",
}
SEARCHES = {
    "search: phrase that 2 % match": "q=%22long form%22",
    "search: name in Cyrillic, of 2.5 %": "q=Гаджиева",
    "search: Cyrillic name in Latin": "q=gadzhieva",
    "search: name in Cyrillic, with a filter": "q=Гаджиева&status=open",
    COMMON: "q=shepherd",
    f"{COMMON}, by score": "q=shepherd&sort=score",
    f"{COMMON}, filtered": "q=shepherd&region=georgia",
}
FEWER = {"filters: together, that few fit": 6, "search: name in Cyrillic, with a filter": 15}  # rows, the same in both
CAME_FROM = ("turn=us", "sort=score", "turn=us&region=georgia", "q=Гаджиева")


def cases(session: Session, settings: Settings) -> dict[str, Case]:
    """What is measured, by its name."""
    me = somebody(session)
    found: dict[str, Case] = {
        f"view {key}": partial(queue_page, view=views.parse(view.query(), me=me.id)) for key, view in BUILT_IN.items()
    }
    asked = {f"sorted by {sort}": f"sort={sort}" for each in SORTS for sort in (each, f"-{each}")}
    asked |= {f"filters: {name}": query for name, query in FILTERS.items()}
    asked |= SEARCHES
    found |= {
        name: partial(queue_page, view=views.parse(query, me=me.id), size=FEWER.get(name, ROWS))
        for name, query in asked.items()
    }
    middle = walk(session, views.ALL, limit=500).ids[-1]
    one = partial(one_application, key=middle, me=me, settings=settings)
    found |= {
        f"one application, from {views.parse(query).q or query}": partial(one, query=query) for query in CAME_FROM
    }
    return found | others(me)


def somebody(session: Session) -> CurrentEditor:
    """One of the team, signed in."""
    editor = session.exec(select(Editor).where(Editor.role == Role.ADMIN)).all()[0]
    return CurrentEditor(
        id=editor.id,
        name=editor.name,
        email=editor.email,
        role=editor.role,
        language="en",
        keys=True,
        session_id=new_id(),
        csrf="",
        seen_at=utcnow(),
    )


def others(me: CurrentEditor) -> dict[str, Case]:
    """The other pages of the desk."""
    return {
        "contributors": partial(pool, wanted=Wanted(), me=me),
        "contributors of a region": partial(pool, wanted=Wanted(region="georgia"), me=me),
        "contributors of region and topic": partial(pool, wanted=Wanted(region="georgia", topic="politics"), me=me),
        "overview": overview,
        "mail": mails,
        "history": partial(history, me=me),
        "news": partial(news, me=me.id),
    }


def queue_page(session: Session, *, view: View, size: int = ROWS) -> int:
    """What one page of the queue asks: its rows, the numbers behind its filters and beside the views."""
    assert view.me is not None
    shown = queue.page(session, view, size=size)
    counting.behind_filters(session, view)
    counting.beside_views(session, view.me)
    return len(shown.rows)


def one_application(session: Session, *, key: UUID, query: str, me: CurrentEditor, settings: Settings) -> int:
    """An application with previous and next in the view from which it was opened."""
    application = session.get_one(Application, key)
    neighbours.place(session, application, query=query, editor=me.id)
    return len(application_page.read(session, application, viewer=me, settings=settings, move=None).history)


def pool(session: Session, *, wanted: Wanted, me: CurrentEditor) -> int:
    return len(contributors.page(session, wanted, viewer=me, size=ROWS)[0])


def overview(session: Session) -> int:
    if figures.are_few(session):  # else the worker counts, once an hour
        figures.gather(session)
    ids = [found.id for found in loading.everything(session)]
    return len(insights.read(session, call_ids=ids, period="all").weeks)


def mails(session: Session) -> int:
    return len(outbox.page(session, MailState.SENT, after=None, size=50))


def history(session: Session, *, me: CurrentEditor) -> int:
    return len(application_page.trail_page(session, after=None, viewer=me))


def news(session: Session, *, me: UUID) -> int:
    newest = live.newest(session)
    assert newest is not None
    return len(live.of_queue(session, views.parse("turn=us", me=me), since=newest, editor=me).changed)
