"""Every table and column stands in the register of processing (promise P8), and what is personal is handed out (P2)."""

from sqlmodel import SQLModel

import app.migrations  # noqa: F401 - its environment imports every model
from app import main  # noqa: F401 - and so do all its pages
from app.privacy.register import OTHERS, PERSONAL


def test_p8_no_table_is_missing_from_the_register() -> None:
    assert set(SQLModel.metadata.tables) == set(PERSONAL) | set(OTHERS)
    assert not set(PERSONAL) & set(OTHERS)


def test_p8_no_column_is_missing_from_the_register() -> None:
    for name, kept in PERSONAL.items():
        columns = set(SQLModel.metadata.tables[name].columns.keys())
        assert columns == set(kept.personal) | set(kept.inner), name
        assert not set(kept.personal) & set(kept.inner), name
