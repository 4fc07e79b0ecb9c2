"""Exports at the desk: ask for one, see how far it is, take it away."""

from typing import Annotated
from urllib.parse import urlsplit
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import Field

from app.accounts.permissions import EditorOnly
from app.audit import trail
from app.database import reading, transaction
from app.desk import exporting, views
from app.desk.models import ExportFormat, ExportState
from app.desk.showing import DeskForm, show
from app.documents.names import content_disposition
from app.documents.storage import Storage
from app.web import days
from app.web.errors import NotFound, see_other

router = APIRouter()

TYPES = {
    ExportFormat.CSV: "text/csv; charset=utf-8",
    ExportFormat.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ExportFormat.JSON: "application/json",
    ExportFormat.ZIP: "application/zip",
}


class ExportForm(DeskForm):
    query: str = Field("", max_length=4000)
    format: ExportFormat


@router.get("/desk/export")
def export_page(request: Request, editor: EditorOnly) -> Response:
    """Choose a format for the view in the address; below, what was exported lately."""
    view = views.parse(urlsplit(str(request.url)).query, me=editor.id)
    with reading() as session:
        exports = exporting.listing(session, editor.id)
    return show(request, "desk/export.html", view=view, exports=exports, most=exporting.MOST)


@router.post("/desk/export")
def export(editor: EditorOnly, form: Annotated[ExportForm, Form()]) -> Response:
    view = views.parse(form.query, me=editor.id)
    with transaction() as session:
        asked = exporting.ask(session, query=view.query(), format=form.format, by=editor.id)
    return see_other(f"/desk/exports/{asked.id}")


@router.get("/desk/exports/{export_id}")
def one_export(request: Request, editor: EditorOnly, export_id: UUID) -> Response:
    """How far it is; the page asks again by itself until it is done."""
    with reading() as session:
        found = exporting.own(session, export_id, editor.id)
        if found is None:
            raise NotFound
        view = views.parse(found.query, me=editor.id)
    return show(request, "desk/export_one.html", export=found, view=view)


@router.get("/desk/exports/{export_id}/file")
def export_file(request: Request, editor: EditorOnly, export_id: UUID) -> Response:
    """The file, as an attachment; taking it leaves an event (promise P5)."""
    with transaction() as session:
        found = exporting.own(session, export_id, editor.id)
        if found is None or found.state is not ExportState.DONE or found.storage_key is None:
            raise NotFound
        trail.record(session, "export_taken", editor=editor.id, format=found.format.value, number=str(found.done))
    storage: Storage = request.app.state.storage
    try:
        file = storage.open(found.storage_key)
    except FileNotFoundError:
        raise NotFound from None
    name = f"aufruf-{days.today()}.{found.format.value}"
    headers = {
        "Content-Disposition": content_disposition(name),
        "Content-Length": str(found.size),
        "Content-Security-Policy": "sandbox; default-src 'none'",
    }
    return StreamingResponse(iter(lambda: file.read(64_000), b""), media_type=TYPES[found.format], headers=headers)


@router.post("/desk/exports/{export_id}/discard")
def discard(editor: EditorOnly, export_id: UUID, form: Annotated[DeskForm, Form()]) -> Response:
    with transaction() as session:
        found = exporting.own(session, export_id, editor.id)
        if found is None:
            raise NotFound
        exporting.discard(session, found)
    return see_other("/desk/export")
