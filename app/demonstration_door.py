"""The demonstration's door: an address that signs in, for invented data alone, which `aufruf demo` makes."""

import hmac
import secrets

from fastapi import APIRouter, FastAPI, Request, Response

from app.accounts import editors
from app.accounts.login_pages import welcome_in
from app.accounts.sessions import sign_in
from app.database import transaction
from app.demonstration import CHIEF
from app.main import from_environment
from app.web.access import PUBLIC
from app.web.errors import NotFound

KEY = secrets.token_urlsafe(32)
ADDRESS = f"/desk/demonstration/{KEY}"
router = APIRouter(dependencies=[PUBLIC])


def application() -> FastAPI:
    """What the demonstration's server calls."""
    app = from_environment()
    app.include_router(router)
    return app


@router.get("/desk/demonstration/{key}")
def enter(request: Request, key: str) -> Response:
    """Signed in as the administrator, as often as one likes."""
    if not hmac.compare_digest(key.encode(), KEY.encode()):
        raise NotFound
    with transaction() as session:
        editor = editors.find(session, CHIEF)
        if editor is None:
            raise NotFound
        token = sign_in(session, editor)
    return welcome_in(request, token, to="/desk/")
