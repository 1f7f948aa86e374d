"""Sessions of browsers."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Float, ForeignKey, String, Table

from modelwright.service.database import METADATA

sessions = Table(
    "sessions",
    METADATA,
    Column("secret_hash", String(64), primary_key=True),
    Column("token", String(32), ForeignKey("tokens.id"), nullable=False),
    Column("project", String(64), ForeignKey("projects.name"), nullable=False),
    Column("own_token", Boolean, nullable=False),
    Column("created", String(32), nullable=False),
    Column("until", Float, nullable=False, index=True),
)
