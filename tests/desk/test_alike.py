"""What makes two applications alike: addresses, names in any script, texts. Nothing here needs a database."""

import pytest

from app.desk import minhash, namesakes
from app.desk.mailboxes import mailbox

SENTENCES = [
    f"On day {number} the bus to the {place} valley left {number + 3} minutes late and nobody in town was surprised."
    for number, place in enumerate(["upper", "lower", "green", "dry", "long", "quiet", "second", "stony"] * 4)
]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("nino.beridze@gmail.com", "ninoberidze+press@googlemail.com"),
        ("n-beridze@proton.me", "nberidze@pm.me"),
        ("nino@icloud.com", "nino+x@me.com"),
        ("a.b@yandex.ru", "a-b@ya.ru"),
        ("nino+articles@example.org", "nino@example.org"),
    ],
)
def test_addresses_that_lead_to_one_mailbox_are_one(one: str, other: str) -> None:
    assert mailbox(one) == mailbox(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("nino.beridze@example.org", "ninoberidze@example.org"),  # dots count where nobody said otherwise
        ("nino.b@outlook.com", "ninob@outlook.com"),
        ("nino@mail.ru", "nino@bk.ru"),
        ("+nino@example.org", "+levan@example.org"),
        ("a.b@icloud.com", "ab@icloud.com"),
    ],
)
def test_addresses_of_two_mailboxes_stay_two(one: str, other: str) -> None:
    assert mailbox(one) != mailbox(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ნინო ბერიძე", "Nino Beridze"),
        ("Нино Беридзе", "ნინო ბერიძე"),
        ("Beridze Nino", "Nino BERIDZE"),
    ],
)
def test_a_name_is_the_same_in_every_script_and_order(one: str, other: str) -> None:
    assert namesakes.keys(one) & namesakes.keys(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Zalina Muratovna Dzugaeva", "Залина Дзугаева"),
        ("Shushan Tsaturyan", "Schuschan Tzaturjan"),
        ("Tigran Petrosjan", "Տիգրան Պետրոսյան"),
        ("Magomed Khuchbarov", "Magomed Khuchbrov"),
    ],
)
def test_near_names_meet_and_are_near(one: str, other: str) -> None:
    first, second = namesakes.keys(one), namesakes.keys(other)
    assert namesakes.nearness(first, second) >= namesakes.NEAR
    assert {part for key in first for part in namesakes.parts(key)} & {
        part for key in second for part in namesakes.parts(key)
    }


@pytest.mark.parametrize(
    ("one", "other"), [("Nino Beridze", "Levan Beridze"), ("Nino", "Nino Beridze"), ("Anna Weiß", "Anna Schwarz")]
)
def test_other_people_are_not_near(one: str, other: str) -> None:
    assert namesakes.nearness(namesakes.keys(one), namesakes.keys(other)) < namesakes.NEAR


def test_a_text_with_small_changes_is_alike_and_shares_a_band() -> None:
    text = " ".join(SENTENCES)
    changed = text.replace("day 5", "day fifty").replace("Nobody", "Somebody") + " A last line was added."
    first, second = minhash.signature(text), minhash.signature(changed)
    assert minhash.resemblance(first, second) > 0.85
    assert set(minhash.bands(first)) & set(minhash.bands(second))


def test_the_estimate_is_near_the_true_share_of_phrases() -> None:
    one, other = " ".join(SENTENCES[:24]), " ".join(SENTENCES[8:])
    first, second = minhash.phrases_of(one), minhash.phrases_of(other)
    true = len(first & second) / len(first | second)
    assert abs(minhash.resemblance(minhash.signature(one), minhash.signature(other)) - true) < 0.15


def test_other_texts_and_short_ones_are_not_alike() -> None:
    other = " ".join(f"Sentence {n} tells of {n * 7} different apples and {n * n} pears." for n in range(40))
    assert minhash.resemblance(minhash.signature(" ".join(SENTENCES)), minhash.signature(other)) < 0.1
    assert minhash.signature("Two words") == b""
    assert minhash.bands(b"") == []


def test_signatures_are_the_same_in_every_process() -> None:
    assert minhash.number("a0") == 7400580579504800232
