"""A tus 1.0 client that says exactly what a test wants to hear said."""

import base64
from typing import Any

import httpx

from tests.newsroom import PATIENCE, SLUG, Newsroom

PIECE = "application/offset+octet-stream"


def metadata(**told: str | bytes) -> str:
    """Upload-Metadata."""
    raw = {key: value.encode() if isinstance(value, str) else value for key, value in told.items()}
    return ",".join(f"{key} {base64.b64encode(value).decode()}" for key, value in raw.items())


class Tus:
    """The uploads of one draft."""

    def __init__(self, newsroom: Newsroom, draft: str) -> None:
        self.draft = draft
        headers = {"Tus-Resumable": "1.0.0", "Accept-Language": "en"}
        self.client = httpx.Client(base_url=newsroom.url, headers=headers, timeout=PATIENCE, verify=False)

    def create(
        self, kind: str, name: str | bytes, size: int | str, body: bytes | None = None, **more: Any
    ) -> httpx.Response:
        told = {"draft": self.draft, "call": SLUG, "kind": kind, "filename": name} | more.pop("told", {})
        headers = {"Upload-Length": str(size), "Upload-Metadata": metadata(**told)} | more
        if body is not None:
            headers = {"Content-Type": PIECE} | headers
        return self.client.post("/uploads/", headers=headers, content=body or b"")

    def begin(self, kind: str, name: str, size: int) -> str:
        """A new upload; its address."""
        answer = self.create(kind, name, size)
        assert answer.status_code == 201, answer.text
        return answer.headers["location"]

    def piece(self, address: str, offset: int | str, body: Any, **headers: str) -> httpx.Response:
        told = {"Content-Type": PIECE, "Upload-Offset": str(offset)} | headers
        return self.client.patch(address, headers=told, content=body)

    def offset(self, address: str) -> int:
        answer = self.client.head(address)
        assert answer.status_code == 200, answer.status_code
        return int(answer.headers["upload-offset"])

    def here(self) -> dict[str, Any]:
        """What the form's page would be told."""
        answer = self.client.get(f"/en/drafts/{self.draft}/documents")
        assert answer.status_code == 200
        found: dict[str, Any] = answer.json()
        return found
