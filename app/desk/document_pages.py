"""Documents at the desk: pictures of their pages, and the original, deliberately, as an attachment."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import Field
from sqlmodel import Session

from app.accounts.permissions import EditorOnly, Reader
from app.applications.models import Application
from app.audit import trail
from app.database import reading, transaction
from app.desk import application_page, blinding
from app.desk.deciding import get
from app.desk.reading import keep_position
from app.desk.showing import DeskForm, show
from app.documents.models import Document, DocumentPage, Look, PageNumber
from app.documents.names import content_disposition
from app.documents.storage import Storage
from app.web.errors import NotFound, see_other

router = APIRouter()


class ReleaseForm(DeskForm):
    reason: str = Field("", max_length=500)


class PositionForm(DeskForm):
    document: UUID
    page: PageNumber


@router.get("/desk/documents/{document_id}")
def original(request: Request, editor: Reader, document_id: UUID) -> Response:
    """The original, never in a form that a browser would run (promise S8), and none that is kept in quarantine."""
    with reading() as session:
        document, application = found(session, document_id)
        name = blinding.document_name(session, document, application.id, editor)
    if not document.may_leave:
        return about_original(request, document, application, status=409 if document.look is Look.WAITING else 403)
    with transaction() as session:
        trail.record(session, "document_opened", application=application.id, editor=editor.id, document=document.kind)
    headers = {
        "Content-Disposition": content_disposition(name),
        "Content-Length": str(document.size),
        "Content-Security-Policy": "sandbox; default-src 'none'",
    }
    return stored(request, document.storage_key, document.format.content_type, headers)


@router.get("/desk/documents/{document_id}/original")
def original_page(request: Request, editor: Reader, document_id: UUID) -> Response:
    """What the original is, before it is opened."""
    with reading() as session:
        document, application = found(session, document_id)
    return about_original(request, document, application)


@router.post("/desk/documents/{document_id}/release")
def release(request: Request, editor: EditorOnly, document_id: UUID, form: Annotated[ReleaseForm, Form()]) -> Response:
    """Let a document out of quarantine; why, is in the trail."""
    if not form.reason.strip():
        with reading() as session:
            document, application = found(session, document_id)
        return about_original(request, document, application, status=422, missing=True)
    with transaction() as session:
        document, application = found(session, document_id)
        if document.look is Look.QUARANTINED:
            document.look = Look.RELEASED
            session.add(document)
            trail.record(
                session,
                "document_released",
                application=application.id,
                editor=editor.id,
                document=document.kind,
                reason=form.reason.strip(),
            )
    return see_other(f"/desk/documents/{document_id}/original")


@router.get("/desk/documents/{document_id}/pages/{number}.webp")
def page_picture(request: Request, editor: Reader, document_id: UUID, number: PageNumber) -> Response:
    """The picture of one page, drawn by us."""
    with reading() as session:
        found(session, document_id)
        page = session.get(DocumentPage, (document_id, number))
    if page is None:
        raise NotFound
    return stored(request, page.storage_key, "image/webp", {"Content-Length": str(page.size)})


@router.post("/desk/applications/{reference}/reading")
def reading_position(
    request: Request, editor: Reader, reference: str, form: Annotated[PositionForm, Form()]
) -> Response:
    """Keep where this editor is reading."""
    with transaction() as session:
        application = get(session, reference)
        if application is None:
            raise NotFound
        keep_position(session, application, editor=editor.id, document=form.document, page=form.page)
    return Response(status_code=204)


def found(session: Session, document_id: UUID) -> tuple[Document, Application]:
    """A document and its application. Raises NotFound."""
    pair = application_page.document(session, document_id)
    if pair is None:
        raise NotFound
    return pair


def about_original(
    request: Request, document: Document, application: Application, *, status: int = 200, missing: bool = False
) -> Response:
    viewer = request.state.editor
    with reading() as session:
        name = blinding.document_name(session, document, application.id, viewer)
        hidden = application.id in blinding.hidden_among(session, viewer, [application.id])
    return show(
        request,
        "desk/original.html",
        status=status,
        document=document,
        name=name,
        application=blinding.veiled(application, viewer.language) if hidden else application,
        missing=missing,
    )


def stored(request: Request, key: str, content_type: str, headers: dict[str, str]) -> Response:
    """Bytes out of the storage. Raises NotFound when they are gone."""
    storage: Storage = request.app.state.storage
    try:
        file = storage.open(key)
    except FileNotFoundError:
        raise NotFound from None
    return StreamingResponse(iter(lambda: file.read(64_000), b""), media_type=content_type, headers=headers)
