"""What the desk's account pages take: bounded text on one line, nothing unknown, nothing twice (S18)."""

from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from app.accounts.models import Role
from app.web.forgery import SAFE
from app.web.languages import LANGUAGES


def one_line(text: str) -> str:
    """Refuse control characters: the databases differ on NUL, and no form of ours sends the others."""
    if any(ord(sign) < 32 or 127 <= ord(sign) < 160 for sign in text):
        raise ValueError("no control characters")
    return text


def known_language(code: str) -> str:
    if code not in LANGUAGES:
        raise ValueError("one of the site's languages")
    return code


# Wider than what is allowed, so that a text somewhat too long is answered beside its field.
Text = Annotated[str, Field(max_length=500), AfterValidator(one_line)]
Password = Annotated[str, Field(max_length=1000), AfterValidator(one_line)]
Language = Annotated[str, Field(max_length=8), AfterValidator(known_language)]


class AccountForm(BaseModel):
    """What every form here sends: a token for browsers that do not say where a request comes from."""

    model_config = ConfigDict(extra="forbid")

    csrf: str = Field("", max_length=200)


class LoginForm(AccountForm):
    email: Text = ""
    password: Password = ""
    next: str = Field("", max_length=2000)


class WelcomeForm(AccountForm):
    email: Text = ""
    name: Text = ""
    password: Password = ""


class ProfileForm(AccountForm):
    name: Text = ""
    language: Language
    keys: Literal["yes", ""] = ""


class PasswordForm(AccountForm):
    current_password: Password = ""
    new_password: Password = ""


class PersonForm(AccountForm):
    email: Text = ""
    name: Text = ""
    role: Role = Role.READER


class RoleForm(AccountForm):
    role: Role


@dataclass(frozen=True)
class FieldError:
    """What is wrong with one field, in the page's language."""

    field_id: str
    message: str


async def sent_once(request: Request) -> None:
    """Raises RequestValidationError when a field came twice: "the last one wins" would be a guess."""
    if request.method in SAFE:
        return
    names = [name for name, _ in (await request.form()).multi_items()]
    if len(names) != len(set(names)):
        raise RequestValidationError(
            [{"type": "doubled", "loc": ("body",), "msg": "a field came twice", "input": None}]
        )
