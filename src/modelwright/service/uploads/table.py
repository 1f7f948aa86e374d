"""Uploads that are under way or complete."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, String, Table, false

from modelwright.service.database import METADATA

uploads = Table(
    "uploads",
    METADATA,
    Column("id", String(32), primary_key=True),
    Column("project", String(64), nullable=False, index=True),
    Column("created", String(32), nullable=False),
    Column("touched", String(32)),
    Column("closing", Boolean, nullable=False, default=False, server_default=false()),
    Column("complete", Boolean, nullable=False, default=False),
)
