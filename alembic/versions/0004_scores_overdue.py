"""Scores and numbers of reviews beside each application; whether its time is over

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("application") as table:
        table.add_column(sa.Column("score", sa.Float(), nullable=True))
        table.add_column(sa.Column("reviews", sa.Integer(), nullable=False, server_default="0"))
        table.add_column(sa.Column("overdue", sa.Boolean(), nullable=False, server_default=sa.false()))
        table.create_index("ix_application_overdue_due_at", ["overdue", "due_at"])


def downgrade() -> None:
    with op.batch_alter_table("application") as table:
        table.drop_index("ix_application_overdue_due_at")
        for name in ("score", "reviews", "overdue"):
            table.drop_column(name)
