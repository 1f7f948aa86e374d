"""Lines of logs."""

from __future__ import annotations

from sqlalchemy import Column, Integer, String, Table, Text

from modelwright.service.database import METADATA

log_lines = Table(
    "log_lines",
    METADATA,
    Column("task", String(32), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("time", String(32), nullable=False),
    Column("level", String(16), nullable=False),
    Column("stage", String(32), nullable=False),
    Column("message", Text, nullable=False),
)
