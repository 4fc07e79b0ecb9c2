"""The register of processing (GDPR, Art. 30): every table, why it is kept, and what of it a person is given.

`tests/privacy/test_register.py` compares it with the models: a column that stands nowhere here fails it (P8).
Rows of every table below go with the application (privacy/erasure.py).
"""

from dataclasses import dataclass

DECIDING = "to decide about the application and to answer it"
PROVING = "to show afterwards what was decided, by whom and why"
ANSWERING = "to write to the applicant and to know what was written"


@dataclass(frozen=True)
class Kept:
    """One table: why, by which column its rows belong to an application, what is handed out and what is ours alone."""

    purpose: str
    by: str
    personal: tuple[str, ...]  # handed out on request (Art. 15, 20)
    inner: tuple[str, ...]  # ids, states, hashes: say nothing about a person by themselves, or name an editor


PERSONAL: dict[str, Kept] = {
    "application": Kept(
        DECIDING,
        "id",
        (
            *("reference", "status", "status_since", "received_at", "changed_at", "ended_at", "language", "name"),
            *(
                "latin_name",
                "pen_name",
                "email",
                "safe_contact",
                "country",
                "about",
                "links",
                "answers",
                "privacy_version",
                "keep",
                "source",
                "erase_at",
                "score",
                "reviews",
                "reason_key",
            ),
        ),
        (
            *("id", "secret_hash", "draft_id", "call_id", "applicant_id", "version", "assignee_id", "turn"),
            *("turn_reason", "turn_since", "due_at", "active_at", "read_at", "overdue", "revealed_at"),
        ),
    ),
    "applicant": Kept("to know the same person again", "applicant_id", ("email_key", "created_at"), ("id", "same_as")),
    "application_tag": Kept(DECIDING, "application_id", ("kind", "value"), ("application_id", "position")),
    "document": Kept(
        DECIDING,
        "draft_id",
        (
            *("kind", "name", "format", "size", "sha256", "received_at", "text", "pages", "words", "language", "look"),
            "look_found",
            "tells",
        ),
        ("id", "draft_id", "storage_key", "message_id", "text_state", "pictures_state", "pictures_failed"),
    ),
    "document_page": Kept(
        "to read a document without opening it",
        "document_id",
        ("number", "width", "height", "text"),
        ("document_id", "storage_key", "size", "sha256"),
    ),
    "reading_position": Kept(
        "to go on reading where an editor stopped",
        "application_id",
        ("page", "at"),
        ("editor_id", "application_id", "document_id"),
    ),
    "draft": Kept(
        "to keep a form that is not sent yet",
        "draft_id",
        ("created_at", "saved_at", "fields", "source"),
        ("id", "key_hash", "call_id", "expires_at", "phrase_hash", "sealed_token"),
    ),
    "upload": Kept(
        "to go on with a document after a broken line",
        "draft_id",
        ("kind", "name", "size", "modified", "received", "created_at"),
        ("id", "draft_id", "secret_hash", "storage_key", "state", "reason", "found", "expires_at"),
    ),
    "message": Kept(
        ANSWERING,
        "application_id",
        ("text", "written_at", "read_at", "taken_back_at"),
        ("id", "application_id", "editor_id", "request_id", "shown_from", "mail_id", "settled_at"),
    ),
    "request": Kept(
        ANSWERING,
        "application_id",
        (
            *("what", "document_kind", "text", "topic", "length", "fee", "due_at", "asked_at", "answered_at"),
            "cancelled_at",
        ),
        ("id", "application_id", "asked_by"),
    ),
    "reply": Kept(
        "to keep what has come for a message that is not sent yet",
        "application_id",
        (),
        ("draft_id", "application_id", "message_id"),
    ),
    "note": Kept(PROVING, "application_id", ("text", "written_at"), ("id", "application_id", "editor_id")),
    "review": Kept(
        DECIDING,
        "application_id",
        ("scores", "recommendation", "comment", "written_at", "changed_at"),
        ("id", "application_id", "editor_id"),
    ),
    "review_request": Kept(
        DECIDING,
        "application_id",
        ("state", "asked_at", "due_at"),
        ("id", "application_id", "editor_id", "asked_by", "reminded_at", "overdue_told_at"),
    ),
    "conflict_of_interest": Kept(
        DECIDING, "application_id", ("reason", "declared_at"), ("id", "application_id", "editor_id")
    ),
    "event": Kept(PROVING, "application_id", ("at", "kind", "actor", "detail"), ("id", "editor_id", "application_id")),
    "outgoing_mail": Kept(
        ANSWERING,
        "application_id",
        ("kind", "language", "sender", "recipient", "reply_to", "subject", "text", "created_at", "sent_at", "state"),
        (
            *("id", "message_id", "application_id", "thread", "html", "sealed_link", "due_at", "leased_until"),
            *("attempts", "last_error", "draft_id"),
        ),
    ),
    "private_link": Kept(
        "to open the private page by a link sent later",
        "application_id",
        ("made_at",),
        ("id", "application_id", "secret_hash"),
    ),
    "mention": Kept(
        "to tell a colleague about a note",
        "application_id",
        (),
        ("id", "note_id", "application_id", "editor_id", "read_at"),
    ),
    "bulk_item": Kept(
        "to do the same to several applications together",
        "application_id",
        ("subject", "body", "state"),
        ("id", "bulk_id", "application_id", "version", "why", "event_id"),
    ),
    "trait": Kept(
        "to notice when one person applies twice: numbers that lead back to nothing",
        "application_id",
        (),
        ("kind", "key", "application_id"),
    ),
    "text_signature": Kept(
        "to notice near-equal texts", "application_id", (), ("application_id", "sha256", "signature")
    ),
    # It tells of two applications, perhaps of two persons: neither is given the other's.
    "likeness": Kept(
        "to remember who is one person and who is not",
        "id",
        (),
        ("id", "first_id", "second_id", "reasons", "state", "found_at", "decided_by", "decided_at"),
    ),
    # Copies, to find and sort by, of what stands in the tables above and is handed out from there.
    "queue_entry": Kept(
        "to find the application",
        "application_id",
        (),
        ("application_id", "facet", "value", "received", "active", "waiting", "score", "signs"),
    ),
    "search_entry": Kept("to find the application", "application_id", ("text",), ("id", "application_id")),
}

# What names a colleague and is nobody else's (GDPR, Art. 15 (4)): details of events by kind, mails between editors.
COLLEAGUES: dict[str, tuple[str, ...]] = {
    "assigned": ("to", "before"),
    "review_asked": ("name",),
    "review_cancelled": ("name",),
    "conflict_taken_back": ("name",),
}
BETWEEN_EDITORS = ("mentioned", "review_asked", "review_soon", "review_overdue")

# Tables of which an applicant is given nothing, and what they are for. Where they could hold a name, it is said.
OTHERS: dict[str, str] = {
    "bulk": "what is to be done to several applications together",
    "call": "what is open",
    "decline_reason": "why applications may be declined",
    "export": "which views were made into files; all go when somebody is erased, and after a day",
    "editor": "who works at the desk",
    "editor_session": "who is signed in",
    "desk_preference": "how an editor likes the queue",
    "figure": "numbers of the overview; nobody is in them",
    "figure_count": "when they were counted",
    "invitation": "one-time links for editors",
    "letter_template": "what letters begin as",
    "letter_wording": "versions of the texts of letters",
    "job": "work to be done: kinds and ids",
    "presence": "which editor reads which application, from which view; a day at most, searches go with any erasure",
    "saved_view": "choices of filters that an editor keeps; a search for a person goes when they are erased",
    "rate": "how often something was tried, under a hash that changes daily",
}
