"""Projects, tokens and sign-in links."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Float, ForeignKey, String, Table

from modelwright.service.database import METADATA

projects = Table(
    "projects",
    METADATA,
    Column("name", String(64), primary_key=True),
    Column("created", String(32), nullable=False),
)

tokens = Table(
    "tokens",
    METADATA,
    Column("id", String(32), primary_key=True),
    Column("secret_hash", String(64), nullable=False),
    Column("project", String(64), ForeignKey("projects.name"), nullable=False, index=True),
    Column("role", String(16), nullable=False),
    Column("operator", Boolean, nullable=False, default=False),
    Column("label", String(100), nullable=False),
    Column("created", String(32), nullable=False),
    Column("revoked", String(32)),
)

sign_ins = Table(
    "sign_ins",
    METADATA,
    Column("code_hash", String(64), primary_key=True),
    Column("project", String(64), ForeignKey("projects.name"), nullable=False),
    Column("role", String(16), nullable=False),
    Column("operator", Boolean, nullable=False, default=False),
    Column("until", Float, nullable=False),
)
