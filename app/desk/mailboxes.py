"""One spelling for addresses that lead to the same mailbox.

Only what a provider documents is taken as the same; for a domain that is not listed nothing but the tag after + goes
(RFC 5233). It is proposed to editors, never acted upon: the person is found again by the address as it was written.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Provider:
    """The domains under which a mailbox is the same, which signs in its name do not count, which are one sign."""

    domains: tuple[str, ...]
    without: str = ""
    same: tuple[str, str] = ("", "")


PROVIDERS = (
    Provider(("gmail.com", "googlemail.com"), without="."),
    Provider(("proton.me", "protonmail.com", "pm.me"), without=".-_"),
    Provider(("icloud.com", "me.com", "mac.com")),
    # A dot in the name may be written as a hyphen.
    Provider(("yandex.ru", "yandex.com", "yandex.by", "yandex.kz", "yandex.ua", "ya.ru"), same=(".", "-")),
)
BY_DOMAIN = {domain: provider for provider in PROVIDERS for domain in provider.domains}


def mailbox(address: str) -> str:
    """The mailbox that an address leads to; `address` in the spelling of form.email_key."""
    local, _, domain = address.rpartition("@")
    local = local[:1] + local[1:].partition("+")[0]
    provider = BY_DOMAIN.get(domain)
    if provider is None:
        return f"{local}@{domain}"
    bare = local.translate(str.maketrans("", "", provider.without)) or local
    old, new = provider.same
    return f"{bare.replace(old, new) if old else bare}@{provider.domains[0]}"
