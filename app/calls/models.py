"""What is open."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from app.database import new_id, utcnow


class Call(SQLModel, table=True):
    """A call for contributors, as its file says it: texts in six languages, dates, topics, addresses."""

    id: UUID = Field(default_factory=new_id, primary_key=True)
    slug: str = Field(unique=True, max_length=80)
    content: dict[str, Any] = Field(sa_type=sa.JSON)  # a CallDefinition; see calls/definition.py
    loaded_at: datetime = Field(default_factory=utcnow)
