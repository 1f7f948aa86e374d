"""What was converted already."""

from __future__ import annotations

from sqlalchemy import JSON, Column, String, Table

from modelwright.service.database import METADATA

cache = Table(
    "cache",
    METADATA,
    Column("project", String(64), primary_key=True),
    Column("key", String(64), primary_key=True),
    Column("created", String(32), nullable=False),
    Column("task", String(32), nullable=False),
    Column("outcome", JSON, nullable=False),
)
