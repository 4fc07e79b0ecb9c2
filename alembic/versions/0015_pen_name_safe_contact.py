"""pen name, and how to reach somebody safely

Revision ID: 0015
Revises: 0014
"""

import sqlalchemy as sa
import sqlmodel

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("application") as table:
        table.add_column(
            sa.Column("pen_name", sqlmodel.sql.sqltypes.AutoString(length=200), nullable=False, server_default="")
        )
        table.add_column(sa.Column("safe_contact", sa.Text(), nullable=False, server_default=""))


def downgrade() -> None:
    with op.batch_alter_table("application") as table:
        table.drop_column("safe_contact")
        table.drop_column("pen_name")
