"""Styles, scripts and icons: few, small, read once, sent from memory under an address that carries their hash."""

import gzip
import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from fastapi import APIRouter, Request, Response
from starlette.exceptions import HTTPException

from app.web.access import PUBLIC

FOLDER = Path(__file__).parent / "static"
CONTENT_TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}
router = APIRouter(dependencies=[PUBLIC])


@dataclass(frozen=True)
class StaticFile:
    content: bytes
    compressed: bytes
    content_type: str
    digest: str


@cache
def files() -> dict[str, StaticFile]:
    """Every static file by name."""
    found = {}
    for path in sorted(FOLDER.iterdir()):
        if path.suffix in CONTENT_TYPES:
            content = path.read_bytes()
            digest = hashlib.sha256(content).hexdigest()[:12]
            found[path.name] = StaticFile(content, gzip.compress(content, 9), CONTENT_TYPES[path.suffix], digest)
    return found


def static(name: str) -> str:
    """The address of a static file; it changes with the content, so it may be cached for ever."""
    return f"/static/{files()[name].digest}/{name}"


@router.get("/static/{digest}/{name}")
def static_file(request: Request, digest: str, name: str) -> Response:
    file = files().get(name)
    if file is None or file.digest != digest:
        raise HTTPException(404)
    headers = {"Cache-Control": "public, max-age=31536000, immutable", "Vary": "Accept-Encoding"}
    if "gzip" in request.headers.get("accept-encoding", ""):
        headers["Content-Encoding"] = "gzip"
        return Response(file.compressed, media_type=file.content_type, headers=headers)
    return Response(file.content, media_type=file.content_type, headers=headers)


@router.get("/favicon.ico")
def favicon() -> Response:
    file = files()["favicon.svg"]
    return Response(file.content, media_type=file.content_type, headers={"Cache-Control": "public, max-age=86400"})
