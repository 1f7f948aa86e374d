"""What runs tasks."""

from __future__ import annotations

from sqlalchemy import JSON, Column, Float, Integer, String, Table

from modelwright.service.database import METADATA

workers = Table(
    "workers",
    METADATA,
    Column("name", String(100), primary_key=True),
    Column("engine", String(16), nullable=False),
    Column("queues", JSON, nullable=False),
    Column("slots", Integer, nullable=False),
    Column("toolchains", JSON, nullable=False),
    Column("templates", JSON, nullable=False),
    Column("version", String(32), nullable=False),
    Column("started", String(32), nullable=False),
    Column("seen", Float, nullable=False),
)
