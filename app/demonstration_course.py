"""`aufruf demo`: months of work in an editorial office, and people who apply twice."""

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import Session, col, select

from app.applications import announcing, drafts, submission, turns
from app.applications.form import ApplicationForm
from app.applications.models import Application, TagKind
from app.applications.workflow import ENDED, OPEN, Move, MoveNotAllowed, Status
from app.audit import trail
from app.audit.models import Event
from app.calls import loading
from app.calls.loading import Found
from app.database import transaction, utcnow
from app.demonstration_documents import put_words
from app.desk import deciding, doubles, figures, interests, search
from app.documents import keeping
from app.documents.kinds import ASKED_FOR
from app.documents.storage import Storage
from app.mail import letters
from app.mail.models import MailState
from app.settings import Settings

SPAN = timedelta(days=150)
SOURCES = ["", "", "", "", "newsletter", "newsletter", "university", "friends", "mastodon"]
WHY = ["region_covered", "writing", "writing", "languages", "timing"]
ANSWERED = {"accepted", "declined", "shortlisted", "trial_piece"}
WORDS = {"accepted": "We would like to work with you", "declined": "It did not work out this time"}


def live(settings: Settings) -> None:
    """Let the invented applications have come in over months; let some people apply again."""
    chance, storage = random.Random(1830), Storage(settings.storage)
    with transaction() as session:
        found = loading.everything(session)[0]
        waiting = list(session.exec(select(Application.id).order_by(col(Application.id))))
    for start in range(0, len(waiting), 100):
        with transaction() as session:
            for position in range(start, min(start + 100, len(waiting))):
                application = session.get_one(Application, waiting[position])
                grow_old(session, application, found, came(position, len(waiting), chance), chance, settings)
    compare(repeat(storage, found, waiting[-60:], chance))
    figures.count()


def came(position: int, number: int, chance: random.Random) -> datetime:
    """When the application at this place came in: more and more lately, never in step."""
    ago: timedelta = SPAN * (1 - position / number) ** 1.4 + timedelta(hours=chance.uniform(0, 6))
    return utcnow() - ago


def grow_old(
    session: Session,
    application: Application,
    found: Found,
    received: datetime,
    chance: random.Random,
    settings: Settings,
) -> None:
    """Give an application and all that happened to it its times; decide what has waited long."""
    application.received_at, application.source = received, chance.choice(SOURCES)
    if application.status in OPEN and utcnow() - received > timedelta(days=35) and chance.random() < 0.85:
        move = chance.choice([Move.ACCEPT, Move.DECLINE, Move.DECLINE])
        decide(session, application, [move] if move is Move.DECLINE else [Move.SHORTLIST, move], chance)
    turns.settle(session, application)  # what is due follows from when it came
    session.flush()
    at = received
    events = session.exec(select(Event).where(Event.application_id == application.id).order_by(col(Event.id))).all()
    for event in events:
        event.at = at
        if event.kind == "decided":
            application.status_since = application.turn_since = at
            if event.detail["to"] == application.status == Status.DECLINED:
                application.reason_key = chance.choice(WHY)
                event.detail = event.detail | {"reason_key": application.reason_key}
            if event.detail["to"] in ANSWERED:
                answer(session, application, event, found, settings)
        at += min(timedelta(days=chance.expovariate(1 / 4)), (utcnow() - at) / 2)
    application.changed_at = application.active_at = events[-1].at
    application.ended_at = application.status_since if application.status in ENDED else None
    session.add(application)


def decide(session: Session, application: Application, moves: Sequence[Move], chance: random.Random) -> None:
    by = (
        application.assignee_id
        or session.exec(select(Event.editor_id).where(col(Event.editor_id).is_not(None))).first()
    )
    if by is None:
        return
    for move in moves:
        try:
            deciding.decide(session, application, move=move, by=by, version=application.version)
        except (MoveNotAllowed, interests.KeepsOut):
            continue


def answer(session: Session, application: Application, event: Event, found: Found, settings: Settings) -> None:
    """A mail that has left."""
    text = letters.from_text(
        event.detail["move"],
        application.language,
        subject=WORDS.get(event.detail["to"], "News of your application"),
        body=f"{application.name},\n\nthank you for your patience.",
        organisation=found.call.organisation,
    )
    mail = announcing.to_applicant(session, text, application, call=found.call, settings=settings)
    mail.state, mail.created_at, mail.sent_at = MailState.SENT, event.at, event.at + timedelta(minutes=10)
    event.detail = event.detail | {"mail": str(mail.id)}


def repeat(storage: Storage, found: Found, among: Sequence[UUID], chance: random.Random) -> list[UUID]:
    """People who apply again: by the same address, a tagged one, another name's spelling, with the same text."""
    made = []
    with transaction() as session:
        originals = [session.get_one(Application, each) for each in chance.sample(among, min(6, len(among)))]
        for position, original in enumerate(originals):
            form, lines = again(session, original, position)
            draft = drafts.lock(session, token := drafts.new_token(), found.id)
            for kind in ASKED_FOR:
                put_words(session, storage, draft.id, kind, lines if kind == ASKED_FOR[-1] else f"{form.name}\n{token}")
            application = submission.create(
                session,
                draft_id=draft.id,
                secret=drafts.secret_of(token),
                form=form,
                call=found.call,
                language=original.language,
            )
            application.received_at = utcnow() - timedelta(hours=position + 1)
            trail.record(session, "received", application=application.id, by_applicant=True, documents="3")
            made += [original.id, application.id]
    return made


def again(session: Session, original: Application, position: int) -> tuple[ApplicationForm, str]:
    """What somebody sends who has applied before, or only looks like it: the form, and the writing sample."""
    tags = submission.tags(session, original.id)
    text = keeping.of_draft(session, original.draft_id)[-1].text
    form = ApplicationForm(
        name=original.name,
        latin_name=original.latin_name,
        email=original.email,
        country=original.country,
        regions=tags[TagKind.REGION],
        languages=tags[TagKind.LANGUAGE],
        topics=tags[TagKind.TOPIC],
        about="I am writing to you once more.",
        consent=True,
    )
    local, _, domain = original.email.partition("@")
    latin = original.latin_name or original.name
    other = f"once.more{position}@example.net"
    return [
        (form, text),
        (replace(form, email=f"{local}+press@{domain}"), text.replace("winter", "summer")),
        (replace(form, email=other, name=latin, latin_name=""), f"{latin}\nA new text."),
        (replace(form, email=other, name="Maia Ahlberg", latin_name=""), text),
        (replace(form, email=other, name="Jonas Wirth", latin_name=""), text + "\nOne line more than there was."),
        (replace(form, email=other, name=f"{latin}a", latin_name=""), f"{latin}\nAnother text."),
    ][position]


def compare(applications: Sequence[UUID]) -> None:
    """What the worker would do."""
    for application in dict.fromkeys(applications):
        search.index(str(application))
        doubles.find(str(application))
