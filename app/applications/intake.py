"""From the bytes of a POST to a form and the documents of a draft, as they come in."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from functools import partial
from uuid import UUID

from anyio.to_thread import run_sync

from app.applications import drafts, form
from app.applications.arriving import Arriving
from app.calls.definition import CallDefinition
from app.database import DatabaseAway, transaction
from app.documents import inspection, keeping
from app.documents.inspection import Reason, Refused
from app.documents.kinds import Format, Kind
from app.documents.receiving import Malformed, Reception, Urlencoded
from app.documents.storage import Incoming, Storage, StorageAway
from app.web.errors import TooManyRequests

BLOCK_BYTES = 256_000
Unable = StorageAway | DatabaseAway | TooManyRequests  # why nothing is kept of a body that is read all the same


@dataclass
class Arrived:
    """What has come of a body, however far it got."""

    token: str | None = None
    fields: dict[str, list[str]] = field(default_factory=dict)
    refused: dict[Kind, Refused] = field(default_factory=dict)
    unprintable: set[str] = field(default_factory=set)  # fields that held what nobody can see


@dataclass
class Whole:
    """A document that came whole before its draft was named."""

    kind: Kind
    name: str
    format: Format
    incoming: Incoming


class Intake:
    """Reads one body. What came whole, for a known draft, is durable before the next block is looked at."""

    def __init__(self, call_id: UUID, call: CallDefinition, *, storage: Storage, max_bytes: int) -> None:
        self.arrived = Arrived()
        self._call_id, self._call = call_id, call
        self._storage, self._max_bytes = storage, max_bytes
        self._waiting: list[Whole] = []
        self._arriving = Arriving(self._accept)
        self._away: Unable | None = None
        self._reception: Reception | Urlencoded | None = None

    def store_nothing(self, error: Unable) -> None:
        """From now on only what was typed is read, to be handed back; `read` raises this error when it has."""
        self._away = error
        if self._reception:
            self._reception.pass_over_documents()

    async def read(self, boundary: bytes | None, stream: AsyncIterator[bytes]) -> Arrived:
        """The whole body. Raises Malformed (BodyCut when it was cut), StorageAway, DatabaseAway, TooManyRequests.

        After an error `arrived` holds what had come until then.
        """
        reception = self._reception = self._receive(boundary)
        self.arrived.fields, self.arrived.unprintable = reception.fields, reception.unprintable
        if self._away:
            reception.pass_over_documents()
        try:
            async for block in in_blocks(stream):
                await self._arriving.after(partial(reception.feed, block))
            await run_sync(self._close, reception)
        finally:
            reception.abandon()
            self._arriving.abandon()
            for whole in self._waiting:
                whole.incoming.abandon()
        return self.arrived

    def _receive(self, boundary: bytes | None) -> Reception | Urlencoded:
        fields = form.expected_fields(self._call)
        if boundary is None:
            return Urlencoded(fields=fields, on_field=self._field)
        return Reception(
            boundary,
            fields=fields,
            documents=frozenset(document.kind for document in self._call.documents),
            max_bytes=self._max_bytes,
            storage=self._storage,
            accept=self._arriving.accept,
            on_field=self._field,
        )

    def _close(self, reception: Reception | Urlencoded) -> None:
        reception.close()
        if self.arrived.token is None:
            self._know_draft(drafts.new_token())
        if self._away:
            raise self._away

    def _field(self, name: str, value: str) -> None:
        if name == "draft":
            if not drafts.TOKEN.match(value):
                raise Malformed("draft is not one of ours")
            self._know_draft(value)

    def _know_draft(self, token: str) -> None:
        self.arrived.token = token
        while self._waiting:
            self._store(self._waiting.pop(0))

    def _accept(self, name: str, filename: str, incoming: Incoming, too_large: bool) -> None:
        kind = Kind(name)
        if self._away:
            return incoming.abandon()
        try:
            if too_large:
                raise Refused(Reason.TOO_LARGE)
            found = inspection.quick_check(incoming.read(), name=filename, size=incoming.size, max_size=self._max_bytes)
        except Refused as refused:
            incoming.abandon()
            self.arrived.refused[kind] = refused
            return
        except StorageAway as error:
            incoming.abandon()
            return self.store_nothing(error)
        whole = Whole(kind, filename, found, incoming)
        if self.arrived.token is None:
            self._waiting.append(whole)
        else:
            self._store(whole)

    def _store(self, whole: Whole) -> None:
        if self._away:
            return whole.incoming.abandon()
        try:
            self._keep(whole)
        except (StorageAway, DatabaseAway) as error:
            self.store_nothing(error)

    def _keep(self, whole: Whole) -> None:
        """Bytes first, then the row: a crash in between leaves an orphan for fsck, never a row without bytes."""
        assert self.arrived.token is not None
        key = whole.incoming.keep()
        try:
            with transaction() as session:
                draft = drafts.lock(session, self.arrived.token, self._call_id)
                kept = draft.call_id == self._call_id and drafts.application_of(session, draft.id) is None
                if kept:
                    keeping.put(
                        session,
                        draft=draft.id,
                        kind=whole.kind,
                        name=whole.name,
                        form=whole.format,
                        incoming=whole.incoming,
                    )
        except BaseException:
            self._storage.delete(key)
            raise
        if not kept:  # sent meanwhile by the same form in another request
            self._storage.delete(key)


async def in_blocks(stream: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The stream in larger pieces, so that slow lines do not cost a thread per packet."""
    block = bytearray()
    async for piece in stream:
        block += piece
        if len(block) >= BLOCK_BYTES:
            yield bytes(block)
            block.clear()
    if block:
        yield bytes(block)
