"""Views of the queue as files, made by the worker: asked for, in the making, done, and gone after a day."""

from contextlib import suppress
from datetime import timedelta
from uuid import UUID

from sqlmodel import Session, col, select

from app.accounts.models import Editor
from app.audit import trail
from app.database import DatabaseAway, lock_rows, reading, transaction, utcnow
from app.desk import export_files, fair_order, queue, views
from app.desk.models import Export, ExportFormat, ExportState
from app.documents import keeping
from app.documents.storage import Storage, StorageAway
from app.jobs import queue as jobs

EXPORT = "export"
KEPT = timedelta(days=1)
MOST = dict.fromkeys(ExportFormat, 100000) | {ExportFormat.ZIP: 5_000}
SHOWN = 20


class Unwanted(Exception):
    """The export was taken away while it was made."""


def ask(session: Session, *, query: str, format: ExportFormat, by: UUID) -> Export:
    """Have a view made into a file."""
    export = Export(editor_id=by, query=query, format=format, expires_at=utcnow() + KEPT)
    session.add(export)
    jobs.enqueue(session, EXPORT, str(export.id), once=True)
    view = views.parse(query)
    told, searched = view.query(q="")[:500], "yes" if view.q else ""  # the words may name a person: the trail stays
    trail.record(session, "export_asked", editor=by, format=format.value, view=told, searched=searched)
    return export


def own(session: Session, export_id: UUID, by: UUID) -> Export | None:
    """One export of an editor: nobody else gets it."""
    return session.exec(select(Export).where(Export.id == export_id, Export.editor_id == by)).first()


def listing(session: Session, by: UUID) -> list[Export]:
    """The newest exports of an editor."""
    newest = select(Export).where(Export.editor_id == by).order_by(col(Export.id).desc())
    return list(session.exec(newest.limit(SHOWN)))


def make(storage: Storage, export_id: UUID) -> None:
    """A job of the worker: write the file, telling how far it is."""
    with reading() as session:
        export = session.get(Export, export_id)
        editor = session.get(Editor, export.editor_id) if export else None
        if export is None or editor is None or export.state is not ExportState.WAITING:
            return
        view = fair_order.fair(session, views.parse(export.query, me=export.editor_id))
        ids = queue.ids(session, view, limit=MOST[export.format])
    incoming = storage.begin()
    try:
        told(export_id, total=len(ids), done=0)
        write = export_files.WRITERS[export.format]
        write(incoming, ids, storage=storage, editor=editor, progress=lambda done: told(export_id, done=done))
    except Unwanted:
        incoming.abandon()
        return
    except BaseException as error:
        incoming.abandon()
        if not isinstance(error, DatabaseAway | StorageAway):  # those pass, and it is tried again
            with suppress(Unwanted):
                told(export_id, state=ExportState.FAILED)
        raise
    finish(storage, export_id, incoming.keep(), incoming.size)


def told(export_id: UUID, **values: int | ExportState) -> None:
    """Note how far an export is. Raises Unwanted."""
    with transaction() as session:
        export = session.get(Export, export_id)
        if export is None:
            raise Unwanted
        for name, value in values.items():
            setattr(export, name, value)
        session.add(export)


def finish(storage: Storage, export_id: UUID, key: str, size: int) -> None:
    """The file is there; if nobody wants it any more, it goes."""
    kept = False
    try:
        with transaction() as session:
            export: Export | None = session.exec(lock_rows(select(Export).where(Export.id == export_id))).first()
            if export is not None:
                export.state, export.storage_key, export.size = ExportState.DONE, key, size
                export.done = export.total or 0
                session.add(export)
        kept = export is not None
    finally:
        if not kept:
            storage.delete(key)


def discard(session: Session, export: Export) -> None:
    """Remove an export; its bytes follow when this is durable."""
    if export.storage_key:
        jobs.enqueue(session, keeping.DELETE_BYTES, export.storage_key)
    session.delete(export)


def forget_old(session: Session) -> None:
    """Remove exports whose day is over."""
    for export in session.exec(lock_rows(select(Export).where(col(Export.expires_at) < utcnow()))).all():
        discard(session, export)


def discard_all(session: Session, *, of: UUID | None = None) -> None:
    """Remove every export, or every one of an editor: they show what may no longer be seen."""
    exports = select(Export).where(Export.editor_id == of) if of else select(Export)
    for export in session.exec(lock_rows(exports)).all():
        discard(session, export)
