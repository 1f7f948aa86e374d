"""The audit trail as answers have it."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict


class AuditEntry(BaseModel):
    """Who did what, when."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    time: str
    actor: str
    token: str
    action: str
    object: str
    details: dict[str, Any]


class AuditPage(BaseModel):
    """Part of the trail, newest first."""

    items: list[AuditEntry]
    next: str | None
