"""Changing requests from other sites are refused, by the browser's own word on where they come from."""

from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class ForgeryGuard:
    """`Sec-Fetch-Site` first, then `Origin`. What sends neither is left to the form's token (accounts/permissions.py).

    Our pages say `Referrer-Policy: no-referrer`, so an honest form without Sec-Fetch-Site (plain http in an
    office) sends `Origin: null`: that counts as neither, and the token decides.
    """

    def __init__(self, app: ASGIApp, *, base_url: str) -> None:
        self.app = app
        self.origin = origin_of(base_url)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] in SAFE:
            return await self.app(scope, receive, send)
        verdict = self.verdict(Headers(scope=scope), scope["scheme"])
        if verdict is False:
            return await PlainTextResponse("This request came from another site.\n", 403)(scope, receive, send)
        scope.setdefault("state", {})["origin_known"] = verdict is True
        await self.app(scope, receive, send)

    def verdict(self, headers: Headers, scheme: str) -> bool | None:
        """True: from here. False: from elsewhere. None: the client does not say."""
        origin = headers.get("origin")
        if site := headers.get("sec-fetch-site"):
            return site in ("same-origin", "none") and origin in (None, "null", self.origin, self.own(headers, scheme))
        if origin in (None, "null"):
            return None
        return origin in (self.origin, self.own(headers, scheme))

    @staticmethod
    def own(headers: Headers, scheme: str) -> str:
        return f"{scheme}://{headers.get('host', '')}"


def origin_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
