"""Bytes and rows belong together, whatever fails between them; and the disk is never filled to its end."""

import os
import shutil
import tempfile
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlmodel import select

from app.accounts.models import Role
from app.applications import drafts, uploads
from app.calls import loading
from app.database import DatabaseAway, transaction, utcnow
from app.desk import export_files, exporting, orphans
from app.documents import keeping, pictures
from app.documents.kinds import Kind
from app.documents.models import Document, Upload, UploadState
from app.documents.storage import SCRATCH, Busy, Storage, StorageAway
from app.jobs.models import Job
from tests.desk import inventing

TEXT = b"I write about mountains."


@pytest.fixture
def storage(tmp_path: Path) -> Storage:
    return Storage(tmp_path / "documents")


def begun(storage: Storage, *, token: str | None = None, kind: Kind = Kind.CV) -> Upload:
    """An upload whose bytes are all here, and nothing was made of them yet."""
    with transaction() as session:
        call = loading.load_file(session, loading.SHIPPED)
        session.flush()
        announced = uploads.Announced(kind, "cv.txt", len(TEXT), None)
        upload = uploads.begin(session, token or drafts.new_token(), call.id, announced)
    uploads.append(storage, upload, 0, TEXT)
    return upload


def finished(storage: Storage, upload: Upload) -> Upload:
    now = uploads.finish(storage, upload.id, max_bytes=1000)
    assert now is not None
    return now


def keys(storage: Storage) -> set[str]:
    return {key for key, _ in storage.objects()}


def to_delete() -> set[str]:
    with transaction() as session:
        return set(session.exec(select(Job.subject).where(Job.kind == keeping.DELETE_BYTES)))


def test_who_finds_an_upload_busy_is_told_so_at_once(connected: str, storage: Storage) -> None:
    upload = begun(storage)
    with storage.partial(upload.storage_key):
        assert finished(storage, upload).state is UploadState.OPEN
        with pytest.raises(Busy):
            uploads.append(storage, upload, len(TEXT), b"x")
        with pytest.raises(Busy):
            uploads.stage(storage, upload, len(TEXT), 0, b"x")
        with pytest.raises(Busy):
            uploads.confirm(storage, upload, len(TEXT), 0, uploads.Checksum("sha1", b""))
    assert finished(storage, upload).state is UploadState.DONE


def test_an_upload_that_ends_between_its_bytes_and_its_row_leaves_nothing(connected: str, storage: Storage) -> None:
    upload, done = begun(storage), begun(storage)
    with storage.partial(upload.storage_key) as partial:
        partial.keep(len(TEXT))  # the crash comes now
    assert finished(storage, done).state is UploadState.DONE
    with transaction() as session:
        for each in (upload, done):
            keeping.remove_upload(session, session.get_one(Upload, each.id))
    assert to_delete() == {upload.storage_key}  # the other has become a document


def test_pieces_that_go_while_somebody_looks_through_all_are_passed_over(storage: Storage) -> None:
    keys = sorted(storage.begin().key for _ in range(3))
    for key in keys:
        with storage.partial(key) as partial:
            partial.write(0, b"x")
    looking = storage.partials()
    seen = [next(looking)[0]]
    storage.discard_partial(keys[1])
    assert [*seen, *(key for key, _ in looking)] == [keys[0], keys[2]]


@pytest.mark.parametrize("step", ["export", "picture"])
def test_bytes_whose_row_fails_are_removed(
    connected: str, storage: Storage, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    upload = finished(storage, begun(storage))
    with transaction() as session:
        document = session.exec(select(Document).where(Document.draft_id == upload.draft_id)).one()
    before = keys(storage)

    def away(*_: Any) -> Any:
        raise DatabaseAway

    monkeypatch.setattr(exporting, "transaction", away)
    monkeypatch.setattr(pictures, "transaction", away)
    told = {"number": 1, "width": 9, "height": 9, "text": ""}
    fail = {
        "export": lambda: exporting.finish(storage, document.id, storage.begin().keep(), 0),
        "picture": lambda: pictures.keep(storage, document.id, dict(told), b"RIFF"),
    }[step]
    with pytest.raises(DatabaseAway):
        fail()
    assert keys(storage) == before


def test_what_a_crash_left_goes_after_a_day_and_only_that(connected: str, storage: Storage) -> None:
    kept, waiting = finished(storage, begun(storage)), begun(storage)
    with storage.partial(waiting.storage_key) as partial:
        partial.keep(len(TEXT))
    lost, young = storage.begin().keep(), storage.begin().keep()
    two_days_ago = (utcnow() - timedelta(days=2)).timestamp()
    for key in keys(storage) - {young}:
        os.utime(storage.folder / key[:2] / key, (two_days_ago, two_days_ago))
    assert orphans.sweep(storage, before=utcnow() - timedelta(days=1)) == 1
    assert keys(storage) == {kept.storage_key, waiting.storage_key, young}
    assert lost not in keys(storage)


def test_the_folder_of_another_database_is_left_as_it_is(connected: str, storage: Storage) -> None:
    finished(storage, begun(storage))
    for _ in range(3):
        storage.begin().keep()
    assert orphans.sweep(storage, before=utcnow() + timedelta(days=1)) == 0
    assert len(keys(storage)) == 4


@pytest.mark.parametrize(("total", "free"), [(10**10, 499_000_000), (10**12, 19_000_000_000), (64 * 10**6, 6_000_000)])
def test_a_nearly_full_disk_takes_nothing_more(
    connected: str, storage: Storage, monkeypatch: pytest.MonkeyPatch, total: int, free: int
) -> None:
    upload = begun(storage)
    incoming = storage.begin()
    usage = SimpleNamespace(total=total, free=free)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    for attempt in (storage.begin, storage.check, lambda: incoming.write(b"x"), lambda: begun(storage)):
        with pytest.raises(StorageAway):
            attempt()
    assert finished(storage, upload).state is UploadState.DONE  # what has come is not lost
    usage.free *= 2
    storage.check()


@pytest.mark.parametrize("connected", ["sqlite"], indirect=True)
def test_a_table_is_made_where_documents_lie_and_nothing_of_it_stays(
    connected: str, storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", "/nowhere")
    incoming = storage.begin()
    with transaction() as session:
        ids = [inventing.invent(session, inventing.call(session)).id]
    viewer: Any = SimpleNamespace(role=Role.EDITOR, language="de", id=ids[0])
    export_files.write_xlsx(incoming, ids, storage=storage, editor=viewer, progress=lambda _done: None)
    assert incoming.read().read(2) == b"PK"
    assert not list((storage.folder / SCRATCH).iterdir())


def test_what_a_killed_maker_left_is_swept_and_what_is_in_use_stays(storage: Storage) -> None:
    with storage.scratch() as folder:
        (folder / "sheet").write_text("half")
        left = folder.parent / "left"
        left.mkdir()
        (left / "sheet").write_text("Nino Beridze")
        storage.sweep_scratch()
        assert list(folder.parent.iterdir()) == [folder]
    assert not folder.exists()
