"""The queue's index: what applications are found by, with what they are sorted by; saved views, own tables

Revision ID: 0013
Revises: 0012
"""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
import sqlmodel

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

Text = sqlmodel.sql.sqltypes.AutoString
Time = sqlmodel.sql.sqltypes.UTCDateTime
KEYS = ("received", "active", "waiting", "score")
OPEN = ("received", "in_review", "shortlisted", "trial_piece")
NEVER = 2**53 - 1


def upgrade() -> None:
    entry = op.create_table(
        "queue_entry",
        sa.Column("application_id", sa.Uuid(), nullable=False),
        sa.Column("facet", Text(length=20), nullable=False),
        sa.Column("value", Text(length=80), nullable=False),
        *(sa.Column(key, sa.BigInteger(), nullable=False) for key in KEYS),
        sa.ForeignKeyConstraint(
            ["application_id"], ["application.id"], name=op.f("fk_queue_entry_application_id_application")
        ),
        sa.PrimaryKeyConstraint("application_id", "facet", "value", name=op.f("pk_queue_entry")),
        sqlite_with_rowid=False,
    )
    fill(op.get_bind(), entry)
    for key in KEYS:
        op.create_index(f"ix_queue_entry_{key}", "queue_entry", ["facet", "value", key, "application_id"])
    op.create_table(
        "saved_view",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("editor_id", sa.Uuid(), nullable=False),
        sa.Column("name", Text(length=60), nullable=False),
        sa.Column("query", Text(length=2000), nullable=False),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("created_at", Time(), nullable=False),
        sa.ForeignKeyConstraint(["editor_id"], ["editor.id"], name=op.f("fk_saved_view_editor_id_editor")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_view")),
    )
    op.create_index(op.f("ix_saved_view_editor_id"), "saved_view", ["editor_id"])
    op.create_index(op.f("ix_saved_view_shared"), "saved_view", ["shared"])
    op.create_table(
        "desk_preference",
        sa.Column("editor_id", sa.Uuid(), nullable=False),
        sa.Column("columns", Text(length=300), nullable=False),
        sa.Column("compact", sa.Boolean(), nullable=False),
        sa.Column("start", Text(length=40), nullable=False),
        sa.ForeignKeyConstraint(["editor_id"], ["editor.id"], name=op.f("fk_desk_preference_editor_id_editor")),
        sa.PrimaryKeyConstraint("editor_id", name=op.f("pk_desk_preference")),
    )


def fill(connection: sa.Connection, entry: sa.Table) -> None:
    """The entries of the applications that are there already."""
    uuid, text = sa.Uuid(), sa.String()
    tags: dict[Any, list[tuple[str, str]]] = {}
    tag = sa.table("application_tag", sa.column("application_id", uuid), sa.column("kind", text), sa.column("value"))
    for row in connection.execute(sa.select(tag)):
        tags.setdefault(row.application_id, []).append((row.kind, row.value))
    call = sa.table("call", sa.column("id", uuid), sa.column("slug"))
    slugs = {row.id: row.slug for row in connection.execute(sa.select(call))}
    names = ("status", "turn", "overdue", "score")
    times = ("received_at", "active_at", "turn_since")
    ids = ("id", "call_id", "assignee_id")
    application = sa.table(
        "application",
        *(sa.column(name, uuid) for name in ids),
        *(sa.column(name) for name in names),
        *(sa.column(name, Time()) for name in times),
    )
    for part in connection.execute(sa.select(application)).partitions(500):
        rows = [row for each in part for row in rows_of(each, slugs[each.call_id], tags.get(each.id, []))]
        connection.execute(sa.insert(entry), rows)


def rows_of(row: Any, slug: str, tags: list[tuple[str, str]]) -> list[dict[str, Any]]:
    assignee = str(row.assignee_id or "nobody")
    found = [("all", ""), ("turn", row.turn), ("status", row.status), ("assignee", assignee), ("call", slug), *tags]
    if row.status in OPEN:
        found += [("status", "open"), ("open_assignee", assignee)]
    if row.overdue:
        found.append(("overdue", "yes"))
    keys = {
        "received": milliseconds(row.received_at),
        "active": milliseconds(row.active_at),
        "waiting": NEVER if row.turn == "nobody" else milliseconds(row.turn_since),
        "score": -1 if row.score is None else round(row.score * 1000),
    }
    return [{"application_id": row.id, "facet": facet, "value": value, **keys} for facet, value in found]


def milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def downgrade() -> None:
    op.drop_table("desk_preference")
    op.drop_table("saved_view")
    op.drop_table("queue_entry")
