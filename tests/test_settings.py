"""A wrong setting is told by its name, its value without secrets, and what is allowed."""

from pathlib import Path

import pytest

from app.settings import SettingsInvalid, load


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUFRUF_DATA_DIR", str(tmp_path))


def told(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> str:
    monkeypatch.setenv(f"AUFRUF_{name}", value)
    with pytest.raises(SettingsInvalid) as refused:
        load()
    return str(refused.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("WORKER", "sometimes"),
        ("RATE_LIMITS", "perhaps"),
        ("MAX_DOCUMENT_MB", "0"),
        ("UNDO_MINUTES", "-1"),
        ("TIMEZONE", "Moon/Crater"),
        ("BASE_URL", "example.org"),
        ("BASE_URL", "https://example.org:port"),
        ("BASE_URL", "https://example.org/below"),
        ("LEAVE_URL", "ftp://example.org"),
        ("SMTP_URL", "smtp://mail.example.org:port"),
        ("DATABASE_URL", "mysql://host/name"),
        ("STORAGE_URL", "ftp://host/folder"),
        ("MAIL_FROM", "redaktion"),
        ("MAIL_FROM", "a@example.org, b@example.org"),
        ("MAIL_FROM", "Redaktion <a@example.org>, b@example.org"),
        ("TRUSTED_PROXIES", "proxy.example.org"),
        ("TRUSTED_PROXIES", "10.0.0.1/8"),
    ],
)
def test_a_wrong_value_is_shown_with_its_name(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    said = told(monkeypatch, name, value)
    assert said.startswith(f"AUFRUF_{name} is {value!r}; allowed: ")
    assert "\n" not in said


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("SMTP_URL", "http://me:geheim@mail.example.org", "'http://***@mail.example.org'"),
        ("SMTP_URL", "smtp://me:geheim@mail.example.org", "'smtp://***@mail.example.org'"),
        ("SMTP_URL", "http://me:ge?heim@x@mail.example.org", "(hidden)"),
        ("SMTP_URL", "geheim", "(hidden)"),
        ("DATABASE_URL", "postgresql://me:geheim@host:port/name", "'postgresql://***@host:port/name'"),
        ("DATABASE_URL", "mysql:///name?password=geheim", "'mysql:///name?***'"),
        ("SECRET_KEY", "geheim", "(hidden)"),
        ("SECRET_KEY", "k" * 40 + ",geheim", "(hidden)"),
    ],
)
def test_secrets_in_it_are_not(monkeypatch: pytest.MonkeyPatch, name: str, value: str, shown: str) -> None:
    said = told(monkeypatch, name, value)
    assert said.startswith(f"AUFRUF_{name} is {shown}; allowed: ")
    assert "heim" not in said


def test_values_as_people_write_them_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "BASE_URL": "HTTPS://apply.example.org/",
        "DATABASE_URL": "postgresql:///aufruf?host=/run/postgresql&user=aufruf",
        "SMTP_URL": "smtps://me%40example.org:secret@mail.example.org:465",
        "TRUSTED_PROXIES": "127.0.0.1, 10.0.0.0/8, ::1",
        "MAIL_FROM": "Redaktion, Berlin <aufruf@localhost>",
    }.items():
        monkeypatch.setenv(f"AUFRUF_{name}", value)
    settings = load()
    assert settings.base_url == "https://apply.example.org"
    assert settings.secure
    assert settings.trusted_proxies == ["127.0.0.1", "10.0.0.0/8", "::1"]
