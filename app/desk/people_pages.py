"""What editors say about the persons behind applications: one, two, or two after all."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import APIRouter, Form, Request, Response
from pydantic import Field

from app.accounts.permissions import EditorOnly
from app.database import transaction
from app.desk import deciding, people
from app.desk.showing import ChangeForm, application_answer, conflict
from app.web.errors import NotFound, see_other

router = APIRouter()

SAYS: dict[str, Callable[..., None]] = {"same": people.merge, "apart": people.keep_apart, "split": people.split}


@dataclass(frozen=True)
class Told:
    """Why nothing was done: `what` is "address" or "unknown"."""

    what: str
    other: str


class PersonForm(ChangeForm):
    says: Literal["same", "apart", "split"]
    other: str = Field(max_length=24)


@router.post("/desk/applications/{reference}/person")
def person(request: Request, editor: EditorOnly, reference: str, form: Annotated[PersonForm, Form()]) -> Response:
    try:
        with transaction() as session:
            found = deciding.get(session, reference, for_update=True)
            if found is None:
                raise NotFound
            SAYS[form.says](session, found, reference=form.other, by=editor, version=form.version)
    except deciding.StaleVersion:
        return conflict(request, reference, editor.id, form)
    except (people.NoSuchApplication, people.SameAddress) as error:
        problem = "address" if isinstance(error, people.SameAddress) else "unknown"
        told = Told(problem, form.other)
        return application_answer(request, reference, editor_id=editor.id, status=422, person_problem=told)
    return see_other(f"/desk/applications/{reference}#people")
