"""What waits for what: strangers' drafts hold up nothing that was sent, drawing holds up no export."""

from pathlib import Path

import pytest
from sqlmodel import select

from app.applications import drafts, lost_links
from app.database import transaction
from app.desk import exporting
from app.documents import keeping
from app.documents.kinds import Format, Kind
from app.documents.models import Document
from app.documents.storage import Storage
from app.jobs.models import Job
from app.settings import Settings
from app.work import worker
from tests.desk import inventing

sqlite = pytest.mark.parametrize("connected", ["sqlite"], indirect=True)


@sqlite
def test_what_was_sent_is_read_before_any_draft_and_mails_wait_for_neither(connected: str, tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, secret_key="k" * 40)  # type: ignore[arg-type]
    hands = worker(settings, Storage(settings.storage))
    with transaction() as session:
        draft = drafts.lock(session, drafts.new_token(), inventing.call(session).id)
        documents = [
            Document(
                draft_id=draft.id,
                kind=Kind.CV,
                name="cv.txt",
                format=Format.TXT,
                size=1,
                sha256="0" * 64,
                storage_key=key,
            )
            for key in ("1" * 32, "2" * 32)
        ]
        session.add_all(documents)
        session.flush()
        keeping.have_read(session, documents, sent=False)
        keeping.have_read(session, documents[1:])
    [lane] = [lane for lane in hands.all_lanes() if frozenset({keeping.READ_TEXT}) in lane]
    done: list[tuple[str, str]] = []
    for kind in (keeping.READ_TEXT, keeping.READ_DRAFT):
        hands.handlers[kind] = lambda subject, kind=kind: done.append((kind, subject))  # type: ignore[index, misc]
    while hands.run_first(lane):
        pass
    assert done[0] == (keeping.READ_TEXT, str(documents[1].id))
    assert len(done) == 3
    with transaction() as session:
        assert not [job for job in session.exec(select(Job)) if job.kind in (keeping.READ_TEXT, keeping.READ_DRAFT)]
    beside = {kind: number for number, lane in enumerate(hands.all_lanes()) for kinds in lane for kind in kinds}
    assert (
        len({beside[k] for k in (lost_links.LOST_LINK, keeping.READ_DRAFT, keeping.DRAW_DRAFT, exporting.EXPORT)}) == 4
    )
