"""S2: a private link on its way is readable to its recipient alone."""

import pytest

from app.mail.sealing import seal, unseal

OLD, NEW, OTHER = ("o" * 40, "n" * 40, "x" * 40)


def test_a_sealed_link_shows_nothing_and_is_never_the_same_twice() -> None:
    assert "applications" not in seal("/de/applications/secret", [NEW])
    assert seal("link", [NEW]) != seal("link", [NEW])


def test_a_new_key_in_front_still_opens_what_the_old_one_sealed() -> None:
    sealed = seal("link", [OLD])
    assert unseal(sealed, [NEW, OLD]) == "link"
    assert unseal(seal("link", [NEW, OLD]), [OLD]) is None


def test_what_no_key_of_ours_sealed_stays_shut() -> None:
    sealed = seal("link", [NEW])
    assert unseal(sealed, [OTHER]) is None
    assert unseal(sealed[:-5] + "AAAA=", [NEW]) is None
    assert unseal("", [NEW]) is None


def test_without_a_key_nothing_is_sealed() -> None:
    with pytest.raises(ValueError, match="at least one"):
        seal("link", [])
