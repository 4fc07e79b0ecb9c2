"""The files of an export: CSV, XLSX, JSON, and a ZIP with the documents. All are written while they are read."""

import csv
import io
import json
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO
from uuid import UUID

import xlsxwriter
from zipstream import ZIP_STORED, ZipStream

from app.accounts.models import Editor
from app.desk import cells
from app.desk.export_rows import COLUMNS, Row, as_object, chunks, table_row
from app.desk.models import ExportFormat
from app.documents.models import Document, Look
from app.documents.names import display_name
from app.documents.storage import Incoming, Storage
from app.web.templating import translator

PIECE = 64_000
WIDTHS = {"about": 50, "documents": 40, "name": 28, "latin_name": 28, "pen_name": 28, "email": 30, "safe_contact": 40}

Progress = Callable[[int], None]


def write_csv(incoming: Incoming, ids: Sequence[UUID], *, editor: Editor, progress: Progress, **_: Any) -> None:
    for piece in csv_pieces(ids, editor, progress):
        incoming.write(piece)


def csv_pieces(ids: Sequence[UUID], editor: Editor, progress: Progress) -> Iterator[bytes]:
    """A table as CSV (RFC 4180) in UTF-8, with the mark by which Excel knows it."""
    yield b"\xef\xbb\xbf" + csv_lines([COLUMNS])
    for rows in told(ids, editor, progress):
        yield csv_lines(table_row(row) for row in rows)


def csv_lines(rows: Iterable[Sequence[cells.Cell]]) -> bytes:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows([cells.cell(each) for each in row] for row in rows)
    return out.getvalue().encode()


def told(ids: Sequence[UUID], editor: Editor, progress: Progress) -> Iterator[list[Row]]:
    """The applications in pieces, saying after each how many are done."""
    done = 0
    for rows in chunks(ids, editor):
        yield rows
        done += len(rows)
        progress(done)


def write_json(incoming: Incoming, ids: Sequence[UUID], *, editor: Editor, progress: Progress, **_: Any) -> None:
    for piece in json_pieces(ids, editor, progress):
        incoming.write(piece)


def json_pieces(ids: Sequence[UUID], editor: Editor, progress: Progress) -> Iterator[bytes]:
    """An array of objects, one to a line."""
    before = b"[\n"
    for rows in told(ids, editor, progress):
        for row in rows:
            yield before + json.dumps(as_object(row), ensure_ascii=False).encode()
            before = b",\n"
    yield b"\n]\n" if before != b"[\n" else b"[]\n"


def write_xlsx(
    incoming: Incoming, ids: Sequence[UUID], *, storage: Storage, editor: Editor, progress: Progress
) -> None:
    """One sheet; every text is a text, never a formula or a link. What is made on the way lies where documents lie."""
    with storage.scratch() as folder, tempfile.TemporaryFile(dir=folder) as file:
        sheet_into(file, folder, ids, editor, progress)
        file.seek(0)
        for piece in iter(lambda: file.read(PIECE), b""):
            incoming.write(piece)


def sheet_into(file: BinaryIO, folder: Path, ids: Sequence[UUID], editor: Editor, progress: Progress) -> None:
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "tmpdir": str(folder)}
    with xlsxwriter.Workbook(file, options) as book:
        sheet = book.add_worksheet("Aufruf")
        bold = book.add_format({"bold": True})
        for number, name in enumerate(COLUMNS):
            sheet.set_column(number, number, WIDTHS.get(name, 16))
            sheet.write_string(0, number, name, bold)
        sheet.freeze_panes(1, 1)
        line = 0
        for rows in told(ids, editor, progress):
            for row in rows:
                line += 1
                for number, value in enumerate(table_row(row)):
                    write_cell(sheet, line, number, value)


def write_cell(sheet: Any, line: int, number: int, value: cells.Cell) -> None:
    if isinstance(value, str):
        sheet.write_string(line, number, cells.text(value)[:32_000])  # Excel takes 32,767 characters
    elif value is not None:
        sheet.write_number(line, number, value)


def write_zip(incoming: Incoming, ids: Sequence[UUID], *, storage: Storage, editor: Editor, progress: Progress) -> None:
    """A folder for each application with its documents, and the table as CSV and JSON."""
    packed = ZipStream(compress_type=ZIP_STORED)
    for rows in told(ids, editor, progress):
        for row in rows:
            add_folder(packed, row, storage, editor.language)
        for piece in packed.all_files():
            incoming.write(piece)
    packed.add(csv_pieces(ids, editor, ignored), "applications.csv")
    packed.add(json_pieces(ids, editor, ignored), "applications.json")
    for piece in packed:
        incoming.write(piece)


def ignored(_done: int) -> None:
    """The second reading is quick, and its progress nobody's business."""


def add_folder(packed: ZipStream, row: Row, storage: Storage, language: str) -> None:
    """An application's documents; in place of one that may not leave stands why."""
    application = row.application
    folder = (
        f"{application.reference} {display_name(application.pen_name or application.latin_name or application.name)}"
    )
    for number, document in enumerate(row.documents, start=1):
        name = f"{folder}/{number} {document.kind.value} {document.name}"
        if document.may_leave:
            packed.add(content(storage, document), name)
        else:
            packed.add(why_not(document, language), f"{name} (-).txt")


def why_not(document: Document, language: str) -> str:
    _ = translator(language)
    if document.look is Look.QUARANTINED:
        return _("The original is in quarantine.")
    return _("It has not been examined yet. That takes a few seconds.")


def content(storage: Storage, document: Document) -> Iterator[bytes]:
    """A document's bytes, opened when their turn comes; one that was erased meanwhile is empty."""
    try:
        with storage.open(document.storage_key) as file:
            yield from iter(lambda: file.read(PIECE), b"")
    except FileNotFoundError:
        return


WRITERS: dict[ExportFormat, Callable[..., None]] = {
    ExportFormat.CSV: write_csv,
    ExportFormat.XLSX: write_xlsx,
    ExportFormat.JSON: write_json,
    ExportFormat.ZIP: write_zip,
}
