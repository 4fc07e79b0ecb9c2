"""The pool of contributors."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from app.accounts.permissions import Reader
from app.calls import loading
from app.database import reading
from app.desk import contributors
from app.desk.contributors import Wanted
from app.desk.showing import show
from app.desk.walking import cursor

router = APIRouter()
Word = Annotated[str, Query(max_length=80)]


@router.get("/desk/contributors")
def contributors_page(
    request: Request,
    editor: Reader,
    region: Word = "",
    language: Word = "",
    topic: Word = "",
    keep: Word = "",
    after: Annotated[str, Query(max_length=60)] = "",
) -> Response:
    words = {"region": region, "language": language, "topic": topic, "keep": keep}
    wanted = Wanted(**{name: value.replace("\0", "") for name, value in words.items()})
    with reading() as session:
        rows, following = contributors.page(session, wanted, viewer=editor, after=cursor(after))
        calls = loading.everything(session)
    return show(
        request,
        "desk/contributors.html",
        wanted=wanted,
        rows=rows,
        after=after,
        following=following,
        written=sorted({code for each in calls for code in each.call.languages_offered}),
    )
