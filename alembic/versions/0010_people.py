"""Likely doubles and persons with several addresses; the figures of the overview

Revision ID: 0010
Revises: 0009
"""

import sqlalchemy as sa
import sqlmodel

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

Text = sqlmodel.sql.sqltypes.AutoString
Time = sqlmodel.sql.sqltypes.UTCDateTime
KINDS = "'address', 'name', 'near_name', 'document', 'text'"


def to_application(table: str, column: str = "application_id") -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], ["application.id"], name=op.f(f"fk_{table}_{column}_application"))


def upgrade() -> None:
    op.create_table(
        "trait",
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("key", sa.BigInteger(), nullable=False),
        sa.Column("application_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(f"kind IN ({KINDS})", name="traitkind"),
        to_application("trait"),
        sa.PrimaryKeyConstraint("kind", "key", "application_id", name=op.f("pk_trait")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_trait_application_id", "trait", ["application_id"])
    op.create_table(
        "text_signature",
        sa.Column("application_id", sa.Uuid(), nullable=False),
        sa.Column("sha256", Text(length=64), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        to_application("text_signature"),
        sa.PrimaryKeyConstraint("application_id", "sha256", name=op.f("pk_text_signature")),
    )
    op.create_table(
        "likeness",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("first_id", sa.Uuid(), nullable=False),
        sa.Column("second_id", sa.Uuid(), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("found_at", Time(), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", Time(), nullable=True),
        sa.CheckConstraint("state IN ('open', 'same', 'apart')", name="likenessstate"),
        to_application("likeness", "first_id"),
        to_application("likeness", "second_id"),
        sa.ForeignKeyConstraint(["decided_by"], ["editor.id"], name=op.f("fk_likeness_decided_by_editor")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_likeness")),
        sa.UniqueConstraint("first_id", "second_id", name=op.f("uq_likeness_first_id_second_id")),
    )
    op.create_index(op.f("ix_likeness_second_id"), "likeness", ["second_id"])
    op.create_table(
        "figure",
        sa.Column("call_id", sa.Uuid(), nullable=False),
        sa.Column("week", sa.Date(), nullable=False),
        sa.Column("kind", Text(length=20), nullable=False),
        sa.Column("value", Text(length=80), nullable=False),
        sa.Column("other", Text(length=80), nullable=False),
        sa.Column("gone", sa.Boolean(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["call_id"], ["call.id"], name=op.f("fk_figure_call_id_call")),
        sa.PrimaryKeyConstraint("call_id", "week", "kind", "value", "other", "gone", name=op.f("pk_figure")),
    )
    op.create_table(
        "figure_count",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("counted_at", Time(), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_figure_count")),
    )
    with op.batch_alter_table("applicant") as table:
        table.add_column(sa.Column("same_as", sa.Uuid(), nullable=True))
        table.create_foreign_key(op.f("fk_applicant_same_as_applicant"), "applicant", ["same_as"], ["id"])
        table.create_index(op.f("ix_applicant_same_as"), ["same_as"])
    with op.batch_alter_table("application") as table:
        table.add_column(sa.Column("source", Text(length=40), nullable=False, server_default=""))


def downgrade() -> None:
    with op.batch_alter_table("application") as table:
        table.drop_column("source")
    with op.batch_alter_table("applicant") as table:
        table.drop_index(op.f("ix_applicant_same_as"))
        table.drop_constraint(op.f("fk_applicant_same_as_applicant"), type_="foreignkey")
        table.drop_column("same_as")
    op.drop_table("figure_count")
    op.drop_table("figure")
    op.drop_table("likeness")
    op.drop_table("text_signature")
    op.drop_table("trait")
