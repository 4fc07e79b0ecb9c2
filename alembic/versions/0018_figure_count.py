"""How long counting took says nothing on a busy machine: how many there are decides whether figures are counted at once

Revision ID: 0018
Revises: 0017
"""

import sqlalchemy as sa

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_column("figure_count", "seconds")


def downgrade() -> None:
    op.add_column("figure_count", sa.Column("seconds", sa.Float(), nullable=False, server_default="0"))
