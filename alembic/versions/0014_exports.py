"""views of the queue made into files

Revision ID: 0014
Revises: 0013
"""

import sqlalchemy as sa
import sqlmodel

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

Text = sqlmodel.sql.sqltypes.AutoString
Time = sqlmodel.sql.sqltypes.UTCDateTime


def upgrade() -> None:
    op.create_table(
        "export",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("editor_id", sa.Uuid(), nullable=False),
        sa.Column("query", Text(length=4000), nullable=False),
        sa.Column("format", sa.String(32), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("total", sa.Integer(), nullable=True),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("storage_key", Text(length=64), nullable=True),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("asked_at", Time(), nullable=False),
        sa.Column("expires_at", Time(), nullable=False),
        sa.CheckConstraint("format IN ('csv', 'xlsx', 'json', 'zip')", name="exportformat"),
        sa.CheckConstraint("state IN ('waiting', 'done', 'failed')", name="exportstate"),
        sa.ForeignKeyConstraint(["editor_id"], ["editor.id"], name=op.f("fk_export_editor_id_editor")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_export")),
    )
    op.create_index(op.f("ix_export_editor_id"), "export", ["editor_id"])
    op.create_index(op.f("ix_export_expires_at"), "export", ["expires_at"])


def downgrade() -> None:
    op.drop_index(op.f("ix_export_expires_at"), "export")
    op.drop_index(op.f("ix_export_editor_id"), "export")
    op.drop_table("export")
