"""Blind reviewing: no column that tells of a person is forgotten when an application is veiled."""

from app.applications.models import Application, Message
from app.applications.thread import Conversation, Item
from app.calls.definition import load
from app.desk import blinding
from tests.calls.test_definition import SHIPPED

# What blind reviewers may see. A new column goes here, or into blinding.HIDDEN and what veiled() takes away.
SHOWN = {
    *("id", "reference", "draft_id", "call_id", "applicant_id", "secret_hash"),
    *("status", "status_since", "version", "assignee_id", "received_at", "changed_at", "ended_at"),
    *("turn", "turn_reason", "turn_since", "due_at", "overdue", "active_at", "read_at"),
    *("score", "reviews", "revealed_at", "erase_at", "reason_key"),
    *("language", "country", "about", "answers", "privacy_version", "keep", "source"),
}


def test_every_column_of_an_application_is_shown_or_hidden_on_purpose() -> None:
    assert set(Application.model_fields) == SHOWN | set(blinding.HIDDEN)


def test_what_is_hidden_is_not_there() -> None:
    names = {"name": "Known Person", "latin_name": "Known", "pen_name": "Unknown"}
    ways = {"email": "known@example.org", "safe_contact": "known on Signal", "links": ["https://known/"]}
    person = Application(reference="CW-123456", language="de", privacy_version="1", **names, **ways)
    veiled = blinding.veiled(person, "en").model_dump()
    assert "nown" not in str({key: veiled[key] for key in blinding.HIDDEN})
    assert veiled["name"] == "Applicant CW-123456"


def test_a_blind_thread_names_nobody_in_either_script_and_what_returns_to_the_box_can_be_sent() -> None:
    call = load(SHIPPED)
    name = "Nino N.evil.example"
    person = Application(
        reference="CW-123456", language="de", privacy_version="1", name=name, latin_name="Nino", pen_name="Sulguni"
    )
    text = "Dear Nino N. evil. example, alias Nino N.evil.example or Sulguni"
    message = Message(application_id=person.id, text=text)
    thread = Conversation([Item(message, "", None, [])], [], [message])
    seen = blinding.veiled_talk(thread, person, call, "en")
    assert seen.items[0].message.text == "Dear Applicant CW-123456, alias Applicant CW-123456 or Applicant CW-123456"
    assert seen.taken_back[0].text == "Dear {name}, alias {name} or {name}"
