"""Templates of letters: the built-in ones, those of the newsroom, and what they say to one applicant."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from app.applications.models import Application
from app.audit import trail
from app.calls import loading
from app.calls.definition import CallDefinition
from app.database import lock_rows, utcnow
from app.desk.letter_models import LetterTemplate, LetterWording
from app.mail import letters, placeholders
from app.web.languages import LANGUAGES
from app.web.templating import filters

# What a letter may be for. Those of decisions have a text of ours; a message has not.
DECISIONS = ("shortlisted", "trial_piece", "accepted", "contributor", "declined", "reopened")
MESSAGE = "message"
KINDS = (*DECISIONS, MESSAGE)
BUILT_IN = "built_in"
NAME_LENGTH, SUBJECT_LENGTH, BODY_LENGTH = 100, 200, 4000
# What a reader looks for in every letter of ours.
EXPECTED = ("name", "reference")

Texts = dict[str, dict[str, str]]  # language → {"subject": …, "body": …}


class Stale(Exception):
    """Somebody else has written a newer wording."""


@dataclass(frozen=True)
class Written:
    """A template with its wording in force."""

    id: UUID
    kind: str
    name: str
    call_id: UUID | None
    standard: bool
    number: int
    texts: Texts

    @property
    def missing(self) -> list[str]:
        """The languages that it has no text in."""
        return [language for language in LANGUAGES if not self.text(language)]

    def text(self, language: str) -> tuple[str, str] | None:
        return of_language(self.texts, language)


@dataclass(frozen=True)
class Checked:
    """What is wrong or worth a second look in a text: `unknown` is refused, the others are told."""

    unknown: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)


def of_language(texts: Mapping[str, Mapping[str, str]], language: str) -> tuple[str, str] | None:
    found = texts.get(language, {})
    subject, body = found.get("subject", ""), found.get("body", "")
    return (subject, body) if subject.strip() and body.strip() else None


@cache
def built_in(kind: str) -> Texts:
    """Our own texts for a kind in all six languages; none for a message."""
    if kind not in DECISIONS:
        return {}
    found = {language: letters.built_in(kind, language) for language in LANGUAGES}
    return {language: {"subject": subject, "body": body} for language, (subject, body) in found.items()}


def check(subject: str, body: str) -> Checked:
    """Look through one text for placeholders that we do not have, and for those that it should have."""
    used = placeholders.standing(subject, body)
    return Checked(placeholders.unknown(subject, body), [name for name in EXPECTED if name not in used])


def with_wording() -> Any:
    return (
        select(LetterTemplate, LetterWording)
        .join(LetterWording, col(LetterWording.template_id) == col(LetterTemplate.id))
        .where(col(LetterWording.number) == col(LetterTemplate.number), col(LetterTemplate.removed_at).is_(None))
    )


def written(template: LetterTemplate, wording: LetterWording) -> Written:
    return Written(
        id=template.id,
        kind=template.kind,
        name=template.name,
        call_id=template.call_id,
        standard=template.standard,
        number=template.number,
        texts=wording.texts,
    )


def listing(session: Session, *, kind: str | None = None, call_id: UUID | None = None) -> list[Written]:
    """Templates by name; with `call_id` those that serve this call, its standard one first."""
    statement = with_wording()
    if kind:
        statement = statement.where(col(LetterTemplate.kind) == kind)
    if call_id:
        fitting = sa.or_(col(LetterTemplate.call_id).is_(None), col(LetterTemplate.call_id) == call_id)
        statement = statement.where(fitting)
    found = [written(*row) for row in session.exec(statement).all()]
    return sorted(found, key=lambda each: (not each.standard, each.call_id is None, each.name.casefold(), each.id))


def get(session: Session, template_id: UUID) -> Written | None:
    """One template that has not been removed."""
    found = session.exec(with_wording().where(col(LetterTemplate.id) == template_id)).first()
    return written(*found) if found else None


def chosen(session: Session, application: Application, kind: str, wanted: str) -> Written | None:
    """The template to write with: the one that is wanted, else the standard one, else None: the built-in text."""
    return pick(listing(session, kind=kind, call_id=application.call_id), wanted)


def pick(fitting: Sequence[Written], wanted: str) -> Written | None:
    """Of the templates that fit, the one that is wanted, else the standard one."""
    if wanted:
        return next((each for each in fitting if str(each.id) == wanted), None)
    return next((each for each in fitting if each.standard), None)


def letter(
    session: Session, application: Application, kind: str, *, wanted: str = "", editor: str = "", blind: bool = False
) -> tuple[str, str]:
    """Subject and body for one applicant, to be edited before they go; empty when there is no text in the language."""
    call = loading.by_id(session, application.call_id).call
    template = chosen(session, application, kind, wanted)
    return filled(template, kind, application, call, editor=editor, blind=blind)


def filled(
    template: Written | None,
    kind: str,
    application: Application,
    call: CallDefinition,
    *,
    editor: str = "",
    blind: bool = False,
) -> tuple[str, str]:
    """A template, or the built-in text, for one applicant.

    Where it is written `blind`, {name} stands until the letter is posted (blinding.with_name).
    """
    found = template.text(application.language) if template else None
    subject, body = found or of_language(built_in(kind), application.language) or ("", "")
    values = values_for(application, call, editor=editor, blind=blind)
    return placeholders.fill(subject, values), placeholders.fill(body, values)


def values_for(
    application: Application, call: CallDefinition, *, editor: str = "", language: str = "", blind: bool = False
) -> dict[str, str]:
    """What stands for the placeholders in a letter to this applicant, in their language unless another is given."""
    language = language or application.language
    return {
        "name": "" if blind else placeholders.harmless(letters.harmless(application.name)),
        "reference": application.reference,
        "call": call.text(language).title,
        "organisation": call.organisation,
        "questions_address": call.questions_address,
        "keeping": letters.keeping(language, kept=application.keep),
        "editor": placeholders.harmless(editor),
    }


def trial_piece_values(language: str, *, topic: str, length: str, fee: str, deadline: date | None) -> dict[str, str]:
    """What stands for the placeholders of a trial piece; what is not known yet stays open."""
    day = filters(language)["date"](deadline) if deadline else ""
    return {"topic": topic, "length": length, "fee": fee, "deadline": day}


def add(
    session: Session, *, kind: str, name: str, call_id: UUID | None, standard: bool, texts: Texts, by: UUID
) -> LetterTemplate:
    """A new template with its first wording."""
    template = LetterTemplate(kind=kind, name=tidy(name), call_id=call_id, standard=standard)
    session.add(template)
    session.flush()
    session.add(LetterWording(template_id=template.id, number=1, texts=texts, written_by=by))
    only_standard(session, template)
    trail.record(session, "template_added", editor=by, template=str(template.id), name=template.name)
    return template


def write(
    session: Session,
    template_id: UUID,
    *,
    name: str,
    call_id: UUID | None,
    standard: bool,
    texts: Texts,
    number: int,
    by: UUID,
) -> LetterTemplate:
    """A new wording in place of `number`. Raises LookupError, Stale when it is not the newest any more."""
    template = locked(session, template_id)
    if template.number != number:
        raise Stale
    template.name, template.call_id, template.standard = tidy(name), call_id, standard
    before = wording(session, template.id, template.number).texts
    if texts != before:
        template.number += 1
        session.add(LetterWording(template_id=template.id, number=template.number, texts=texts, written_by=by))
    session.add(template)
    only_standard(session, template)
    changed = ", ".join(language for language in LANGUAGES if texts.get(language) != before.get(language))
    trail.record(
        session,
        "template_written",
        editor=by,
        template=str(template.id),
        name=template.name,
        languages=changed,
        number=str(template.number),
    )
    return template


def only_standard(session: Session, template: LetterTemplate) -> None:
    """There is one standard template of a kind for each call, and one for all."""
    if template.standard:
        others = sa.update(LetterTemplate).where(
            col(LetterTemplate.kind) == template.kind,
            col(LetterTemplate.call_id).is_(None)
            if template.call_id is None
            else col(LetterTemplate.call_id) == template.call_id,
            col(LetterTemplate.id) != template.id,
        )
        session.flush()
        session.exec(others.values(standard=False))


def remove(session: Session, template_id: UUID, *, by: UUID) -> None:
    """Offer a template no longer. Raises LookupError."""
    template = locked(session, template_id)
    template.removed_at, template.standard = utcnow(), False
    session.add(template)
    trail.record(session, "template_removed", editor=by, template=str(template.id), name=template.name)


def locked(session: Session, template_id: UUID) -> LetterTemplate:
    statement = select(LetterTemplate).where(LetterTemplate.id == template_id, col(LetterTemplate.removed_at).is_(None))
    template: LetterTemplate | None = session.exec(lock_rows(statement)).first()
    if template is None:
        raise LookupError("no such template")
    return template


def wording(session: Session, template_id: UUID, number: int) -> LetterWording:
    """One version of a template. Raises LookupError."""
    statement = select(LetterWording).where(LetterWording.template_id == template_id, LetterWording.number == number)
    found = session.exec(statement).first()
    if found is None:
        raise LookupError("no such wording")
    return found


def wordings(session: Session, template_id: UUID) -> list[LetterWording]:
    """All versions of a template, the newest first."""
    statement = select(LetterWording).where(LetterWording.template_id == template_id)
    return list(session.exec(statement.order_by(col(LetterWording.number).desc())))


def tidy(name: str) -> str:
    return " ".join(name.split())[:NAME_LENGTH]
