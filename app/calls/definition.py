"""What a call's file says: read from TOML and checked whole, complete in all six languages or refused."""

import re
import tomllib
from collections.abc import Collection
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, get_args
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    EmailStr,
    Field,
    StringConstraints,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_core import ErrorDetails

from app.documents.kinds import ASKED_FOR, Kind
from app.web.languages import LANGUAGES

OptionalField = Literal["latin_name", "pen_name", "safe_contact", "country", "topics", "about", "links", "keep"]
KEY = r"^[a-z][a-z0-9_-]{0,39}$"
LANGUAGE_TAG = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")  # the part of BCP 47 that people write in


class CallInvalid(Exception):
    """A call's file is not one; the message names file, key and what is allowed."""


def same_languages(found: Collection[str]) -> None:
    """Raises ValueError unless these are the six languages, naming each that is missing or not one of them."""
    missing = [language for language in LANGUAGES if language not in found]
    unknown = [language for language in found if language not in LANGUAGES]
    wrong = [("missing", missing), ("not one of them", unknown)]
    if told := [f"{what}: {', '.join(languages)}" for what, languages in wrong if languages]:
        raise ValueError(f"a text in each of {', '.join(LANGUAGES)}; {'; '.join(told)}")


def in_every_language(texts: dict[str, str]) -> dict[str, str]:
    same_languages(texts)
    return texts


def distinct(values: list[str]) -> None:
    twice = sorted({value for value in values if values.count(value) > 1})
    if twice:
        raise ValueError(f"each only once; twice here: {', '.join(twice)}")


Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Texts = Annotated[dict[str, Line], AfterValidator(in_every_language)]


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Choice(Part):
    """A region or topic: its key, and its name in each language."""

    key: str = Field(pattern=KEY)
    names: Texts


class WantedDocument(Part):
    kind: Kind
    label: Texts
    hint: Texts


class Question(Part):
    """A question of the newsroom's own; its field is `q_<key>`."""

    key: str = Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")
    required: bool = False
    kind: Literal["text", "long"] = "text"
    label: Texts
    hint: Texts


class Criterion(Part):
    """What reviewers score: its key, its name and perhaps a hint in each language, and how much it weighs."""

    key: str = Field(pattern=KEY)
    names: Texts
    hint: Texts | None = None
    weight: float = Field(1, gt=0, le=100)


class CallText(Part):
    """The call in one language."""

    title: Line = Field(max_length=200)
    summary: Line = Field(max_length=300)
    lead: Line
    sought: list[Line] = Field(min_length=1)
    offered: list[Line] = Field(min_length=1)
    wanted: list[Line] = Field(min_length=1)
    next_steps: list[Line] = Field(min_length=1)
    closing: Line


class CallDefinition(Part):
    """A call: dates, addresses, what may be chosen, what is asked for, and its text in six languages."""

    slug: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,79}$")
    organisation: Line = Field(max_length=100)
    organisation_url: str | None = Field(None, pattern=r"^https?://[^\s/]+")
    reference_prefix: str = Field(pattern=r"^[A-Z]{2,6}$")
    opens_on: date
    closes_on: date | None = None  # none: open until further notice
    remote: bool = True
    timezone: str = "Europe/Berlin"
    editorial_address: EmailStr
    questions_address: EmailStr
    answer_within_weeks: int = Field(4, ge=1, le=52)
    retention_months: int = Field(6, ge=1, le=120)
    max_document_mb: int | None = Field(None, ge=1, le=200)
    languages_offered: list[str] = Field(min_length=1)
    optional_fields: list[OptionalField] = list(get_args(OptionalField))
    regions: list[Choice] = Field(min_length=1)
    topics: list[Choice] = []
    documents: list[WantedDocument] = Field(min_length=1)
    questions: list[Question] = []
    criteria: list[Criterion] = []
    scale: int = Field(5, ge=2, le=10)  # scores go from 1 to this
    reviews_wanted: int = Field(2, ge=1, le=20)
    independent_reviews: bool = True  # nobody sees the others' scores before giving their own
    blind_reviews: bool = False  # who is no administrator sees neither names nor contacts
    texts: dict[str, CallText]

    @field_validator("texts")
    @classmethod
    def texts_are_complete(cls, texts: dict[str, CallText]) -> dict[str, CallText]:
        same_languages(texts)
        return texts

    @field_validator("languages_offered")
    @classmethod
    def languages_are_tags(cls, codes: list[str]) -> list[str]:
        distinct(codes)
        if wrong := [code for code in codes if not LANGUAGE_TAG.fullmatch(code)]:
            raise ValueError(f"language tags such as ka or hyw (BCP 47); not one: {', '.join(wrong)}")
        return codes

    @field_validator("regions", "topics", "questions", "criteria")
    @classmethod
    def keys_are_distinct(
        cls, items: list[Choice] | list[Question] | list[Criterion]
    ) -> list[Choice] | list[Question] | list[Criterion]:
        distinct([item.key for item in items])
        return items

    @field_validator("documents")
    @classmethod
    def kinds_are_distinct(cls, documents: list[WantedDocument]) -> list[WantedDocument]:
        distinct([document.kind for document in documents])
        if wrong := [document.kind for document in documents if document.kind not in ASKED_FOR]:
            raise ValueError(f"{', '.join(ASKED_FOR)}; not {', '.join(wrong)}")
        return documents

    @model_validator(mode="after")
    def closes_after_it_opens(self) -> "CallDefinition":
        if self.closes_on and self.closes_on < self.opens_on:
            raise ValueError(f"closes_on: a day not before opens_on, {self.opens_on}")
        return self

    @field_validator("timezone")
    @classmethod
    def timezone_is_known(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (KeyError, ValueError, OSError) as error:
            raise ValueError("a name of the tz database, such as Europe/Berlin") from error
        return value

    def text(self, language: str) -> CallText:
        """The call in one of the six languages."""
        return self.texts[language]

    def document(self, kind: Kind) -> WantedDocument:
        """What the call says about a kind of document. Raises LookupError for one it does not ask for."""
        found = [each for each in self.documents if each.kind == kind]
        if not found:
            raise LookupError(f"{self.slug} asks for no {kind}")
        return found[0]


def load(path: Path) -> CallDefinition:
    """Read a call's file. Raises CallInvalid: one line that names the file, the key and what is allowed there."""
    content: dict[str, Any] = {}
    try:
        content = tomllib.loads(path.read_text("utf-8-sig"))  # some editors put a byte order mark first
        return CallDefinition.model_validate(content)
    except OSError as error:
        raise CallInvalid(f"{path} cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CallInvalid(f"{path} is not TOML in UTF-8: {error}") from error
    except ValidationError as error:
        first, *others = error.errors()
        more = f" (and {len(others)} more)" if others else ""
        raise CallInvalid(f"{path}: {explain(first, content)}{more}") from error


def explain(error: ErrorDetails, content: dict[str, Any]) -> str:
    """One fault: where it is, and what is allowed there."""
    where = place(error["loc"], content)
    if error["type"] == "missing":
        return f"{where} is missing"
    if error["type"] == "extra_forbidden":
        return f"{where} is not a key of a call"
    message = error["msg"].removeprefix("Value error, ")
    return f"{where}: allowed: {message}" if where else message


def place(location: tuple[int | str, ...], content: Any) -> str:
    """`topics.energy.names.ka`: an item of a list by its key where it has one: nobody counts tables."""
    names = []
    for step in location:
        content = content[step] if isinstance(step, int) else content.get(step) if isinstance(content, dict) else None
        keyed = isinstance(step, int) and isinstance(content, dict)
        names.append(str(content.get("key") or content.get("kind") or step) if keyed else str(step))
    return ".".join(names)
