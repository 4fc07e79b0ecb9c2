"""Receipts that prove something: what was received and when, signed with the installation's key (RFC 8032).

A receipt is a compact JWS (RFC 7515) with EdDSA (RFC 8037). It holds no name of a person; its key is published as
a JWK set, so that anybody can check it without us, and it can be checked here even after everything was erased.
"""

import base64
import hashlib
import json
import re
import string
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from app.documents.models import Document

TYPE = "aufruf-receipt+jwt"
LINE = 64
BEGIN, END = "-----BEGIN RECEIPT-----", "-----END RECEIPT-----"
SIGNS = string.ascii_letters + string.digits + "-_"
SIGNATURE = re.compile(r"[A-Za-z0-9_-]{86}")
SHORTEST = 10
QUOTED = re.compile(r"[\s>]")  # mail programs break lines and quote them


@dataclass(frozen=True)
class Item:
    """One document: its kind, its name, its size in bytes, its SHA-256 in hexadecimal, when it came."""

    kind: str
    name: str
    size: int
    sha256: str
    received_at: datetime


@dataclass(frozen=True)
class Receipt:
    """What is confirmed: that these documents were received for this application of this call."""

    issuer: str
    organisation: str
    reference: str
    call: str
    received_at: datetime
    issued_at: datetime
    documents: Sequence[Item]


def items(documents: Sequence[Document]) -> list[Item]:
    """What a receipt says of documents."""
    return [Item(each.kind.value, each.name, each.size, each.sha256, each.received_at) for each in documents]


def sign(receipt: Receipt, keys: Sequence[str]) -> str:
    """The receipt as a code that can be checked; the first key signs."""
    key = private_key(keys[0])
    head = {"alg": "EdDSA", "typ": TYPE, "kid": key_id(key.public_key())}
    body = {
        "iss": receipt.issuer,
        "organisation": receipt.organisation,
        "reference": receipt.reference,
        "call": receipt.call,
        "received_at": seconds(receipt.received_at),
        "iat": seconds(receipt.issued_at),
        "documents": [
            {
                "kind": each.kind,
                "name": each.name,
                "size": each.size,
                "sha256": each.sha256,
                "received_at": seconds(each.received_at),
            }
            for each in receipt.documents
        ],
    }
    signed = f"{encode(compact(head))}.{encode(compact(body))}"
    return f"{signed}.{encode(key.sign(signed.encode()))}"


def block(code: str) -> str:
    """The code in lines that fit into a mail, between marks by which it is found again."""
    lines = [code[start : start + LINE] for start in range(0, len(code), LINE)]
    return "\n".join([BEGIN, *lines, END])


def verify(text: str, keys: Sequence[str]) -> Receipt | None:
    """The receipt in a text, quoted and broken as it may be; None when there is none that a key of ours signed."""
    found = parts(QUOTED.sub("", marked(text)))
    if found is None:
        return None
    head, body, signature = found
    if not any(signed_by(private_key(key).public_key(), f"{head}.{body}", signature) for key in keys):
        return None
    return understood(json.loads(decode(body)))


def marked(text: str) -> str:
    """What stands between the marks; all of it without them. Takes time as the text is long, whatever is in it."""
    start = text.find(BEGIN)
    end = text.find(END, start + len(BEGIN)) if start >= 0 else -1
    return text[start + len(BEGIN) : end] if end >= 0 else text


def parts(text: str) -> tuple[str, str, str] | None:
    """The first three parts between dots that look like a receipt's; other words may stand right beside them."""
    pieces = text.split(".")
    for before, body, after in zip(pieces, pieces[1:], pieces[2:], strict=False):
        signature = SIGNATURE.match(after)
        if signature is None or len(body) < SHORTEST or body.strip(SIGNS):
            continue
        head = before[len(before.rstrip(SIGNS)) :]
        if len(head) >= SHORTEST:
            return head, body, signature[0]
    return None


def signed_by(key: Ed25519PublicKey, signed: str, signature: str) -> bool:
    try:
        key.verify(decode(signature), signed.encode())
    except (InvalidSignature, ValueError):
        return False
    return True


def understood(body: dict[str, Any]) -> Receipt:
    """What we signed, as we wrote it."""

    def time(moment: int) -> datetime:
        return datetime.fromtimestamp(moment, UTC)

    return Receipt(
        issuer=body["iss"],
        organisation=body["organisation"],
        reference=body["reference"],
        call=body["call"],
        received_at=time(body["received_at"]),
        issued_at=time(body["iat"]),
        documents=[
            Item(each["kind"], each["name"], each["size"], each["sha256"], time(each["received_at"]))
            for each in body["documents"]
        ],
    )


def published(keys: Sequence[str]) -> dict[str, Any]:
    """The public keys as a JWK set (RFC 7517), the one that signs first."""
    public = [private_key(key).public_key() for key in keys]
    return {"keys": [jwk(key) | {"kid": key_id(key), "use": "sig", "alg": "EdDSA"} for key in public]}


def private_key(key: str) -> Ed25519PrivateKey:
    seed = HKDF(SHA256(), 32, salt=None, info=b"aufruf receipt").derive(key.encode())
    return Ed25519PrivateKey.from_private_bytes(seed)


def jwk(key: Ed25519PublicKey) -> dict[str, str]:
    return {"crv": "Ed25519", "kty": "OKP", "x": encode(key.public_bytes_raw())}


def key_id(key: Ed25519PublicKey) -> str:
    """The key's thumbprint (RFC 7638)."""
    return encode(hashlib.sha256(compact(jwk(key))).digest())


def compact(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def seconds(moment: datetime) -> int:
    return int(moment.timestamp())


def encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
