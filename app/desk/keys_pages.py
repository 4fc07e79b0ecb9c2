"""Keys: the list of them, and the way back to what one decided last."""

from datetime import timedelta

from fastapi import APIRouter, Request, Response

from app.accounts.permissions import EditorOnly, Reader
from app.database import reading
from app.desk import deciding
from app.desk.showing import show
from app.web.errors import see_other

router = APIRouter()


@router.get("/desk/keys")
def keys_page(request: Request, editor: Reader) -> Response:
    """Every key, for who cannot or does not want to open the dialog."""
    return show(request, "desk/keys.html")


@router.get("/desk/undo")
def undo_page(request: Request, editor: EditorOnly) -> Response:
    """To the application that one decided last, if that can still be taken back; nothing is changed by it."""
    within = timedelta(minutes=request.app.state.settings.undo_minutes)
    with reading() as session:
        reference = deciding.decided_last(session, editor.id, within=within)
    return see_other(f"/desk/applications/{reference}#take-back" if reference else "/desk/")
