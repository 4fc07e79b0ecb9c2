"""What an application cannot be looked for by, told without looking; search by the newest; mails by state

Revision ID: 0017
Revises: 0016
"""

from collections import defaultdict
from typing import Any
from zlib import crc32

import sqlalchemy as sa

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

KEYS = ("received", "active", "waiting", "score")
HASHED = 45
OWN_BITS = (
    *(("turn", value) for value in ("us", "applicant", "nobody")),
    *(("status", value) for value in ("open", "received", "in_review", "shortlisted", "trial_piece")),
    *(("status", value) for value in ("accepted", "contributor", "declined", "withdrawn")),
    ("overdue", "yes"),
)
UNSIGNED = ("all", "call", "assignee")


def upgrade() -> None:
    for key in KEYS:
        op.drop_index(f"ix_queue_entry_{key}", "queue_entry")
    op.add_column("queue_entry", sa.Column("signs", sa.BigInteger(), nullable=False, server_default="0"))
    fill(op.get_bind())
    for key in KEYS:
        op.create_index(f"ix_queue_entry_{key}", "queue_entry", ["facet", "value", key, "application_id", "signs"])
    op.create_index("ix_outgoing_mail_state_id", "outgoing_mail", ["state", "id"])
    write_words("text || ' zqa' || id / 500 || ' zqb' || id / 5000")


def sign(pair: tuple[str, str]) -> int:
    if pair in OWN_BITS:
        return 1 << HASHED + OWN_BITS.index(pair)
    number = crc32(":".join(pair).encode())
    return 1 << number % HASHED | 1 << number // HASHED % HASHED


def write_words(text: str) -> None:
    """What PostgreSQL searches in: words of the text, and two that say where about in the queue a row stands."""
    if op.get_context().dialect.name == "postgresql":
        op.execute("ALTER TABLE search_entry DROP COLUMN words")
        words = f"tsvector GENERATED ALWAYS AS (to_tsvector('simple', {text})) STORED"
        op.execute(f"ALTER TABLE search_entry ADD COLUMN words {words}")
        op.execute("CREATE INDEX ix_search_entry_words ON search_entry USING gin (words)")


def fill(connection: sa.Connection) -> None:
    """The signs of the applications that are there already."""
    names = [sa.column("application_id", sa.Uuid()), sa.column("facet", sa.String()), sa.column("value", sa.String())]
    entry = sa.table("queue_entry", *names, sa.column("signs", sa.BigInteger()))
    signs: dict[Any, int] = defaultdict(int)
    entries = sa.select(*entry.c[:3]).where(entry.c.facet.not_in(UNSIGNED)).execution_options(yield_per=5000)
    for key, *pair in connection.execute(entries):
        signs[key] |= sign((pair[0], pair[1]))
    if signs:
        statement = sa.update(entry).where(entry.c.application_id == sa.bindparam("key"))
        found = [{"key": key, "found": value} for key, value in signs.items()]
        connection.execute(statement.values(signs=sa.bindparam("found")), found)


def downgrade() -> None:
    write_words("text")
    op.drop_index("ix_outgoing_mail_state_id", "outgoing_mail")
    for key in KEYS:
        op.drop_index(f"ix_queue_entry_{key}", "queue_entry")
    op.drop_column("queue_entry", "signs")
    for key in KEYS:
        op.create_index(f"ix_queue_entry_{key}", "queue_entry", ["facet", "value", key, "application_id"])
