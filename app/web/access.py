"""Every route declares who may use it; tests/web/test_route_walk.py fails for one that does not."""

from enum import StrEnum

from fastapi import Depends
from fastapi.routing import APIRoute


class Access(StrEnum):
    PUBLIC = "public"
    PRIVATE_LINK = "private_link"  # whoever holds the secret in the address
    READER = "reader"
    EDITOR = "editor"
    ADMIN = "admin"


class Declared:
    """A dependency that says who may use a route. Those for editors also look: see accounts/permissions.py."""

    def __init__(self, access: Access) -> None:
        self.access = access

    def __call__(self) -> None:
        """Strangers are welcome here; a private link is checked by the function that opens it."""


PUBLIC = Depends(Declared(Access.PUBLIC))
PRIVATE_LINK = Depends(Declared(Access.PRIVATE_LINK))


def declared(route: APIRoute) -> list[Access]:
    """What a route declares: exactly one entry when all is well."""
    found = []
    waiting = [route.dependant]
    while waiting:
        dependant = waiting.pop()
        if isinstance(dependant.call, Declared):
            found.append(dependant.call.access)
        waiting.extend(dependant.dependencies)
    return found
