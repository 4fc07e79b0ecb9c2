"""Migrations go up and down on data, and agree with the models, on both databases (promise N10)."""

import sqlalchemy as sa

from app import database, migrations
from app.database import transaction
from app.demonstration import fill
from app.settings import Settings


def test_models_and_migrations_agree(connected: str) -> None:
    assert migrations.is_current(database.engine())
    assert migrations.differences(database.engine()) == []


def test_n10_every_migration_goes_up_and_down_on_data(connected: str, tmp_path: object) -> None:
    settings = Settings(data_dir=tmp_path, secret_key="k" * 40)  # type: ignore[arg-type]
    fill(settings, 12)
    engine = database.engine()
    with transaction() as session:
        assert session.connection().execute(sa.text("SELECT count(*) FROM application")).scalar_one() == 12
    migrations.downgrade(engine, to="0001")
    migrations.upgrade(engine)
    with transaction() as session:
        assert session.connection().execute(sa.text("SELECT count(*) FROM application")).scalar_one() == 12
        assert session.connection().execute(sa.text("SELECT count(*) FROM document")).scalar_one() == 36
    assert migrations.differences(engine) == []
    migrations.downgrade(engine)
    assert set(database.table_names(engine)) <= {"alembic_version", "sqlite_sequence"}
    migrations.upgrade(engine)
    fill(settings, 3)


def test_migrating_twice_is_migrating_once(connected: str) -> None:
    migrations.upgrade(database.engine())
    assert migrations.is_current(database.engine())
