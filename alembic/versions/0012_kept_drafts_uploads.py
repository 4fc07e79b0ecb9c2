"""drafts that are kept, documents that come in pieces

Revision ID: 0012
Revises: 0011
"""

import sqlalchemy as sa
import sqlmodel

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

Text = sqlmodel.sql.sqltypes.AutoString
Time = sqlmodel.sql.sqltypes.UTCDateTime
KINDS = "'cv', 'cover_letter', 'writing_sample', 'trial_piece', 'attachment'"


def upgrade() -> None:
    op.create_table(
        "upload",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("draft_id", sa.Uuid(), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("name", Text(length=255), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("modified", sa.BigInteger(), nullable=True),
        sa.Column("received", sa.BigInteger(), nullable=False),
        sa.Column("storage_key", Text(length=64), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("reason", Text(length=32), nullable=True),
        sa.Column("found", Text(length=60), nullable=True),
        sa.Column("created_at", Time(), nullable=False),
        sa.Column("expires_at", Time(), nullable=False),
        sa.CheckConstraint(f"kind IN ({KINDS})", name="kind"),
        sa.CheckConstraint("state IN ('open', 'done', 'refused')", name="uploadstate"),
        sa.ForeignKeyConstraint(["draft_id"], ["draft.id"], name=op.f("fk_upload_draft_id_draft")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_upload")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_upload_secret_hash")),
        sa.UniqueConstraint("storage_key", name=op.f("uq_upload_storage_key")),
    )
    op.create_index(op.f("ix_upload_draft_id"), "upload", ["draft_id"])
    op.create_index(op.f("ix_upload_expires_at"), "upload", ["expires_at"])
    with op.batch_alter_table("draft") as table:
        table.add_column(sa.Column("fields", sa.JSON(), nullable=True))
        table.add_column(sa.Column("saved_at", Time(), nullable=True))
        table.add_column(sa.Column("source", Text(length=40), nullable=False, server_default=""))
        table.add_column(sa.Column("phrase_hash", sa.LargeBinary(), nullable=True))
        table.add_column(sa.Column("sealed_token", sa.Text(), nullable=True))
        table.create_unique_constraint(op.f("uq_draft_phrase_hash"), ["phrase_hash"])
    with op.batch_alter_table("outgoing_mail") as table:
        table.add_column(sa.Column("draft_id", sa.Uuid(), nullable=True))
        table.create_index(op.f("ix_outgoing_mail_draft_id"), ["draft_id"])
        table.create_foreign_key(op.f("fk_outgoing_mail_draft_id_draft"), "draft", ["draft_id"], ["id"])


def downgrade() -> None:
    op.execute("DELETE FROM outgoing_mail WHERE draft_id IS NOT NULL")
    with op.batch_alter_table("outgoing_mail") as table:
        table.drop_constraint(op.f("fk_outgoing_mail_draft_id_draft"), type_="foreignkey")
        table.drop_index(op.f("ix_outgoing_mail_draft_id"))
        table.drop_column("draft_id")
    with op.batch_alter_table("draft") as table:
        table.drop_constraint(op.f("uq_draft_phrase_hash"), type_="unique")
        for name in ("fields", "saved_at", "source", "phrase_hash", "sealed_token"):
            table.drop_column(name)
    op.drop_table("upload")
