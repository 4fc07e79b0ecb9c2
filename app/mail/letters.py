"""The letters: from facts to subject, text and HTML in the reader's language."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cache
from typing import TypeVar

from css_inline import CSSInliner
from jinja2 import Environment
from markupsafe import Markup, escape

from app.web.templating import SharedCode, environment, translator

# Stands for the private link in everything that is stored; delivery puts the link in its place.
LINK = "https://link.invalid/private"
WEB_ADDRESS = re.compile(r"https?://[^\s<>\"']*[^\s<>\"'.,;:!?)\]}»”]")
# What a mail program would make a link of: a scheme, www., an @, a dot between words, a slash.
LIKE_A_LINK = re.compile(r"://|@|/|\bwww\.|\w\w\.\w\w", re.IGNORECASE)
# Rules that cannot be inlined stay: the dark face.
INLINER = CSSInliner(load_remote_stylesheets=False, keep_at_rules=True)


@dataclass(frozen=True)
class Letter:
    kind: str
    language: str
    subject: str
    text: str
    html: str
    organisation: str = ""  # the name beside the sender's address


@dataclass(frozen=True)
class Received:
    """One document: what it is, its name, its size in bytes, its SHA-256 in hexadecimal."""

    label: str
    name: str
    size: int
    sha256: str = ""


@dataclass(frozen=True)
class ReceiptFacts:
    language: str
    organisation: str
    call_title: str
    name: str
    reference: str
    received_at: datetime
    answer_by: date
    questions_address: str
    documents: Sequence[Received]
    proof: str = ""  # the signed receipt, in lines
    verify: str = ""  # where it can be checked


@dataclass(frozen=True)
class NewApplicationFacts:
    organisation: str
    call_title: str
    reference: str
    name: str
    latin_name: str
    country: str
    regions: Sequence[str]
    languages: Sequence[str]
    topics: Sequence[str]
    documents: Sequence[Received]
    desk_link: str
    language: str = "de"
    reach_safely: bool = False  # how, stands at the desk alone


@dataclass(frozen=True)
class WithdrawalFacts:
    language: str
    organisation: str
    call_title: str
    name: str
    reference: str
    desk_link: str = ""


@dataclass(frozen=True)
class DecisionFacts:
    language: str
    organisation: str
    call_title: str
    name: str
    reference: str
    questions_address: str
    kept: bool = field(default=False)


@dataclass(frozen=True)
class DraftFacts:
    """About a form that was begun; nothing of what was typed into it."""

    language: str
    organisation: str
    call_title: str
    expires_at: datetime


@dataclass(frozen=True)
class ReviewFacts:
    """A review that an editor was asked for; `occasion`: asked, soon (a day before) or overdue."""

    language: str
    organisation: str
    call_title: str
    reference: str
    due_at: datetime
    occasion: str
    desk_link: str


@dataclass(frozen=True)
class MessageFacts:
    """An editor's words, with what is asked for as label and value."""

    language: str
    organisation: str
    call_title: str
    name: str
    reference: str
    questions_address: str
    text: str
    asked: Sequence[tuple[str, str]] = ()
    greeting: bool = True  # off where the text brings its own


@dataclass(frozen=True)
class ReplyFacts:
    """What an applicant has written, for the editorial office."""

    organisation: str
    call_title: str
    reference: str
    name: str
    text: str
    documents: Sequence[Received]
    desk_link: str
    language: str = "de"


ToApplicant = TypeVar("ToApplicant", ReceiptFacts, WithdrawalFacts, DecisionFacts, MessageFacts)


def receipt(facts: ReceiptFacts) -> Letter:
    """To the applicant: it has arrived, what happens next, the private link."""
    _ = translator(facts.language)
    subject = _("Your application %(reference)s has arrived") % {"reference": facts.reference}
    return letter("receipt", facts.language, subject, facts=greeted(facts), link=LINK)


def new_application(facts: NewApplicationFacts) -> Letter:
    """To the editorial office: who has applied. No stranger's words in the subject."""
    _ = translator(facts.language)
    subject = _("New application %(reference)s") % {"reference": facts.reference}
    subject += f": {', '.join(facts.regions)}"
    return letter("new_application", facts.language, subject, facts=facts)


def withdrawal(facts: WithdrawalFacts) -> Letter:
    """To the editorial office: an applicant has withdrawn."""
    _ = translator(facts.language)
    subject = _("Application %(reference)s was withdrawn") % {"reference": facts.reference}
    return letter("withdrawal", facts.language, subject, facts=facts)


def withdrawn(facts: WithdrawalFacts) -> Letter:
    """To the applicant: we know that you have withdrawn."""
    _ = translator(facts.language)
    subject = _("You have withdrawn your application %(reference)s") % {"reference": facts.reference}
    return letter("withdrawn", facts.language, subject, facts=greeted(facts))


def draft_link(facts: DraftFacts) -> Letter:
    """To whoever asked for it: the way back to a form that was begun."""
    _ = translator(facts.language)
    subject = _("The way back to your application")
    return letter("draft", facts.language, subject, name="draft_link", facts=facts, link=LINK, last=False)


def draft_reminder(facts: DraftFacts) -> Letter:
    """The same once more, before the draft is forgotten."""
    _ = translator(facts.language)
    subject = _("Your application is not sent yet")
    return letter("draft", facts.language, subject, name="draft_reminder", facts=facts, link=LINK, last=True)


def review(facts: ReviewFacts) -> Letter:
    """To an editor: a review is asked for, due tomorrow or overdue. Nothing of the applicant but the reference."""
    _ = translator(facts.language)
    subjects = {
        "asked": _("Please review application %(reference)s"),
        "soon": _("Your review of application %(reference)s is due soon"),
        "overdue": _("Your review of application %(reference)s is overdue"),
    }
    subject = subjects[facts.occasion] % {"reference": facts.reference}
    return letter("review", facts.language, subject, name=f"review_{facts.occasion}", facts=facts)


def decision_text(kind: str, facts: DecisionFacts) -> tuple[str, str]:
    """Subject and body that are proposed for a decision; the editor changes them before they go."""
    _ = translator(facts.language)
    subject = _("About your application %(reference)s") % {"reference": facts.reference}
    shown = {"kind": kind, "facts": greeted(facts), "keeping": keeping(facts.language, kept=facts.kept)}
    return subject, plain(facts.language, "decision", shown)


def built_in(kind: str, language: str) -> tuple[str, str]:
    """Subject and body of a decision as we ship them, their placeholders still standing (placeholders.py)."""
    _ = translator(language)
    subject = _("About your application %(reference)s") % {"reference": "{reference}"}
    facts = DecisionFacts(language, "{organisation}", "{call}", "{name}", "{reference}", "{questions_address}")
    return subject, plain(language, "decision", {"kind": kind, "facts": facts, "keeping": "{keeping}"})


def keeping(language: str, *, kept: bool) -> str:
    """What becomes of the details of somebody declined."""
    _ = translator(language)
    if kept:
        return _(
            "You have allowed us to keep your details. If an assignment comes up that fits you, we will write to you."
        )
    return _("We will erase your details when the period has passed that our privacy page names.")


def mentioned(language: str, *, organisation: str, who: str, reference: str, desk_link: str) -> Letter:
    """To an editor: somebody has named them in a note. Nothing of the applicant but the reference."""
    _ = translator(language)
    subject = _("You were mentioned in a note on %(reference)s") % {"reference": reference}
    shown = {"organisation": organisation, "who": harmless(who), "reference": reference, "desk_link": desk_link}
    return letter("mentioned", language, subject, **shown)


def message(facts: MessageFacts, *, subject: str = "") -> Letter:
    """To the applicant: an editor's message, what is asked for, the private link where it is answered."""
    _ = translator(facts.language)
    asking, telling = (
        _("We need something from you: application %(reference)s"),
        _("About your application %(reference)s"),
    )
    about = subject or (asking if facts.asked else telling) % {"reference": facts.reference}
    # An editor's own letter may end as ours do; ours follows, and once is enough.
    ending = f"{_('Your reference:')} {facts.reference}\n{facts.organisation}"
    facts = replace(facts, text=facts.text.replace("\r\n", "\n").strip().removesuffix(ending).strip())
    paragraphs = [linked(part) for part in re.split(r"\n\s*\n", facts.text.strip()) if part]
    return letter("message", facts.language, about, facts=greeted(facts), paragraphs=paragraphs, link=LINK)


def no_longer_asked(facts: MessageFacts) -> Letter:
    """To the applicant: what was asked for is not needed any more."""
    _ = translator(facts.language)
    subject = _("About your application %(reference)s") % {"reference": facts.reference}
    return letter("no_longer_asked", facts.language, subject, facts=greeted(facts), link=LINK)


def reply(facts: ReplyFacts) -> Letter:
    """To the editorial office: an applicant has written. No stranger's words in the subject."""
    _ = translator(facts.language)
    subject = _("New message about %(reference)s") % {"reference": facts.reference}
    return letter("reply", facts.language, subject, facts=facts)


def from_text(kind: str, language: str, *, subject: str, body: str, organisation: str) -> Letter:
    """A letter of an editor's plain text: paragraphs, web addresses as links, everything else as it was written."""
    paragraphs = [linked(part) for part in re.split(r"\n\s*\n", body.strip())]
    shown = {"body": body.strip(), "paragraphs": paragraphs, "organisation": organisation}
    return letter("plain", language, subject, name=kind, **shown)


def greeted(facts: ToApplicant) -> ToApplicant:
    """The facts with a name that is no link."""
    return replace(facts, name=harmless(facts.name))


def harmless(name: str) -> str:
    """A name that is no link: the address may be a stranger's, and we carry nobody's advertising."""
    return re.sub(r"([./:@])", r"\1 ", name) if LIKE_A_LINK.search(name) else name


def greeting(language: str, name: str) -> str:
    """How a letter to this person begins."""
    return translator(language)("Dear %(name)s,") % {"name": harmless(name)}


def linked(paragraph: str) -> Markup:
    """A paragraph as HTML."""
    parts: list[Markup] = []
    end = 0
    for found in WEB_ADDRESS.finditer(paragraph):
        parts += [escape(paragraph[end : found.start()]), Markup('<a href="{0}">{0}</a>').format(found[0])]
        end = found.end()
    parts.append(escape(paragraph[end:]))
    return Markup("").join(parts).replace("\n", Markup("<br>\n"))


def letter(template: str, language: str, subject: str, *, name: str | None = None, **context: object) -> Letter:
    """Render both parts of a letter."""
    organisation = str(context.get("organisation") or getattr(context.get("facts"), "organisation", ""))
    shown = context | {"subject": subject, "organisation": organisation}
    text = plain(language, template, shown)
    html = one_stop(INLINER.inline(environment(language).get_template(f"mail/{template}.html").render(shown)))
    return Letter(name or template, language, subject, text, html, organisation)


def plain(language: str, template: str, context: dict[str, object]) -> str:
    """The text part."""
    return tidy(text_environment(language).get_template(f"mail/{template}.txt").render(context))


_compiled = SharedCode()  # of its own: what escapes nothing is other code


@cache
def text_environment(language: str) -> Environment:
    """The templates of text parts escape nothing, since nothing in plain text is markup."""
    return environment(language).overlay(autoescape=False, bytecode_cache=_compiled)


def tidy(text: str) -> str:
    """Lines without ends of blanks, never more than one empty line."""
    lines = "\n".join(line.rstrip() for line in text.strip().splitlines())
    return one_stop(re.sub(r"\n{3,}", "\n\n", lines)) + "\n"


def one_stop(text: str) -> str:
    """One full stop where a sentence ends with CLDR's abbreviation of the word for year, in Russian and Armenian."""
    return re.sub(r"(?<=\d\s[гթ])\.\.(?!\.)", ".", text)
