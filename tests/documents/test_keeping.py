"""What is kept of documents when several things happen to one at the same moment."""

from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path

from PIL import Image
from sqlmodel import select

from app.applications import drafts
from app.database import transaction
from app.documents import keeping, pictures
from app.documents.kinds import Format, Kind
from app.documents.models import Document, DocumentPage
from app.documents.storage import Storage
from app.jobs.models import Job
from tests.desk import inventing


def picture(folder: Path) -> bytes:
    Image.new("RGB", (8, 8)).save(folder / "page.webp")
    return (folder / "page.webp").read_bytes()


def test_a_page_drawn_while_its_document_goes_does_not_stand_in_the_way(database: str, tmp_path: Path) -> None:
    storage = Storage(tmp_path / "documents")
    told: dict[str, object] = {"number": 1, "width": 8, "height": 8, "text": "a"}
    incoming = storage.begin()
    incoming.write(b"some text")
    incoming.keep()
    with transaction() as session:
        draft = drafts.keep(session, drafts.new_token(), inventing.call(session).id, {"name": ["Nino"]})
        assert draft
        keeping.put(session, draft=draft.id, kind=Kind.CV, name="a.txt", form=Format.TXT, incoming=incoming)
    with ThreadPoolExecutor(1) as worker:
        with transaction() as session:
            document = session.exec(select(Document)).one()
            keeping.remove(session, document)
            drawn = worker.submit(pictures.keep, storage, document.id, told, picture(tmp_path))
            wait([drawn], timeout=1)  # it waits for this to end, as it should, or is there already
        assert drawn.result() is False
    with transaction() as session:
        assert session.exec(select(Document)).all() == []
        assert session.exec(select(DocumentPage)).all() == []
        going = {job.subject for job in session.exec(select(Job).where(Job.kind == keeping.DELETE_BYTES))}
    assert {key for key, _ in storage.objects()} == going == {incoming.key}
