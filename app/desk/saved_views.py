"""Views that editors keep, and how each of them likes the queue."""

from dataclasses import dataclass, replace
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from app.accounts.models import Editor
from app.audit import trail
from app.desk.folding import fold, latin
from app.desk.models import DeskPreference, SavedView
from app.desk.views import BUILT_IN, View, parse

NAME_LENGTH = 60
MOST = 50  # views of one editor
COLUMNS = ("regions", "languages", "topics", "state", "documents", "score", "assignee", "waiting", "received", "last")
USUAL = ("regions", "languages", "state", "documents", "score", "assignee", "waiting", "last")
START = "action"


class TooMany(Exception):
    """An editor has as many views as one may have."""


@dataclass(frozen=True)
class Look:
    """How an editor likes the queue: its columns, how dense it is, what the desk opens with."""

    columns: tuple[str, ...] = USUAL
    compact: bool = False
    start: str = START  # a key of BUILT_IN or the id of a saved view


@dataclass(frozen=True)
class Kept:
    """A saved view as it is shown to an editor."""

    id: UUID
    name: str
    query: str
    shared: bool
    own: bool
    owner: str

    def view(self, me: UUID) -> View:
        return parse(self.query, me=me)


def listing(session: Session, me: UUID) -> list[Kept]:
    """An editor's own views and those that others share, by name."""
    mine = col(SavedView.editor_id) == me
    statement = select(SavedView, Editor.name).join(Editor, col(Editor.id) == col(SavedView.editor_id))
    statement = statement.where(sa.or_(mine, col(SavedView.shared).is_(True))).order_by(~mine, col(SavedView.name))
    return [
        Kept(view.id, view.name, view.query, view.shared, view.editor_id == me, owner)
        for view, owner in session.exec(statement.limit(200))
    ]


def save(session: Session, *, name: str, view: View, shared: bool, by: UUID) -> SavedView:
    """Keep a view under a name. Raises TooMany."""
    there = select(sa.func.count()).select_from(SavedView).where(SavedView.editor_id == by)
    if session.exec(there).one() >= MOST:
        raise TooMany
    saved = SavedView(editor_id=by, name=short(name), query=view.query(), shared=shared)
    session.add(saved)
    if shared:
        trail.record(session, "view_shared", editor=by, view=str(saved.id))
    return saved


def own(session: Session, view_id: UUID, by: UUID) -> SavedView | None:
    """An editor's own saved view."""
    return session.exec(select(SavedView).where(SavedView.id == view_id, SavedView.editor_id == by)).first()


def change(session: Session, saved: SavedView, *, name: str, shared: bool) -> None:
    """Rename a view, share it or no longer."""
    if shared != saved.shared:
        trail.record(session, "view_shared" if shared else "view_unshared", editor=saved.editor_id, view=str(saved.id))
    saved.name, saved.shared = short(name), shared
    session.add(saved)


def remove(session: Session, saved: SavedView) -> None:
    if saved.shared:
        trail.record(session, "view_unshared", editor=saved.editor_id, view=str(saved.id))
    session.delete(saved)


def forget_searches(session: Session, *names: str) -> None:
    """Take a search for somebody who is being erased out of the views that are kept, and what then keeps nothing."""
    theirs = spelled(*names)
    for saved in session.exec(select(SavedView)).all():
        if any(names_them(word, theirs) for word in spelled(saved.name)):
            saved.name = "…"
        view = parse(saved.query)
        if any(name.startswith(word) for word in spelled(view.q) for name in theirs):
            saved.query = view.query(q="")
            if not replace(view, q="").narrowed:
                session.delete(saved)


def names_them(word: str, theirs: set[str]) -> bool:
    """Whether a word is one of these names, in the genitive perhaps: "Beridzes Texte"."""
    return any(word.startswith(name) and len(word) - len(name) < 3 for name in theirs)


def spelled(*texts: str) -> set[str]:
    """The words of some texts as searching compares them; those of one letter say nothing."""
    return {word for text in texts for word in f"{fold(text)} {latin(text)}".split() if len(word) > 2}


def short(name: str) -> str:
    return " ".join(name.split())[:NAME_LENGTH]


def look(session: Session, me: UUID) -> Look:
    """How an editor likes the queue."""
    kept = session.get(DeskPreference, me)
    if kept is None:
        return Look()
    columns = tuple(key for key in kept.columns.split(",") if key in COLUMNS)
    return Look(columns or USUAL, kept.compact, kept.start or START)


def prefer(
    session: Session,
    me: UUID,
    *,
    columns: list[str] | None = None,
    compact: bool | None = None,
    start: str | None = None,
) -> None:
    """Keep what an editor likes; what is None stays as it is."""
    kept = session.get(DeskPreference, me) or DeskPreference(editor_id=me)
    if columns is not None:
        kept.columns = ",".join(key for key in COLUMNS if key in columns)
    kept.compact = kept.compact if compact is None else compact
    kept.start = kept.start if start is None else start
    session.add(kept)


def start_view(session: Session, me: UUID) -> View:
    """What the desk opens with for an editor; the usual when their choice is no longer there."""
    start = look(session, me).start
    if start in BUILT_IN:
        return parse(BUILT_IN[start].query(), me=me)
    found = next((kept for kept in listing(session, me) if str(kept.id) == start), None)
    return found.view(me) if found else parse(BUILT_IN[START].query(), me=me)
