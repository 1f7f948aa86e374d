"""Tasks."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, Float, Index, Integer, String, Table, Text, UniqueConstraint, text

from modelwright.service.database import METADATA

tasks = Table(
    "tasks",
    METADATA,
    Column("id", String(32), primary_key=True),
    Column("project", String(64), nullable=False),
    Column("name", String(24).with_variant(String(24, collation="C"), "postgresql"), nullable=False),
    Column("description", String(100), nullable=False),
    Column("template", String(64), nullable=False),
    Column("chip", String(16), nullable=False),
    Column("framework", String(32), nullable=False),
    Column("model_format", String(32), nullable=False),
    Column("input", Text, nullable=False),
    Column("output", Text, nullable=False),
    Column("settings", JSON, nullable=False),
    Column("status", String(16), nullable=False),
    Column("result", String(16)),
    Column("created", String(32), nullable=False),
    Column("created_by", String(100), nullable=False),
    Column("started", String(32)),
    Column("finished", String(32)),
    Column("updated", String(32), nullable=False),
    Column("run", Integer, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("stage", String(32)),
    Column("error", JSON),
    Column("cached", Boolean, nullable=False),
    Column("cloned_from", String(32)),
    Column("holder", String(100)),
    Column("lease", String(32)),
    Column("lease_until", Float),
    Column("cancel", Boolean, nullable=False),
    Column("priority", Integer, nullable=False, server_default="4"),
    Column("submitted", Float),
    Column("outcome", JSON),  # last: it is large, and SQLite reads a row from its beginning
    UniqueConstraint("project", "name"),
    Index("tasks_by_age", "project", "created", "id"),
    Index("tasks_by_state_and_age", "project", "status", "created", "id"),
    Index("tasks_waiting", "status", text("priority DESC"), "created", "id"),
    Index("tasks_by_lease", "status", "lease_until"),
    Index("tasks_by_output", "output"),
)

idempotency = Table(
    "idempotency",
    METADATA,
    Column("project", String(64), primary_key=True),
    Column("key", String(200), primary_key=True),
    Column("request_hash", String(64), nullable=False),
    Column("task", String(32), nullable=False),
    Column("created", String(32), nullable=False),
)
