"""Forms that FastAPI reads: a field that comes twice is refused, where the last one would be taken (promise S18)."""

from typing import Any, get_origin

from fastapi import Depends, Request
from fastapi.routing import APIRoute
from pydantic import BaseModel

from app.web.errors import PageError


class FieldTwice(PageError):
    """A field came more often than the form has it."""

    status = 422


async def each_field_once(request: Request) -> None:
    """A dependency of every route. Bodies that a page reads by itself are its own to check. Raises FieldTwice."""
    route = request.scope.get("route")
    if isinstance(route, APIRoute) and route.body_field is not None:
        form = await request.form()  # read already
        if any(len(form.getlist(name)) > 1 for name in set(form) - may_repeat(route)):
            raise FieldTwice


def may_repeat(route: APIRoute) -> frozenset[str]:
    """The fields of a route's form that hold several values, such as ticked boxes."""
    kinds: dict[str, Any] = {}
    for parameter in route.dependant.body_params:
        kind = parameter.field_info.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            kinds |= {field.alias or name: field.annotation for name, field in kind.model_fields.items()}
        else:
            kinds[parameter.alias] = kind
    return frozenset(name for name, kind in kinds.items() if get_origin(kind) in (list, set, tuple))


ONCE = Depends(each_field_once)
