"""For the demonstration: templates, notes with mentions, a bulk that waits and one that is done."""

import random
from collections.abc import Sequence

from sqlmodel import Session, col, select

from app.accounts.models import Editor
from app.applications.models import Application
from app.applications.workflow import Status
from app.desk import bulk, bulk_applying, deciding, mentions, templates
from app.desk.bulk_models import BulkWhat
from app.settings import Settings

DECLINED = {
    "de": (
        "Ihre Bewerbung {reference}",
        "Guten Tag {name},\n\nIhre Texte haben wir gern gelesen. In Ihrer Region arbeiten wir schon mit mehreren"
        " Autorinnen und Autoren, deshalb können wir Ihnen jetzt keine Zusammenarbeit anbieten.\n\n{keeping}\n\n"
        "Mit besten Grüßen\n{editor}, {organisation}\n\nZeichen: {reference}",
    ),
    "en": (
        "Your application {reference}",
        "Dear {name},\n\nwe enjoyed reading your texts. We already work with several authors in your region and cannot"
        " offer you anything at the moment.\n\n{keeping}\n\nKind regards\n{editor}, {organisation}\n\n"
        "Reference: {reference}",
    ),
}
EVENING = {
    "de": (
        "Abend für Autorinnen und Autoren",
        "Guten Tag {name},\n\nwir laden Sie zu einem Abend am Telefon ein.\n{editor}",
    ),
    "en": (
        "An evening for authors",
        "Dear {name},\n\nwe would like to invite you to an evening on the phone.\n{editor}",
    ),
}
NOTES = [
    "@{name}, do we still need somebody in this town?",
    "I like the opening. @{name}, what do you think of the second half?",
    "@{name} knows the editor she names: could you ask?",
]


def fill(session: Session, team: Sequence[Editor], *, settings: Settings, chance: random.Random) -> None:
    """What makes letters, notes and bulks worth a look. Wants some applications."""
    chief = team[0]
    for kind, name, texts in (("declined", "Region covered", DECLINED), (templates.MESSAGE, "Evening", EVENING)):
        wording = {language: {"subject": subject, "body": body} for language, (subject, body) in texts.items()}
        templates.add(session, kind=kind, name=name, call_id=None, standard=False, texts=wording, by=chief.id)
    fresh = session.exec(
        select(Application).where(Application.status == Status.RECEIVED).order_by(col(Application.id).desc()).limit(24)
    ).all()
    for application in fresh[:12]:
        by, to = chance.sample(list(team), 2)
        note = deciding.write_note(session, application, text=chance.choice(NOTES).format(name=to.name), by=by.id)
        mentions.tell(session, application, note, settings=settings)
    session.flush()
    waiting, photos = fresh[12:18], fresh[18:]
    if waiting:
        held = bulk.make(session, what=BulkWhat.MOVE, value="decline", chosen=chosen(waiting), by=chief.id)
        held.reason_key = "region_covered"
    if photos:
        done = bulk.make(session, what=BulkWhat.ADD_LABEL, value="photos", chosen=chosen(photos), by=team[1].id)
        bulk_applying.start(session, done.id, by=team[1].id)
        bulk_applying.all_of(session, done, settings)


def chosen(applications: Sequence[Application]) -> list[tuple[str, int]]:
    return [(each.reference, each.version) for each in applications]
