"""Alembic's way to our tables; called by app/migrations.py with a connection, or by hand with AUFRUF_DATABASE_URL."""

from itertools import count

from sqlmodel import SQLModel

import app.accounts.models
import app.applications.models
import app.applications.reviews
import app.audit.models
import app.calls.models
import app.desk.bulk_models
import app.desk.figure_models
import app.desk.letter_models
import app.desk.models
import app.desk.people_models
import app.documents.models
import app.jobs.models
import app.mail.models  # noqa: F401
from alembic import context
from app.database import engine_for
from app.progress import nowhere
from app.settings import load

# FTS5 keeps its own tables; `words` is a column that only PostgreSQL has.
HAND_MADE = ("search_fts",)


def include_object(item: object, name: str | None, kind: str, _reflected: bool, _compared: object) -> bool:
    if kind == "table" and name is not None and name.startswith(HAND_MADE):
        return False
    return not ((kind == "column" and name == "words") or (kind == "index" and name == "ix_search_entry_words"))


def run(connection: object) -> None:
    steps = count(1)
    tell = context.config.attributes.get("tell", nowhere)
    context.configure(
        connection=connection,
        target_metadata=SQLModel.metadata,
        render_as_batch=True,
        include_object=include_object,
        transaction_per_migration=True,
        on_version_apply=[lambda **_: tell(next(steps))],
    )
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    with engine_for(load().database).connect() as connection:
        run(connection)
