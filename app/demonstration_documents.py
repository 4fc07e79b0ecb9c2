"""Documents of the invented applications: texts with structure, and now and then a file that is kept in quarantine."""

import io
import random
from datetime import timedelta
from functools import cache
from uuid import UUID

import pikepdf
from sqlmodel import Session

from app.database import utcnow
from app.documents import keeping, layout
from app.documents.kinds import Format, Kind
from app.documents.models import Document, Look, TextState
from app.documents.storage import Storage
from app.jobs import queue

EVERY_DANGEROUS = 25
DRAWN_AT_ONCE = 15  # applications whose pages are drawn when the demonstration starts; others when they are opened
LINES = [
    "In that autumn the snow came earlier than usual, and only one bus went to the district town.",
    "The driver knew every passenger by name and sounded the horn below the windows until a light came on.",
    "Behind the bend where the guardhouse used to be there was a fence now.",
    "Nobody had given a name yet to what they were building there.",
    "My grandmother kept the water bills of forty years in a biscuit tin, sorted by the handwriting of the collectors.",
    "On market days the currency changed twice before noon, and the cheese did not.",
    "He repaired radios until there were none left, then he repaired the chairs of those who used to bring them.",
    "The school has nine pupils, two teachers and a piano that came over the pass on a sledge.",
    "Where the road ends somebody has painted a zebra crossing.",
    "They told the story of the flood so often that the children believed they had been there.",
    "At the border the dogs are the only ones who do not show their papers.",
    "Three languages were spoken at the table, and the fourth was used to argue about the salt.",
    "The power station hums a note that the village choir tunes to.",
    "Every house here has a door that leads nowhere, for the guest who does not want to be seen.",
    "The archive burned in one night; the librarian has been writing the catalogue from memory since.",
    "It takes a shepherd four days to walk to the sea, and he says that the fourth is the longest.",
    "When the factory closed they divided the clock in the hall among eleven families.",
    "A song with forty verses survives because nobody agrees on the order.",
    "The bridge was built by an engineer who never crossed it.",
    "In winter the post office sells more candles than stamps.",
    "She translates contracts by day and lullabies at night, and charges the same for both.",
    "The last train left in May; the timetable is still corrected with a pencil twice a year.",
    "From the roof one sees two countries and, on clear days, the debt of a third.",
    "What the map calls a meadow is a parking lot, and what it calls a road is a meadow.",
]
LINES_IN_A_TEXT = 12
SAMPLE = """# {title}

*{name}* · text number {number} of the demonstration

{opening}

## What is said about it

1. {first}
2. {second}
3. **{third}**

> {fourth}

## The timetable

| Day | Leaves | Comes back |
| --- | --- | --- |
| Monday | 06:40 | 18:10 |
| Thursday | 06:40 | when the road is clear |
| Sunday | does not run | |

{ending}
"""
LETTER = """Dear editors,

{opening}

{ending}

With kind regards
{name}
"""
CV = """# {name}

## Work

- since 2021: freelance reporter
- 2016–2021: editor of a regional weekly
- 2013–2016: radio, features and news

## Education

- 2012: MA in journalism

## Languages

| Language | Level |
| --- | --- |
| first language | native |
| Russian | C2 |
| English | C1 |
"""
TEXTS = {Kind.WRITING_SAMPLE: (SAMPLE, Format.MD), Kind.COVER_LETTER: (LETTER, Format.TXT), Kind.CV: (CV, Format.MD)}


def put(session: Session, storage: Storage, draft: UUID, kind: Kind, *, name: str, index: int, number: int) -> None:
    """One invented document, read already; its pages are drawn when it is first opened, of the newest at once."""
    template, form = TEXTS[kind]
    text = template.format(name=name, number=index, **said(f"{kind} {index}"))
    content, dangerous = text.encode(), kind is Kind.CV and index % EVERY_DANGEROUS == 7
    if dangerous:
        content, form = acting_pdf(), Format.PDF
    document = put_content(session, storage, draft, kind, form, content)
    mark_read(document, text, dangerous=dangerous)
    if number - index <= DRAWN_AT_ONCE:
        queue.enqueue(session, keeping.READ_TEXT, str(document.id), once=True)


def put_words(session: Session, storage: Storage, draft: UUID, kind: Kind, text: str) -> None:
    """A text as a document, read already."""
    mark_read(put_content(session, storage, draft, kind, Format.TXT, text.encode()), text, dangerous=False)


def put_content(session: Session, storage: Storage, draft: UUID, kind: Kind, form: Format, content: bytes) -> Document:
    """Bytes as a document."""
    incoming = storage.begin()
    incoming.write(content)
    incoming.keep()
    return keeping.put(session, draft=draft, kind=kind, name=f"{kind.value}.{form.value}", form=form, incoming=incoming)


def said(which: str) -> dict[str, str]:
    """Lines that others have, too, but not the same ones: texts that are near-equal would look like doubles."""
    lines = random.Random(which).sample(LINES, LINES_IN_A_TEXT)
    places = ("title", "first", "second", "third", "fourth")
    named = dict(zip(places, lines, strict=False))
    return named | {"opening": "\n\n".join(lines[5:9]), "ending": "\n\n".join(lines[9:])}


def mark_read(document: Document, text: str, *, dangerous: bool) -> None:
    document.text, document.text_state, document.words = text, TextState.READ, len(text.split())
    document.received_at = utcnow() - timedelta(hours=1)
    document.language = "en"
    document.look, document.look_found = (Look.QUARANTINED, "acts") if dangerous else (Look.CLEAN, "")


@cache
def acting_pdf() -> bytes:
    """A harmless PDF that would run a script when it is opened, where the form cannot see it."""
    blocks: list[layout.Block] = [
        {"k": "h", "level": 1, "runs": [{"t": "Curriculum vitae"}]},
        {"k": "p", "runs": [{"t": "2013–2026: radio"}]},
    ]
    packed = io.BytesIO()
    with pikepdf.open(io.BytesIO(layout.pdf(blocks))) as document:
        document.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert('Hello')")
        document.save(packed, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return packed.getvalue()
