"""The form: what was typed, checked against the call. Never a table model."""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import get_args
from urllib.parse import urlsplit

from babel import Locale
from email_validator import EmailNotValidError, validate_email

from app.applications import guarding
from app.calls.definition import CallDefinition, OptionalField
from app.web.languages import LANGUAGES

# Which text of the privacy page somebody agreed to. It stays while nothing is released: nobody has agreed to an earlier
# text under this name. From the first release on it changes whenever that page does.
PRIVACY_VERSION = "2026-11"

NAME_LENGTH = 200
ABOUT_LENGTH = 2000
SAFE_CONTACT_LENGTH = 500
LINK_LENGTH = 500
MAX_LINKS = 5
BARE_ADDRESS = re.compile(r"^[^\s/:@?#.]+(\.[^\s/:@?#.]+)+\.?(:\d{1,5})?([/?#]|$)")  # a host's name, and what follows
LANGUAGE_CODE = re.compile(r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$")
ONCE = (
    *("draft", "step", "name", "latin_name", "pen_name", "email", "safe_contact", "country", "about"),
    *("consent", "keep", *guarding.FIELDS),
)
OFTEN = {"regions": 10, "languages": 40, "topics": 40, "links": 10}
YES = frozenset({"yes", "on", "true", "1"})  # what ticked boxes send; anything else is no consent

Translate = Callable[[str], str]


@dataclass(frozen=True)
class FieldError:
    """What is wrong with one field, in the page's language."""

    field_id: str
    message: str


@dataclass
class ApplicationForm:
    """The fields as they were typed, to be shown again; after `check` without errors also fit to be kept."""

    name: str = ""
    latin_name: str = ""
    pen_name: str = ""
    email: str = ""
    safe_contact: str = ""
    country: str = ""
    regions: list[str] = field(default_factory=list)
    languages: list[str] = field(default_factory=list)
    topics: list[str] = field(default_factory=list)
    about: str = ""
    links: list[str] = field(default_factory=list)
    consent: bool = False
    keep: bool = False
    answers: dict[str, str] = field(default_factory=dict)


def expected_fields(call: CallDefinition) -> dict[str, int]:
    """Every field this call's form may send, with how often."""
    every = dict.fromkeys(ONCE, 1) | OFTEN | {f"q_{question.key}": 1 for question in call.questions}
    dropped = set(get_args(OptionalField)) - set(call.optional_fields)
    return {name: often for name, often in every.items() if name not in dropped}


def parse(fields: Mapping[str, Sequence[str]], call: CallDefinition) -> ApplicationForm:
    """The form as it was typed: ends trimmed, empty and repeated choices dropped."""

    def one(name: str) -> str:
        return unicodedata.normalize("NFC", next(iter(fields.get(name, ())), "")).strip()

    def many(name: str) -> list[str]:
        return list(dict.fromkeys(value.strip() for value in fields.get(name, ()) if value.strip()))

    return ApplicationForm(
        # A name is kept to the byte as its owner writes it.
        name=next(iter(fields.get("name", ())), "").strip(),
        latin_name=one("latin_name"),
        pen_name=one("pen_name"),
        email=one("email"),
        safe_contact=one_line_ends(one("safe_contact")),
        country=one("country").upper(),
        regions=many("regions"),
        languages=list(dict.fromkeys(map(written, many("languages")))),
        topics=many("topics"),
        about=one("about"),
        links=[completed(link) for link in many("links")],
        consent=one("consent").lower() in YES,
        keep=one("keep").lower() in YES,
        answers={question.key: one(f"q_{question.key}") for question in call.questions},
    )


def written(code: str) -> str:
    """A language's code as it is commonly written, zh-Hant-TW: case means nothing in it (RFC 5646, 2.1.1)."""
    first, *others = code.split("-")
    cases = {2: str.upper, 4: str.title}
    return "-".join([first.lower(), *(cases.get(len(part), str.lower)(part) for part in others)])


def completed(link: str) -> str:
    """An address as people say it, with the https:// that belongs in front of it."""
    return f"https://{link}" if BARE_ADDRESS.match(link) else link


def one_line_ends(text: str) -> str:
    """A text as its writer counts it: browsers send two signs for each line's end."""
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n")).strip()


def check(form: ApplicationForm, call: CallDefinition, _: Translate) -> list[FieldError]:
    """What is missing or wrong, in the order of the page; empty when the form is complete."""
    found: list[FieldError] = []

    def wrong(field_id: str, message: str) -> None:
        found.append(FieldError(field_id, message))

    if not any(unicodedata.category(char)[0] in "LNPS" for char in form.name):
        wrong("name", _("Write your name"))  # signs that nobody sees are none
    elif len(form.name) > NAME_LENGTH or "\n" in form.name:
        wrong("name", _("The name is too long: at most 200 characters, on one line"))
    elif "=?" in form.name:
        wrong("name", _("The name holds signs that a mail program could misread: leave out “=?”"))
    for field_id, other_name in (("latin_name", form.latin_name), ("pen_name", form.pen_name)):
        if len(other_name) > NAME_LENGTH or "\n" in other_name or "=?" in other_name:
            wrong(field_id, _("The name is too long: at most 200 characters, on one line"))
    if not form.email:
        wrong("email", _("Write your e-mail address, so that we can answer"))
    elif not email_key(form.email):
        wrong("email", _("This e-mail address does not look right: it should be like name@example.org"))
    if len(form.safe_contact) > SAFE_CONTACT_LENGTH:
        wrong("safe_contact", _("How to reach you safely is too long: at most 500 characters"))
    if form.country and form.country not in countries():
        wrong("country", _("Choose a country from the list"))
    for problem in choices(form, call, _):
        found.append(problem)
    if len(form.about) > ABOUT_LENGTH:
        wrong("about", _("The text about you is too long: at most 2,000 characters"))
    if len(form.links) > MAX_LINKS:
        wrong("links", _("Write at most five addresses"))
    for number, link in enumerate(form.links, 1):
        if not is_web_address(link):
            said = _("Link %(number)s is not a web address: write it like https://example.org/text")
            wrong(f"links-{number}", said % {"number": number})
    for question in call.questions:
        if question.required and not form.answers.get(question.key):
            wrong(f"q_{question.key}", _("Answer this question"))
        elif len(form.answers.get(question.key, "")) > ABOUT_LENGTH:
            wrong(f"q_{question.key}", _("The answer is too long: at most 2,000 characters"))
    if not form.consent:
        wrong("consent", _("Confirm that you have read how we treat your data"))
    return found


def choices(form: ApplicationForm, call: CallDefinition, _: Translate) -> list[FieldError]:
    """What is wrong with regions, languages and topics."""
    found = []
    if not form.regions:
        found.append(FieldError("regions", _("Choose at least one region")))
    elif not set(form.regions) <= {region.key for region in call.regions}:
        found.append(FieldError("regions", _("Choose regions from the list")))
    if not form.languages:
        found.append(FieldError("languages", _("Choose at least one language that you write in")))
    elif not all(LANGUAGE_CODE.match(code) and len(code) <= 20 for code in form.languages):
        found.append(FieldError("languages", _("Choose languages from the list")))
    if not set(form.topics) <= {topic.key for topic in call.topics}:
        found.append(FieldError("topics", _("Choose topics from the list")))
    return found


def email_key(address: str) -> str | None:
    """An address in the one spelling by which a person is found again; None when it is no address."""
    if "=?" in address or len(address) > 254:
        return None
    try:
        checked = validate_email(address, check_deliverability=False, allow_quoted_local=False, test_environment=True)
    except EmailNotValidError:
        return None
    return checked.normalized.casefold()


def is_web_address(link: str) -> bool:
    """Whether a link is http(s), has a host, and nothing that hides where it leads."""
    if len(link) > LINK_LENGTH or any(char.isspace() or unicodedata.category(char)[0] == "C" for char in link):
        return False
    try:
        parts = urlsplit(link)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and "@" not in parts.netloc
    except ValueError:
        return False


@cache
def countries() -> frozenset[str]:
    """The codes of ISO 3166-1 alpha-2 that CLDR has names for in every language of ours."""
    codes = set.intersection(*({str(code) for code in Locale(language).territories} for language in LANGUAGES))
    return frozenset(code for code in codes if len(code) == 2 and code.isalpha()) - NOT_COUNTRIES


# What CLDR names beside them: groups, what is made up, and islands that only post or customs set apart.
NOT_COUNTRIES = frozenset({"EU", "EZ", "UN", "QO", "XA", "XB", "ZZ", "AC", "CP", "CQ", "DG", "EA", "IC", "TA"})
