"""Reviews, who is asked for one, who keeps out of it; since when blind reviewers see who it is

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
import sqlmodel

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

Text = sqlmodel.sql.sqltypes.AutoString
Time = sqlmodel.sql.sqltypes.UTCDateTime


def whose(table: str, *columns: str) -> list[sa.schema.SchemaItem]:
    """An application and editors beside it, by their ids; of one editor there is one row."""
    targets = {"application_id": "application"} | dict.fromkeys(columns, "editor")
    keys = [
        sa.ForeignKeyConstraint([column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}_{target}"))
        for column, target in targets.items()
    ]
    unique = sa.UniqueConstraint("application_id", "editor_id", name=op.f(f"uq_{table}_application_id_editor_id"))
    return [sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")), *keys, unique]


def upgrade() -> None:
    op.create_table(
        "review",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("application_id", sa.Uuid(), nullable=False),
        sa.Column("editor_id", sa.Uuid(), nullable=False),
        sa.Column("scores", sa.JSON(), nullable=False),
        sa.Column("recommendation", sa.String(32), nullable=True),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("written_at", Time(), nullable=False),
        sa.Column("changed_at", Time(), nullable=False),
        sa.CheckConstraint("recommendation IN ('strong_yes', 'yes', 'unsure', 'no')", name="recommendation"),
        *whose("review", "editor_id"),
    )
    op.create_table(
        "review_request",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("application_id", sa.Uuid(), nullable=False),
        sa.Column("editor_id", sa.Uuid(), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("asked_at", Time(), nullable=False),
        sa.Column("due_at", Time(), nullable=False),
        sa.Column("reminded_at", Time(), nullable=True),
        sa.Column("overdue_told_at", Time(), nullable=True),
        sa.CheckConstraint("state IN ('open', 'answered', 'cancelled', 'declined')", name="askstate"),
        *whose("review_request", "editor_id", "asked_by"),
    )
    op.create_index("ix_review_request_editor_id_state_due_at", "review_request", ["editor_id", "state", "due_at"])
    op.create_index("ix_review_request_state_due_at", "review_request", ["state", "due_at"])
    op.create_table(
        "conflict_of_interest",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("application_id", sa.Uuid(), nullable=False),
        sa.Column("editor_id", sa.Uuid(), nullable=False),
        sa.Column("reason", Text(length=200), nullable=False),
        sa.Column("declared_at", Time(), nullable=False),
        *whose("conflict_of_interest", "editor_id"),
    )
    with op.batch_alter_table("application") as table:
        table.add_column(sa.Column("revealed_at", Time(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("application") as table:
        table.drop_column("revealed_at")
    op.execute("UPDATE application SET score = NULL, reviews = 0")
    op.execute("UPDATE application SET turn_reason = 'deciding' WHERE turn_reason = 'reviews_missing'")
    op.drop_table("conflict_of_interest")
    op.drop_index("ix_review_request_state_due_at", "review_request")
    op.drop_index("ix_review_request_editor_id_state_due_at", "review_request")
    op.drop_table("review_request")
    op.drop_table("review")
