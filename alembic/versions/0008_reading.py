"""Pictures of pages, the deep look, where an editor was reading

Revision ID: 0008
Revises: 0007
"""

import sqlalchemy as sa
import sqlmodel

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

Text = sqlmodel.sql.sqltypes.AutoString
Time = sqlmodel.sql.sqltypes.UTCDateTime


def upgrade() -> None:
    with op.batch_alter_table("document") as table:
        table.add_column(sa.Column("language", Text(length=16), nullable=False, server_default=""))
        table.add_column(sa.Column("look", sa.String(32), nullable=False, server_default="waiting"))
        table.add_column(sa.Column("look_found", Text(length=200), nullable=False, server_default=""))
        table.add_column(sa.Column("pictures_state", sa.String(32), nullable=False, server_default="waiting"))
        table.add_column(sa.Column("pictures_failed", Text(length=40), nullable=False, server_default=""))
        table.create_check_constraint("look", "look IN ('waiting', 'clean', 'quarantined', 'released')")
        table.create_check_constraint("picturesstate", "pictures_state IN ('waiting', 'made', 'failed')")
    op.create_table(
        "document_page",
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("storage_key", Text(length=64), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", Text(length=64), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name=op.f("fk_document_page_document_id_document")),
        sa.PrimaryKeyConstraint("document_id", "number", name=op.f("pk_document_page")),
        sa.UniqueConstraint("storage_key", name=op.f("uq_document_page_storage_key")),
    )
    op.create_table(
        "reading_position",
        sa.Column("editor_id", sa.Uuid(), nullable=False),
        sa.Column("application_id", sa.Uuid(), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("page", sa.Integer(), nullable=False),
        sa.Column("at", Time(), nullable=False),
        sa.ForeignKeyConstraint(
            ["application_id"], ["application.id"], name=op.f("fk_reading_position_application_id_application")
        ),
        sa.ForeignKeyConstraint(
            ["document_id"], ["document.id"], name=op.f("fk_reading_position_document_id_document")
        ),
        sa.ForeignKeyConstraint(["editor_id"], ["editor.id"], name=op.f("fk_reading_position_editor_id_editor")),
        sa.PrimaryKeyConstraint("editor_id", "application_id", name=op.f("pk_reading_position")),
    )
    op.create_index(op.f("ix_reading_position_application_id"), "reading_position", ["application_id"])
    op.create_index(op.f("ix_reading_position_document_id"), "reading_position", ["document_id"])


def downgrade() -> None:
    op.drop_table("reading_position")
    op.drop_table("document_page")
    with op.batch_alter_table("document") as table:
        table.drop_constraint("look", type_="check")
        table.drop_constraint("picturesstate", type_="check")
        for name in ("language", "look", "look_found", "pictures_state", "pictures_failed"):
            table.drop_column(name)
