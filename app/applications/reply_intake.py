"""From the bytes of a POST on the private page to words and documents, as they come in."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from functools import partial

from anyio.to_thread import run_sync

from app.applications import private, replying
from app.applications.arriving import Arriving
from app.applications.intake import Unable, in_blocks
from app.database import transaction
from app.documents import inspection
from app.documents.inspection import Reason, Refused
from app.documents.kinds import Format, Kind
from app.documents.receiving import Reception, Urlencoded
from app.documents.storage import Incoming, Storage


@dataclass
class Replied:
    """What has come of a body, however far it got: words, and by file name what was refused and why."""

    text: str = ""
    step: str = ""
    clean: str = ""  # the documents are to tell nothing besides their text
    not_cleaned: list[str] = field(default_factory=list)  # names of files where that could not be done
    refused: list[tuple[str, str, Refused]] = field(default_factory=list)  # field, file name, why
    too_many: bool = False
    unprintable: set[str] = field(default_factory=set)  # fields that held what nobody can see


class ReplyIntake:
    """Reads one body. `kinds` says which document controls there are and what comes by each."""

    def __init__(
        self, secret: str, token: str, *, kinds: Mapping[str, Kind], words: bool, storage: Storage, max_bytes: int
    ) -> None:
        self.replied = Replied()
        self._secret, self._token, self._kinds = secret, token, kinds
        self._fields = {"clean": 1} | ({"text": 1, "step": 1} if words else {})
        self._storage, self._max_bytes = storage, max_bytes
        self._arriving = Arriving(self._accept)
        self._unable: Unable | None = None

    def store_nothing(self, error: Unable) -> None:
        """Only what was written is read, to be handed back; `read` raises this error when it has."""
        self._unable = error

    async def read(self, boundary: bytes | None, stream: AsyncIterator[bytes]) -> Replied:
        """The whole body. Raises Malformed (BodyCut when it was cut), StorageAway, DatabaseAway, TooManyRequests.

        After an error `replied` holds what had come until then, and the documents that came whole are kept.
        """
        reception = self._reception(boundary)
        self.replied.unprintable = reception.unprintable
        if self._unable:
            reception.pass_over_documents()
        try:
            async for block in in_blocks(stream):
                await self._arriving.after(partial(reception.feed, block))
            await run_sync(reception.close)
        finally:
            reception.abandon()
            self._arriving.abandon()
        if self._unable:
            raise self._unable
        return self.replied

    def _reception(self, boundary: bytes | None) -> Reception | Urlencoded:
        if boundary is None:
            return Urlencoded(fields=self._fields, on_field=self._field)
        return Reception(
            boundary,
            fields=self._fields,
            documents=frozenset(self._kinds),
            several={"attachments": replying.FILES_AT_ONCE},
            max_bytes=self._max_bytes,
            storage=self._storage,
            accept=self._arriving.accept,
            on_field=self._field,
        )

    def _field(self, name: str, value: str) -> None:
        setattr(self.replied, name, value)

    def _accept(self, name: str, filename: str, incoming: Incoming, too_large: bool) -> None:
        try:
            if too_large:
                raise Refused(Reason.TOO_LARGE)
            found = inspection.quick_check(incoming.read(), name=filename, size=incoming.size, max_size=self._max_bytes)
        except Refused as refused:
            incoming.abandon()
            self.replied.refused.append((name, filename, refused))
            return
        self._store(self._kinds[name], filename, found, incoming)

    def _store(self, kind: Kind, filename: str, found: Format, incoming: Incoming) -> None:
        """Bytes first, then the row: a crash in between leaves an orphan for fsck, never a row without bytes."""
        key = incoming.keep()
        kept = False
        try:
            with transaction() as session:
                application = private.find(session, self._secret, for_update=True)
                staged = application is not None and replying.stage(
                    session, application, self._token, kind=kind, name=filename, form=found, incoming=incoming
                )
            kept = staged
        except replying.TooMany:
            self.replied.too_many = True
        finally:
            if not kept:
                self._storage.delete(key)
