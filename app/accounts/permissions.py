"""Who may use a route of the desk: one typed dependency, declared where the route is (S1, S5)."""

from contextlib import suppress
from typing import Annotated
from urllib.parse import quote

from fastapi import Depends, Request
from starlette.datastructures import UploadFile

from app.accounts import sessions
from app.accounts.models import Role
from app.accounts.sessions import CurrentEditor
from app.database import DatabaseAway, reading, transaction
from app.settings import Settings
from app.web.access import Access, Declared
from app.web.errors import NotAllowed, SignInNeeded
from app.web.forgery import SAFE

LOGIN = "/desk/login"
RANK = {Role.READER: 1, Role.EDITOR: 2, Role.ADMIN: 3}
NEEDED = {Access.READER: 1, Access.EDITOR: 2, Access.ADMIN: 3}


async def sent_token(request: Request) -> str:
    """The form's `csrf` field, read only where the browser does not say where the request comes from."""
    if request.method in SAFE or origin_known(request):
        return ""
    sent = (await request.form()).get("csrf", "")
    return "" if isinstance(sent, UploadFile) else sent


class Signed(Declared):
    """The dependency of a route for editors: says which role it needs, looks, and hands the editor over.

    Raises SignInNeeded for strangers, NotAllowed when the role is too low or a changing request's token does not fit.
    """

    def __init__(self, access: Access, *, sign_of_life: bool = True) -> None:
        super().__init__(access)
        self.sign_of_life = sign_of_life

    # The declaration alone takes nothing; this one looks at the request.
    def __call__(self, request: Request, token: Annotated[str, Depends(sent_token)] = "") -> CurrentEditor:  # type: ignore[override]
        editor = find_editor(request)
        if editor is None:
            raise SignInNeeded(login_address(request))
        request.state.editor = editor
        if RANK[editor.role] < NEEDED[self.access] or not from_here(request, token):
            raise NotAllowed
        if self.sign_of_life and sessions.wants_touch(editor):
            touch(editor)
        return editor


def find_editor(request: Request) -> CurrentEditor | None:
    """Whose session the request's cookie belongs to, if anybody's."""
    settings: Settings = request.app.state.settings
    token = sessions.token_of(request, secure=settings.secure)
    if not token:
        return None
    with reading() as session:
        return sessions.find(session, token, key=settings.keys[0])


def touch(editor: CurrentEditor) -> None:
    # Who only reads must not fail because somebody else is writing; the next request tries again.
    with suppress(DatabaseAway), transaction() as session:
        sessions.touch(session, editor.session_id)


def origin_known(request: Request) -> bool:
    """Whether the browser itself said that the request comes from this site (web/forgery.py)."""
    return getattr(request.state, "origin_known", False) is True


def from_here(request: Request, token: str) -> bool:
    """Whether a request may change something: it is known to come from here, or its token fits the session."""
    if request.method in SAFE or origin_known(request):
        return True
    settings: Settings = request.app.state.settings
    return sessions.csrf_fits(token, sessions.token_of(request, secure=settings.secure), settings.keys)


def login_address(request: Request) -> str:
    """The login, with the way back to what was to be seen. What was to be done cannot be gone back to."""
    if request.method not in SAFE:
        return LOGIN
    query = request.scope["query_string"].decode("latin-1")
    return f"{LOGIN}?next={quote(request.scope['path'] + (f'?{query}' if query else ''), safe='/')}"


Reader = Annotated[CurrentEditor, Depends(Signed(Access.READER))]
# For what an open page asks by itself: it must not keep a session alive that nobody uses (ASVS 5.0, 7.3).
Watcher = Annotated[CurrentEditor, Depends(Signed(Access.READER, sign_of_life=False))]
EditorOnly = Annotated[CurrentEditor, Depends(Signed(Access.EDITOR))]
AdminOnly = Annotated[CurrentEditor, Depends(Signed(Access.ADMIN))]
