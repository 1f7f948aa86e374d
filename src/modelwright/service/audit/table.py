"""The audit trail."""

from __future__ import annotations

from sqlalchemy import JSON, Column, String, Table

from modelwright.service.database import METADATA

audit = Table(
    "audit",
    METADATA,
    Column("id", String(32), primary_key=True),
    Column("project", String(64), nullable=False, index=True),
    Column("time", String(32), nullable=False),
    Column("actor", String(100), nullable=False),
    Column("token", String(32), nullable=False),
    Column("action", String(32), nullable=False),
    Column("object", String(128), nullable=False),
    Column("details", JSON, nullable=False),
)
