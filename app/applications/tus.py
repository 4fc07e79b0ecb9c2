"""The words of tus 1.0 (https://tus.io/protocols/resumable-upload): headers read, headers written."""

import base64
import binascii
import re
from collections.abc import Mapping
from datetime import datetime
from email.utils import format_datetime

from app.applications import drafts
from app.applications.uploads import Announced, Checksum
from app.documents.kinds import ASKED_FOR, Kind
from app.documents.models import Upload
from app.documents.names import display_name

VERSION = "1.0.0"
EXTENSIONS = "creation,creation-with-upload,termination,expiration,checksum"
ALGORITHMS = {"sha1": 20, "sha256": 32}
PIECE_TYPE = "application/offset+octet-stream"
NUMBER = re.compile(r"^[0-9]{1,15}$")
# What our form sends, and what clients are known to add.
KNOWN = frozenset({"draft", "call", "kind", "filename", "modified"})
IGNORED = frozenset({"filetype", "name", "type", "relativePath"})


class NotTus(Exception):
    """A request that the protocol does not allow; `status` is how it is answered."""

    def __init__(self, status: int, said: str) -> None:
        super().__init__(said)
        self.status, self.said = status, said


def always(max_bytes: int | None = None) -> dict[str, str]:
    """The headers of every answer; with a limit those that tell what this server can do."""
    told = {"Tus-Resumable": VERSION, "Cache-Control": "no-store"}
    if max_bytes is not None:
        told |= {"Tus-Version": VERSION, "Tus-Extension": EXTENSIONS, "Tus-Max-Size": str(max_bytes)}
        told |= {"Tus-Checksum-Algorithm": ",".join(ALGORITHMS)}
    return told


def standing(upload: Upload, received: int | None = None) -> dict[str, str]:
    """Where an upload stands, and until when it is kept."""
    at = upload.received if received is None else received
    return {"Upload-Offset": str(at), "Upload-Length": str(upload.size), "Upload-Expires": http_date(upload.expires_at)}


def http_date(moment: datetime) -> str:
    return format_datetime(moment.replace(microsecond=0), usegmt=True)


def check_version(headers: Mapping[str, str]) -> None:
    """Raises NotTus (412) for another version, or none."""
    if headers.get("tus-resumable") != VERSION:
        raise NotTus(412, "This server speaks tus 1.0.0.")


def number(headers: Mapping[str, str], name: str) -> int:
    """A count of bytes in a header. Raises NotTus."""
    value = headers.get(name, "")
    if not NUMBER.match(value):
        raise NotTus(400, f"{name} must be a number of bytes.")
    return int(value)


def check_piece(headers: Mapping[str, str]) -> None:
    """Raises NotTus unless the body is a piece of a document."""
    if headers.get("content-type") != PIECE_TYPE:
        raise NotTus(415, f"Content-Type must be {PIECE_TYPE}.")


def checksum(headers: Mapping[str, str]) -> Checksum | None:
    """The checksum of the piece, if one is given. Raises NotTus."""
    if "upload-checksum" not in headers:
        return None
    algorithm, _, encoded = headers["upload-checksum"].partition(" ")
    digest = decoded(encoded)
    if algorithm not in ALGORITHMS or len(digest) != ALGORITHMS[algorithm]:
        raise NotTus(400, "Upload-Checksum must name sha1 or sha256 and its value in base64.")
    return Checksum(algorithm, digest)


def announced(headers: Mapping[str, str]) -> tuple[str, str, Announced]:
    """What a creation is about: the draft's token, the call's slug, the document. Raises NotTus."""
    if "upload-defer-length" in headers or "upload-concat" in headers:
        raise NotTus(400, "Upload-Length is needed; pieces go one after the other.")
    size, told = number(headers, "upload-length"), metadata(headers.get("upload-metadata", ""))
    token, kind, modified = text(told, "draft"), text(told, "kind"), text(told, "modified")
    if not drafts.TOKEN.match(token):
        raise NotTus(422, "draft is not one of ours.")
    if kind not in ASKED_FOR:
        raise NotTus(422, "kind is none of the documents.")
    if modified and not NUMBER.match(modified):
        raise NotTus(422, "modified must be a number of milliseconds.")
    name = display_name(told.get("filename", b""))
    return token, text(told, "call"), Announced(Kind(kind), name, size, int(modified) if modified else None)


def metadata(header: str) -> dict[str, bytes]:
    """Upload-Metadata: keys and values in base64. Raises NotTus for what is doubled, unknown or not readable."""
    found: dict[str, bytes] = {}
    for pair in header.split(",") if header.strip() else []:
        key, _, value = pair.strip().partition(" ")
        if key in found or key not in KNOWN | IGNORED:
            raise NotTus(422, "Upload-Metadata holds a key twice, or one that is not known here.")
        found[key] = decoded(value)
    return found


def text(told: Mapping[str, bytes], key: str) -> str:
    try:
        said = told.get(key, b"").decode()
    except UnicodeDecodeError as error:
        raise NotTus(422, f"{key} is not UTF-8.") from error
    if "\0" in said and key != "filename":  # a name is cleaned, not refused
        raise NotTus(422, f"{key} is not text.")
    return said


def decoded(value: str) -> bytes:
    """Raises NotTus for what is not base64."""
    try:
        return base64.b64decode(value.strip(), validate=True)
    except (binascii.Error, ValueError) as error:
        raise NotTus(400, "That is not base64.") from error
