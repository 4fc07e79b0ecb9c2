"""messages that can be taken back; applicants' messages while they are written

Revision ID: 0011
Revises: 0010
"""

import sqlalchemy as sa
import sqlmodel

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

Time = sqlmodel.sql.sqltypes.UTCDateTime
LONG_AGO = "2026-01-01 00:00:00"


def upgrade() -> None:
    with op.batch_alter_table("message") as table:
        table.add_column(sa.Column("mail_id", sa.Uuid(), nullable=True))
        table.add_column(sa.Column("shown_from", Time(), nullable=False, server_default=LONG_AGO))
        table.add_column(sa.Column("taken_back_at", Time(), nullable=True))
        table.add_column(sa.Column("settled_at", Time(), nullable=True))
        table.create_foreign_key(
            op.f("fk_message_mail_id_outgoing_mail"), "outgoing_mail", ["mail_id"], ["id"], ondelete="SET NULL"
        )
    op.execute("UPDATE message SET shown_from = written_at")
    op.create_table(
        "reply",
        sa.Column("draft_id", sa.Uuid(), nullable=False),
        sa.Column("application_id", sa.Uuid(), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["draft_id"], ["draft.id"], name=op.f("fk_reply_draft_id_draft"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["application_id"], ["application.id"], name=op.f("fk_reply_application_id_application")
        ),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"], name=op.f("fk_reply_message_id_message")),
        sa.PrimaryKeyConstraint("draft_id", name=op.f("pk_reply")),
    )
    op.create_index(op.f("ix_reply_application_id"), "reply", ["application_id"])


def downgrade() -> None:
    # What is being written is a draft's; without this table nothing would say whose.
    op.execute("DELETE FROM document WHERE draft_id IN (SELECT draft_id FROM reply)")
    op.execute("CREATE TEMPORARY TABLE gone AS SELECT draft_id FROM reply")
    op.drop_index(op.f("ix_reply_application_id"), "reply")
    op.drop_table("reply")
    op.execute("DELETE FROM draft WHERE id IN (SELECT draft_id FROM gone)")
    op.execute("DROP TABLE gone")
    with op.batch_alter_table("message") as table:
        table.drop_constraint(op.f("fk_message_mail_id_outgoing_mail"), type_="foreignkey")
        for name in ("mail_id", "shown_from", "taken_back_at", "settled_at"):
            table.drop_column(name)
