"""Templates of letters, reasons for declining, mentions, several applications at once

Revision ID: 0007
Revises: 0006
"""

import uuid

import sqlalchemy as sa
import sqlmodel

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

Text = sqlmodel.sql.sqltypes.AutoString
Time = sqlmodel.sql.sqltypes.UTCDateTime
REASONS = ("region_covered", "writing", "languages", "experience", "timing", "other")


def one_of(column: str, *values: str) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


def reference(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}_{to}"))


def upgrade() -> None:
    op.create_table(
        "letter_template",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", Text(length=40), nullable=False),
        sa.Column("call_id", sa.Uuid(), nullable=True),
        sa.Column("name", Text(length=100), nullable=False),
        sa.Column("standard", sa.Boolean(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("removed_at", Time(), nullable=True),
        reference("letter_template", "call_id", "call"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letter_template")),
    )
    op.create_table(
        "letter_wording",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("template_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("texts", sa.JSON(), nullable=False),
        sa.Column("written_by", sa.Uuid(), nullable=True),
        sa.Column("written_at", Time(), nullable=False),
        reference("letter_wording", "template_id", "letter_template"),
        reference("letter_wording", "written_by", "editor"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letter_wording")),
        sa.UniqueConstraint("template_id", "number", name=op.f("uq_letter_wording_template_id_number")),
    )
    reasons = op.create_table(
        "decline_reason",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", Text(length=40), nullable=False),
        sa.Column("call_id", sa.Uuid(), nullable=True),
        sa.Column("label", Text(length=100), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("retired_at", Time(), nullable=True),
        reference("decline_reason", "call_id", "call"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decline_reason")),
        sa.UniqueConstraint("key", name=op.f("uq_decline_reason_key")),
    )
    op.bulk_insert(
        reasons,
        [
            {"id": uuid.uuid4(), "key": key, "label": "", "position": place, "call_id": None, "retired_at": None}
            for place, key in enumerate(REASONS)
        ],
    )
    op.create_table(
        "mention",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("note_id", sa.Uuid(), nullable=False),
        sa.Column("application_id", sa.Uuid(), nullable=False),
        sa.Column("editor_id", sa.Uuid(), nullable=False),
        sa.Column("read_at", Time(), nullable=True),
        reference("mention", "note_id", "note"),
        reference("mention", "application_id", "application"),
        reference("mention", "editor_id", "editor"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mention")),
    )
    op.create_index(op.f("ix_mention_note_id"), "mention", ["note_id"])
    op.create_index(op.f("ix_mention_application_id"), "mention", ["application_id"])
    op.create_index("ix_mention_editor_id_id", "mention", ["editor_id", "id"])
    create_bulk()
    with op.batch_alter_table("application") as table:
        table.add_column(sa.Column("reason_key", Text(length=40), nullable=True))


def create_bulk() -> None:
    op.create_table(
        "bulk",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("what", sa.String(32), nullable=False),
        sa.Column("value", Text(length=100), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("reason_key", Text(length=40), nullable=True),
        sa.Column("template", Text(length=40), nullable=False),
        sa.Column("with_mail", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=False),
        sa.Column("made_at", Time(), nullable=False),
        sa.Column("started_by", sa.Uuid(), nullable=True),
        sa.Column("finished_at", Time(), nullable=True),
        sa.CheckConstraint(one_of("what", "assign", "add_label", "remove_label", "move", "mail"), name="bulkwhat"),
        sa.CheckConstraint(one_of("state", "draft", "running", "done", "undoing", "discarded"), name="bulkstate"),
        reference("bulk", "made_by", "editor"),
        reference("bulk", "started_by", "editor"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulk")),
    )
    op.create_table(
        "bulk_item",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("bulk_id", sa.Uuid(), nullable=False),
        sa.Column("application_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("subject", Text(length=200), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("why", Text(length=40), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            one_of("state", "waiting", "left_out", "done", "stale", "refused", "undone"), name="itemstate"
        ),
        reference("bulk_item", "bulk_id", "bulk"),
        reference("bulk_item", "application_id", "application"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulk_item")),
        sa.UniqueConstraint("bulk_id", "application_id", name=op.f("uq_bulk_item_bulk_id_application_id")),
    )
    op.create_index(op.f("ix_bulk_item_application_id"), "bulk_item", ["application_id"])


def downgrade() -> None:
    with op.batch_alter_table("application") as table:
        table.drop_column("reason_key")
    for name in ("bulk_item", "bulk", "mention", "decline_reason", "letter_wording", "letter_template"):
        op.drop_table(name)
