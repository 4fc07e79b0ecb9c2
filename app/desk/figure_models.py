"""What the overview is made of: numbers, never persons."""

from datetime import date, datetime
from uuid import UUID

from sqlmodel import Field, SQLModel

from app.database import utcnow


class Figure(SQLModel, table=True):
    """How many applications of one call that came in one week have something in common.

    `gone` ones were erased since: their numbers stay (promise P3), while the others are counted anew.
    """

    call_id: UUID = Field(foreign_key="call.id", primary_key=True)
    week: date = Field(primary_key=True)  # its Monday, by the office's clock
    kind: str = Field(max_length=20, primary_key=True)  # a key of desk/figures.py
    value: str = Field(default="", max_length=80, primary_key=True)
    other: str = Field(default="", max_length=80, primary_key=True)
    gone: bool = Field(default=False, primary_key=True)
    number: int


class FigureCount(SQLModel, table=True):
    """When the figures were last counted. One row."""

    __tablename__ = "figure_count"

    id: int = Field(default=1, primary_key=True)
    counted_at: datetime = Field(default_factory=utcnow)
