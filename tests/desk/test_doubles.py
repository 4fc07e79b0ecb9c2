"""Likely doubles: found with their reasons, merged, split, kept apart for good, forgotten (issue: people)."""

from dataclasses import replace

import sqlalchemy as sa
from sqlmodel import Session, select

from app.accounts import editors
from app.accounts.models import Role
from app.accounts.sessions import CurrentEditor
from app.applications.models import Applicant, Application
from app.calls.models import Call
from app.database import transaction, utcnow
from app.desk import deciding, doubles, people, persons
from app.desk.people_models import Likeness, LikenessState, Trait
from app.privacy.erasure import erase
from tests.desk.inventing import call, invent

TEXT = " ".join(
    f"On day {number} the bus to the {place} valley left {number + 3} minutes late and nobody in town was surprised."
    for number, place in enumerate(["upper", "lower", "green", "dry", "long", "quiet", "second", "stony"] * 3)
)


def editor(session: Session, role: Role = Role.EDITOR) -> CurrentEditor:
    made = editors.add(session, email="e@example.org", name="Nino Beridze", role=role)
    session.flush()
    return CurrentEditor(
        id=made.id,
        name=made.name,
        email=made.email,
        role=role,
        language="en",
        keys=True,
        session_id=made.id,
        csrf="",
        seen_at=utcnow(),
    )


def reasons(one: Application, other: Application) -> dict[str, int] | None:
    with transaction() as session:
        pair = next(iter(persons.between(session, [one.id], [other.id])), None)
        return pair.reasons if pair else None


def find(*applications: Application) -> None:
    for each in applications:
        doubles.find(str(each.id))


def test_each_reason_is_found_and_strangers_are_left_alone(database: str) -> None:
    with transaction() as session:
        found = call(session)
        nino = invent(session, found, name="ნინო ბერიძე", email="nino.b@gmail.com", texts=("the very same", TEXT))
        tagged = invent(session, found, name="Maia A", email="ninob+press@googlemail.com")
        script = invent(session, found, name="Нино Беридзе", email="other1@example.org")
        near = invent(session, found, name="Nino Beritze", email="other2@example.org")
        far = invent(session, found, name="Nino Beritze", email="other3@example.org", regions=("armenia",))
        same = invent(session, found, name="Levan K", email="other4@example.org", texts=("the very same",))
        text = invent(session, found, name="Anna W", email="o5@example.org", texts=(TEXT.replace("day 4", "day four"),))
        alone = invent(session, found, name="Zurab Ch", email="other6@example.org", texts=(TEXT[:200],))
    find(tagged, script, near, far, same, text, alone, nino)
    assert reasons(nino, tagged) == {"address": 100}
    assert reasons(nino, script) == {"name": 100}
    assert list(reasons(nino, near) or ()) == ["near_name"]
    assert reasons(nino, far) is None
    assert reasons(nino, same) == {"document": 100}
    assert list(reasons(nino, text) or ()) == ["text"]
    assert (reasons(nino, text) or {})["text"] >= 85
    assert reasons(nino, alone) is None


def test_finding_again_keeps_what_editors_said_and_drops_what_no_longer_holds(database: str) -> None:
    with transaction() as session:
        found = call(session)
        by = editor(session)
        one = invent(session, found, email="a@example.org")
        other = invent(session, found, email="b@example.org")
        third = invent(session, found, email="c@example.org")
    find(one, other, third)
    with transaction() as session:
        people.keep_apart(session, one, reference=other.reference, by=by, version=one.version)
        session.get_one(Application, third.id).name = "Somebody Altogetherdifferent"
    find(third, one)
    with transaction() as session:
        states = {pair.state for pair in session.exec(select(Likeness))}
        pairs = {(pair.first_id, pair.second_id): pair.state for pair in session.exec(select(Likeness))}
    assert pairs.get((one.id, other.id)) is LikenessState.APART
    assert (one.id, third.id) not in pairs
    assert states <= {LikenessState.APART, LikenessState.OPEN}


def test_what_a_crowd_shares_makes_nobody_a_double(database: str) -> None:
    with transaction() as session:
        found = call(session)
        crowd = [invent(session, found, email=f"p{number}@example.org") for number in range(doubles.CROWD + 3)]
    find(*crowd)
    with transaction() as session:
        last = persons.pairs(session, [crowd[-1].id])
    assert last == []


def test_two_become_one_person_and_two_again_and_then_stay_two(database: str) -> None:
    with transaction() as session:
        found = call(session)
        by = editor(session)
        one = invent(session, found, email="nino@example.org")
        other = invent(session, found, email="nino+x@example.org")
    find(one, other)
    with transaction() as session:
        assert [each.reference for each in people.shown(session, one, by).likely] == [other.reference]
        people.merge(session, one, reference=other.reference, by=by, version=one.version)
    with transaction() as session:
        one, other = session.get_one(Application, one.id), session.get_one(Application, other.id)
        shown = people.shown(session, other, by)
        assert [(each.reference, each.joined) for each in shown.mine] == [(one.reference, True)]
        assert shown.likely == []
        assert one.status == other.status == "received"
        # Whoever applies again by either address is this person.
        third = invent(session, found, email="nino+x@example.org")
        assert {each.reference for each in people.shown(session, third, by).mine} == {one.reference, other.reference}
    with transaction() as session:
        people.split(
            session, session.get_one(Application, one.id), reference=other.reference, by=by, version=one.version
        )
    find(third, one, other)
    with transaction() as session:
        one = session.get_one(Application, one.id)
        shown = people.shown(session, one, by)
        assert shown.mine == shown.likely == []
        assert len(shown.apart) == 1
        assert session.exec(select(Applicant.id).where(Applicant.same_as != None)).all() == []  # noqa: E711


def test_kept_apart_holds_for_every_later_application_of_either(database: str) -> None:
    with transaction() as session:
        found = call(session)
        by = editor(session)
        one = invent(session, found, email="a@example.org")
        other = invent(session, found, email="b@example.org")
    find(one, other)
    with transaction() as session:
        people.keep_apart(session, one, reference=other.reference, by=by, version=one.version)
        later = invent(session, found, email="b@example.org")
    find(later)
    with transaction() as session:
        assert people.shown(session, later, by).likely == []
        assert persons.between(session, [later.id], [one.id]) == []


def test_three_addresses_are_one_person_and_survive_the_oldest(database: str) -> None:
    with transaction() as session:
        found = call(session)
        by = editor(session)
        three = [invent(session, found, email=f"{letter}@example.org") for letter in "abc"]
        people.merge(session, three[1], reference=three[2].reference, by=by, version=1)
        people.merge(session, three[2], reference=three[0].reference, by=by, version=1)
    with transaction() as session:
        heads = {persons.root(session, each.applicant_id) for each in three}
        assert heads == {three[0].applicant_id}
        erase(session, session.get_one(Application, three[0].id))
    with transaction() as session:
        assert {persons.root(session, each.applicant_id) for each in three[1:]} == {three[1].applicant_id}
        assert len(people.shown(session, session.get_one(Application, three[1].id), by).mine) == 1


def test_p3_erasing_one_leaves_nothing_of_it_with_the_other(database: str) -> None:
    with transaction() as session:
        found = call(session)
        by = editor(session)
        one = invent(session, found, email="a@example.org", texts=(TEXT,))
        other = invent(session, found, email="b@example.org", texts=(TEXT,))
    find(one, other)
    with transaction() as session:
        people.merge(session, one, reference=other.reference, by=by, version=1)
        erase(session, session.get_one(Application, one.id))
    with transaction() as session:
        for table in ("trait", "text_signature", "likeness", "applicant", "event"):
            rows = str(session.connection().execute(sa.text(f"SELECT * FROM {table}")).all())
            for trace in (one.reference, one.id.hex, str(one.id), one.applicant_id.hex, str(one.applicant_id)):
                assert trace not in rows, f"{trace} in {table}"
        assert session.exec(select(Trait)).first() is not None


def test_n7_who_says_something_about_an_older_version_is_told(database: str) -> None:
    with transaction() as session:
        found = call(session)
        by = editor(session)
        one, other = (invent(session, found, email=f"{letter}@example.org") for letter in "ab")
        people.keep_apart(session, one, reference=other.reference, by=by, version=1)
        try:
            people.merge(session, one, reference=other.reference, by=by, version=1)
        except deciding.StaleVersion:
            return
    raise AssertionError("the second was not told")


def test_applications_from_before_are_compared_in_time(database: str) -> None:
    with transaction() as session:
        found = call(session)
        for letter in "ab":
            invent(session, found, email=f"{letter}@example.org")
    doubles.catch_up("all")
    with transaction() as session:
        assert len(session.exec(select(Likeness)).all()) == 1
        assert doubles.uncompared(session, limit=1) == []


def test_what_is_reviewed_blind_is_nobody_s_double_for_the_blind(database: str) -> None:
    with transaction() as session:
        found = call(session)
        by = editor(session)
        row = session.exec(select(Call)).one()
        row.content = row.content | {"blind_reviews": True}
        one, other = (invent(session, found, email=f"{letter}@example.org") for letter in "ab")
        one.revealed_at = utcnow()
    find(one, other)
    with transaction() as session:
        assert people.shown(session, one, by).likely == []
        assert len(people.shown(session, one, replace(by, role=Role.ADMIN)).likely) == 1
        for act in (people.merge, people.keep_apart, people.split):
            try:
                act(session, one, reference=other.reference, by=by, version=1)
            except people.NoSuchApplication:
                continue
            raise AssertionError(f"{act.__name__} tells whose application it is")
