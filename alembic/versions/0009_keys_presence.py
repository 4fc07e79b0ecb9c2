"""Whether an editor uses keys; who is reading what

Revision ID: 0009
Revises: 0008
"""

import sqlalchemy as sa
import sqlmodel

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

Time = sqlmodel.sql.sqltypes.UTCDateTime


def upgrade() -> None:
    with op.batch_alter_table("editor") as table:
        table.add_column(sa.Column("keys", sa.Boolean(), nullable=False, server_default=sa.true()))
    op.create_table(
        "presence",
        sa.Column("application_id", sa.Uuid(), nullable=False),
        sa.Column("editor_id", sa.Uuid(), nullable=False),
        sa.Column("until", Time(), nullable=False),
        sa.Column("view", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["application_id"], ["application.id"], name=op.f("fk_presence_application_id_application")
        ),
        sa.ForeignKeyConstraint(["editor_id"], ["editor.id"], name=op.f("fk_presence_editor_id_editor")),
        sa.PrimaryKeyConstraint("application_id", "editor_id", name=op.f("pk_presence")),
    )
    op.create_index(op.f("ix_presence_until"), "presence", ["until"])


def downgrade() -> None:
    op.drop_index(op.f("ix_presence_until"), "presence")
    op.drop_table("presence")
    with op.batch_alter_table("editor") as table:
        table.drop_column("keys")
