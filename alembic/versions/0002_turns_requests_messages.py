"""Whose turn it is; requests to applicants; messages both ways

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
import sqlmodel

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

Text = sqlmodel.sql.sqltypes.AutoString
Time = sqlmodel.sql.sqltypes.UTCDateTime
LONG_AGO = "2026-01-01 00:00:00"
KINDS = "'cv', 'cover_letter', 'writing_sample'"
ENDED = "'accepted', 'contributor', 'declined', 'withdrawn'"


def one_of(column: str, values: str) -> str:
    return f"{column} IN ({values})"


def upgrade() -> None:
    op.create_table(
        "request",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("application_id", sa.Uuid(), nullable=False),
        sa.Column("what", sa.String(32), nullable=False),
        sa.Column("document_kind", Text(length=40), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("topic", Text(length=300), nullable=False),
        sa.Column("length", Text(length=100), nullable=False),
        sa.Column("fee", Text(length=100), nullable=False),
        sa.Column("due_at", Time(), nullable=True),
        sa.Column("asked_by", sa.Uuid(), nullable=False),
        sa.Column("asked_at", Time(), nullable=False),
        sa.Column("answered_at", Time(), nullable=True),
        sa.Column("cancelled_at", Time(), nullable=True),
        sa.CheckConstraint(one_of("what", "'document', 'correction', 'trial_piece'"), name="askedfor"),
        sa.ForeignKeyConstraint(
            ["application_id"], ["application.id"], name=op.f("fk_request_application_id_application")
        ),
        sa.ForeignKeyConstraint(["asked_by"], ["editor.id"], name=op.f("fk_request_asked_by_editor")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_request")),
    )
    op.create_index(op.f("ix_request_application_id"), "request", ["application_id"])
    op.create_table(
        "message",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("application_id", sa.Uuid(), nullable=False),
        sa.Column("editor_id", sa.Uuid(), nullable=True),
        sa.Column("request_id", sa.Uuid(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("written_at", Time(), nullable=False),
        sa.Column("read_at", Time(), nullable=True),
        sa.ForeignKeyConstraint(
            ["application_id"], ["application.id"], name=op.f("fk_message_application_id_application")
        ),
        sa.ForeignKeyConstraint(["editor_id"], ["editor.id"], name=op.f("fk_message_editor_id_editor")),
        sa.ForeignKeyConstraint(["request_id"], ["request.id"], name=op.f("fk_message_request_id_request")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
    )
    op.create_index(op.f("ix_message_application_id"), "message", ["application_id"])

    with op.batch_alter_table("application") as table:
        for name in ("status_since", "turn_since", "active_at"):
            table.add_column(sa.Column(name, Time(), nullable=False, server_default=LONG_AGO))
        table.add_column(sa.Column("turn", sa.String(32), nullable=False, server_default="us"))
        table.add_column(sa.Column("turn_reason", Text(length=40), nullable=False, server_default="new"))
        table.add_column(sa.Column("due_at", Time(), nullable=True))
        table.add_column(sa.Column("read_at", Time(), nullable=True))
        table.create_check_constraint("turn", one_of("turn", "'us', 'applicant', 'nobody'"))
        table.create_index("ix_application_turn_id", ["turn", "id"])
    op.execute(
        "UPDATE application SET status_since = changed_at, turn_since = changed_at, active_at = changed_at, "
        "read_at = changed_at"
    )
    op.execute("UPDATE application SET turn_reason = 'deciding' WHERE status IN ('in_review', 'shortlisted')")
    op.execute(
        "UPDATE application SET turn = 'applicant', turn_reason = 'trial_piece_asked' WHERE status = 'trial_piece'"
    )
    op.execute(f"UPDATE application SET turn = 'nobody', turn_reason = 'ended' WHERE status IN ({ENDED})")

    with op.batch_alter_table("document") as table:
        table.add_column(sa.Column("message_id", sa.Uuid(), nullable=True))
        table.create_index(op.f("ix_document_message_id"), ["message_id"])
        table.create_foreign_key(op.f("fk_document_message_id_message"), "message", ["message_id"], ["id"])
        table.drop_constraint("kind", type_="check")
        table.create_check_constraint("kind", one_of("kind", f"{KINDS}, 'trial_piece', 'attachment'"))


def downgrade() -> None:
    op.execute(f"DELETE FROM document WHERE kind NOT IN ({KINDS})")
    with op.batch_alter_table("document") as table:
        table.drop_constraint("kind", type_="check")
        table.create_check_constraint("kind", one_of("kind", KINDS))
        table.drop_constraint(op.f("fk_document_message_id_message"), type_="foreignkey")
        table.drop_index(op.f("ix_document_message_id"))
        table.drop_column("message_id")
    with op.batch_alter_table("application") as table:
        table.drop_index("ix_application_turn_id")
        table.drop_constraint("turn", type_="check")
        for name in ("status_since", "turn_since", "active_at", "turn", "turn_reason", "due_at", "read_at"):
            table.drop_column(name)
    op.drop_index(op.f("ix_message_application_id"), "message")
    op.drop_table("message")
    op.drop_index(op.f("ix_request_application_id"), "request")
    op.drop_table("request")
