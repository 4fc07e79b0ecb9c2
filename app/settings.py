"""Every setting, typed, in one place: the environment, or `var/aufruf.env` (docs/administrator.md)."""

import os
import re
import secrets
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import SplitResult, urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, DotEnvSettingsSource, NoDecode, SettingsConfigDict
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

PREFIX = "AUFRUF_"
HIDDEN = "(hidden)"
WITH_PASSWORD = frozenset({"database_url", "storage_url", "smtp_url"})  # perhaps
MAILBOX = r"""[^\s<>(),;:"'\\\[\]@?]+@[^\s<>(),;:"'\\\[\]@?]+"""
ONE_ADDRESS = re.compile(rf"{MAILBOX}|[^<>@\r\n]+<{MAILBOX}>")
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


TOO_SHORT = "at least 32 characters, drawn at random; a list rotates, the first signs"


class SettingsInvalid(Exception):
    """A setting has a value that is not allowed; the message names it, shows it and says what is."""


class Settings(BaseSettings):
    """The settings of this process. Made once, at the start, by `load()`."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="ignore", frozen=True)

    data_dir: Path = Path("var")
    database_url: SecretStr = SecretStr("")
    storage_url: str = ""
    smtp_url: SecretStr | None = None
    mail_from: str | None = None
    base_url: str = "http://127.0.0.1:8000"
    secret_key: SecretStr = SecretStr("")
    trusted_proxies: Annotated[list[str], NoDecode] = Field(default_factory=list)
    worker: Literal["embedded", "separate"] = "embedded"
    max_document_mb: int = Field(20, ge=1, le=200)
    rate_limits: Literal["on", "off"] = "on"
    undo_minutes: int = Field(10, ge=0, le=1440)
    draw_pages: Literal["received", "opened"] = "received"
    timezone: str = "Europe/Berlin"
    leave_url: str = "https://{lang}.wikipedia.org/"
    rush_forms: int = Field(200, ge=0)

    @field_validator("trusted_proxies", mode="before")
    @classmethod
    def split_list(cls, value: object) -> object:
        return listed(value) if isinstance(value, str) else value

    @field_validator("trusted_proxies")
    @classmethod
    def proxies_are_addresses(cls, values: list[str]) -> list[str]:
        try:
            list(map(ip_network, values if values != ["*"] else []))
        except ValueError as error:
            raise ValueError("addresses or networks such as 127.0.0.1 or 10.0.0.0/8, with commas; * for all") from error
        return values

    @field_validator("mail_from")
    @classmethod
    def mail_from_is_one_address(cls, value: str | None) -> str | None:
        if value and not ONE_ADDRESS.fullmatch(value):
            raise ValueError("one address, such as redaktion@example.org or Redaktion <redaktion@example.org>")
        return value or None

    @field_validator("secret_key")
    @classmethod
    def keys_are_long(cls, value: SecretStr) -> SecretStr:
        if any(len(key) < 32 for key in listed(value.get_secret_value())):
            raise ValueError(TOO_SHORT)
        return value

    @field_validator("base_url")
    @classmethod
    def base_url_is_absolute(cls, value: str) -> str:
        parts = split(value)
        if parts is None or parts.scheme not in ("http", "https") or parts.path.strip("/") or set(value) & set("@?#"):
            raise ValueError("http://HOST or https://HOST, perhaps with :PORT, and nothing else")
        return f"{parts.scheme}://{parts.netloc}"

    @field_validator("leave_url")
    @classmethod
    def leave_url_is_absolute(cls, value: str) -> str:
        parts = split(value.replace("{lang}", "de"))
        if parts is None or parts.scheme not in ("http", "https") or "{" in parts.geturl():
            raise ValueError("an address that begins with http:// or https://; {lang} stands for the page's language")
        return value

    @field_validator("database_url")
    @classmethod
    def database_is_known(cls, value: SecretStr) -> SecretStr:
        url = value.get_secret_value()
        try:
            known = make_url(url).drivername in ("sqlite", "postgresql", "postgres") if url else True
        except (ArgumentError, ValueError):
            known = False
        if not known or (url.startswith("sqlite:") and not url.startswith("sqlite:///")):
            raise ValueError("sqlite:///PATH or postgresql://USER:PASSWORD@HOST:PORT/NAME")
        return value

    @field_validator("storage_url")
    @classmethod
    def storage_is_known(cls, value: str) -> str:
        if value and not value.startswith("file://"):
            raise ValueError("file:///PATH")
        return value

    @field_validator("smtp_url")
    @classmethod
    def smtp_is_known(cls, value: SecretStr | None) -> SecretStr | None:
        if value is None or not value.get_secret_value():
            return None
        parts = split(value.get_secret_value())
        if parts is None or parts.scheme not in ("smtp", "smtp+starttls", "smtps"):
            raise ValueError("smtp://HOST:PORT, smtp+starttls://USER:PASSWORD@HOST:PORT or smtps://…")
        if parts.scheme == "smtp" and parts.password and parts.hostname not in LOOPBACK:
            raise ValueError("smtp+starttls:// or smtps:// when a password goes over a network")
        return value

    @field_validator("timezone")
    @classmethod
    def timezone_is_known(cls, value: str) -> str:
        from zoneinfo import ZoneInfo

        try:
            ZoneInfo(value)
        except (KeyError, ValueError, OSError) as error:
            raise ValueError("a name of the tz database, such as Europe/Berlin") from error
        return value

    @property
    def database(self) -> str:
        """The database's address in SQLAlchemy's words."""
        url = self.database_url.get_secret_value() or f"sqlite:///{self.data_dir.absolute() / 'aufruf.db'}"
        scheme, _, rest = url.partition("://")
        return f"postgresql+psycopg://{rest}" if scheme in ("postgresql", "postgres") else url

    @property
    def storage(self) -> Path:
        """The folder that holds the documents."""
        return Path(self.storage_url.removeprefix("file://")) if self.storage_url else self.data_dir / "documents"

    @property
    def keys(self) -> list[str]:
        """The secret keys: the first signs, all verify."""
        return listed(self.secret_key.get_secret_value())

    @property
    def secure(self) -> bool:
        """Whether the public address is https, so that cookies and HSTS may say so."""
        return self.base_url.startswith("https://")

    @property
    def max_document_bytes(self) -> int:
        return self.max_document_mb * 1_000_000


def load() -> Settings:
    """The settings of the environment and of `aufruf.env`; the secret key is made on first use.

    Raises SettingsInvalid, one line per wrong setting.
    """
    data_dir = Path(os.environ.get(f"{PREFIX}DATA_DIR") or "var")
    try:
        settings = Settings(_env_file=data_dir / "aufruf.env", data_dir=data_dir)
    except ValidationError as error:
        raise SettingsInvalid("\n".join(explain(dict(item)) for item in error.errors())) from None
    return settings if settings.keys else settings.model_copy(update={"secret_key": stored_key(settings.data_dir)})


def without_effect(data_dir: Path) -> list[str]:
    """Names of the environment and of `aufruf.env` that begin like settings and are none of this version's."""
    given = {*os.environ, *DotEnvSettingsSource(Settings, env_file=data_dir / "aufruf.env").env_vars}
    known = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields}
    return sorted(name for name in map(str.upper, given) if name.startswith(PREFIX) and name not in known)


def explain(error: dict[str, object]) -> str:
    """One wrong setting in one line: its name, its value (secrets hidden), what is allowed."""
    location = error["loc"]
    name = str(location[0]) if isinstance(location, tuple) else str(location)
    value = str(error["input"])
    shown = without_secrets(value) if name in WITH_PASSWORD else HIDDEN if name == "secret_key" else repr(value)
    allowed = str(error["msg"]).removeprefix("Value error, ")
    return f"{PREFIX}{name.upper()} is {shown}; allowed: {allowed}"


def without_secrets(address: str) -> str:
    """An address without what may be a secret in it: what stands before its host, and its query."""
    start, slashes, rest = address.partition("://")
    if not slashes or "@" in rest.partition("?")[2]:  # then nobody can tell where a password ends
        return HIDDEN
    _before, at, place = rest.rpartition("@")
    place, question, _ = place.partition("?")
    return repr(f"{start}://{at and '***@'}{place}{question and '?***'}")


def split(address: str) -> SplitResult | None:
    """The parts of an address with a host; None when it is none, or its port is no number."""
    try:
        parts = urlsplit(address)
        fits = bool(parts.hostname) and not re.search(r"\s", address) and parts.port != 0
    except ValueError:
        return None
    return parts if fits else None


def listed(value: str) -> list[str]:
    return [item.strip() for item in value.split(",") if item.strip()]


def stored_key(data_dir: Path) -> SecretStr:
    """The key kept in `secret.key`, made there (mode 0600) when it is missing."""
    path = data_dir / "secret.key"
    data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return read_key(path)
    with os.fdopen(descriptor, "w") as file:
        file.write(secrets.token_urlsafe(48) + "\n")
        file.flush()
        os.fsync(file.fileno())
    return read_key(path)


def read_key(path: Path) -> SecretStr:
    key = path.read_text().strip()
    if len(key) < 32:
        raise SettingsInvalid(f"{path} holds no usable key; remove it to have a new one made")
    return SecretStr(key)
