"""Where the bytes lie: a folder. Whole objects only, under names that are ours alone.

Encryption at rest has its place here: `Incoming.write` and `Storage.open` are the only two ways in and out.
"""

import fcntl
import hashlib
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

KEY = re.compile(r"^[0-9a-f]{32}$")
PARTIALS = "partial"
SCRATCH = "scratch"
PIECE = 1_000_000
# What the disk keeps free for others, the database above all: bytes or a part of the whole, of a small one no more
# than a tenth.
FREE_BYTES, FREE_PART, FREE_MOST = 500_000_000, 0.02, 0.1


class Busy(Exception):
    """Another is at the pieces of this object just now."""


class StorageAway(Exception):
    """The disk is (nearly) full, away or read-only; nothing was stored. Our fault, not the sender's: answered 503."""


@dataclass(frozen=True)
class Kept:
    """An object that is there: its key, its bytes, their checksum."""

    key: str
    size: int
    sha256: str


class Incoming:
    """An object being written. It has no name until `keep()`, so that a crash leaves nothing behind."""

    def __init__(self, folder: Path) -> None:
        self.key = secrets.token_hex(16)
        self.size = 0
        self._digest = hashlib.sha256()
        self._place = folder / self.key[:2]
        self._file = _open_nameless(self._place)
        _leave_room(self._place)

    def write(self, data: bytes) -> None:
        """Add bytes. Raises StorageAway."""
        try:
            _leave_room(self._place)
            self._file.write(data)
        except OSError as error:
            raise StorageAway(str(error)) from error
        self.size += len(data)
        self._digest.update(data)

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()

    def read(self) -> BinaryIO:
        """What was written so far, from its beginning; the caller does not close it. Raises StorageAway."""
        try:
            self._file.flush()
            self._file.seek(0)
        except OSError as error:
            raise StorageAway(str(error)) from error
        return self._file

    def keep(self) -> str:
        """Make the object durable under its key and return the key. Raises StorageAway."""
        try:
            self._file.flush()
            os.fsync(self._file.fileno())
            _link(self._file.fileno(), self._place, self.key)
        except OSError as error:
            raise StorageAway(str(error)) from error
        finally:
            self._file.close()
        return self.key

    def abandon(self) -> None:
        """Forget the object; it never had a name."""
        with suppress(OSError):
            self._file.close()


def _open_nameless(place: Path) -> BinaryIO:
    try:
        _make_folder(place)
        return os.fdopen(os.open(place, os.O_TMPFILE | os.O_RDWR, 0o600), "w+b")
    except OSError as error:
        raise StorageAway(str(error)) from error


def _leave_room(place: Path) -> None:
    """Raises StorageAway when the disk has no more than what it keeps free."""
    try:
        disk = shutil.disk_usage(place)
    except OSError as error:
        raise StorageAway(str(error)) from error
    if disk.free < min(max(FREE_BYTES, FREE_PART * disk.total), FREE_MOST * disk.total):
        raise StorageAway("the disk is nearly full")


def _make_folder(place: Path) -> None:
    if not place.is_dir():
        place.mkdir(parents=True, exist_ok=True, mode=0o700)
        _sync_folder(place.parent)


def _link(descriptor: int, place: Path, name: str) -> None:
    folder = os.open(place, os.O_RDONLY | os.O_DIRECTORY)
    try:
        # Only with a folder's descriptor does Python ask for linkat(2), which follows the link (open(2), O_TMPFILE).
        os.link(f"/proc/self/fd/{descriptor}", name, dst_dir_fd=folder, follow_symlinks=True)
        os.fsync(folder)
    finally:
        os.close(folder)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class Partial:
    """The pieces of one object, in a file that one of us holds at a time; who comes second is told so. `with` it.

    How much of it counts is not for the file to say: after a crash it may end in bytes that were never synced.
    """

    def __init__(self, folder: Path, key: str) -> None:
        if not KEY.match(key):
            raise FileNotFoundError(key)
        self.key = key
        self._folder, self._path = folder, folder / PARTIALS / key
        self._file: BinaryIO | None = None

    def __enter__(self) -> "Partial":
        try:
            _make_folder(self._path.parent)
            self._file = os.fdopen(os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600), "r+b")
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            self.file.close()
            raise Busy from error
        except OSError as error:
            raise StorageAway(str(error)) from error
        return self

    def __exit__(self, *_: object) -> None:
        self.file.close()

    @property
    def file(self) -> BinaryIO:
        assert self._file is not None
        return self._file

    def write(self, offset: int, data: bytes, *, durable: bool = True) -> None:
        """Put bytes at a place; they are durable when this returns. Raises StorageAway."""
        _leave_room(self._path.parent)
        try:
            self.file.seek(offset)
            self.file.write(data)
            self.file.flush()
            if durable:
                self.sync()
        except OSError as error:
            raise StorageAway(str(error)) from error

    def sync(self) -> None:
        """Make durable what was written, the file's name included. Raises StorageAway."""
        try:
            os.fsync(self.file.fileno())
            _sync_folder(self._path.parent)
        except OSError as error:
            raise StorageAway(str(error)) from error

    def digest(self, algorithm: str, start: int, end: int) -> bytes:
        """The checksum of the bytes between two places."""
        found = hashlib.new(algorithm, usedforsecurity=False)
        self.file.seek(start)
        while start < end and (piece := self.file.read(min(PIECE, end - start))):
            found.update(piece)
            start += len(piece)
        return found.digest()

    def keep(self, size: int) -> Kept:
        """Make an object of the first `size` bytes, durable under this key; once more is fine. Raises StorageAway."""
        place = self._folder / self.key[:2]
        try:
            self.file.truncate(size)
            os.fsync(self.file.fileno())
            _make_folder(place)
            with suppress(FileExistsError):
                _link(self.file.fileno(), place, self.key)
        except OSError as error:
            raise StorageAway(str(error)) from error
        return Kept(self.key, size, self.digest("sha256", 0, size).hex())


class Storage:
    """The folder of all objects: `ab/ab12…`, two levels, names drawn at random."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def begin(self) -> Incoming:
        """A new object. Raises StorageAway."""
        return Incoming(self.folder)

    def open(self, key: str) -> BinaryIO:
        """The bytes of an object, to be closed by the caller. Raises FileNotFoundError."""
        return self._path(key).open("rb")

    def twin(self, key: str) -> str:
        """A second name for the bytes of an object, not synced: for invented data only."""
        other = secrets.token_hex(16)
        place = self._path(other)
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.link(self._path(key), place)
        return other

    def delete(self, key: str) -> None:
        """Remove an object; that it is gone already is fine."""
        path = self._path(key)
        path.unlink(missing_ok=True)
        if path.parent.is_dir():
            _sync_folder(path.parent)

    def size(self, key: str) -> int | None:
        """Bytes of an object, or None when it is not there."""
        try:
            return self._path(key).stat().st_size
        except FileNotFoundError:
            return None

    def objects(self) -> Iterator[tuple[str, datetime]]:
        """Every key with the time it was written."""
        for path in sorted(self.folder.glob("??/*")):
            with suppress(FileNotFoundError):  # removed while we look
                yield path.name, datetime.fromtimestamp(path.stat().st_mtime, UTC)

    def partial(self, key: str) -> Partial:
        """What has come of an object that comes in pieces, for us alone while it is open.

        To open it raises Busy and StorageAway.
        """
        return Partial(self.folder, key)

    def discard_partial(self, key: str) -> None:
        """Forget the pieces of an object; what was made of them stays."""
        (self.folder / PARTIALS / key).unlink(missing_ok=True)

    def partials(self) -> Iterator[tuple[str, datetime]]:
        """Every object under way with the time of its last piece."""
        for path in sorted((self.folder / PARTIALS).glob("*")):
            with suppress(FileNotFoundError):  # removed while we look
                yield path.name, datetime.fromtimestamp(path.stat().st_mtime, UTC)

    @contextmanager
    def scratch(self) -> Iterator[Path]:
        """A folder for files that a library wants to have names; gone with the block, or when next swept."""
        folder = self.folder / SCRATCH / secrets.token_hex(16)
        try:
            _make_folder(folder)
            held = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        except OSError as error:
            raise StorageAway(str(error)) from error
        try:
            fcntl.flock(held, fcntl.LOCK_EX)
            if not folder.is_dir():
                raise StorageAway("swept before it was locked")
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)
            os.close(held)

    def sweep_scratch(self) -> None:
        """Remove the folders whose makers have died."""
        for folder in (self.folder / SCRATCH).glob("*"):
            with suppress(OSError):
                held = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
                try:
                    fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)  # refused while it is in use
                    shutil.rmtree(folder)
                finally:
                    os.close(held)

    def check(self) -> None:
        """Raises StorageAway when nothing can be written now."""
        incoming = self.begin()
        try:
            incoming.write(b"?")
            incoming.read()
        finally:
            incoming.abandon()

    def _path(self, key: str) -> Path:
        if not KEY.match(key):
            raise FileNotFoundError(key)
        return self.folder / key[:2] / key
