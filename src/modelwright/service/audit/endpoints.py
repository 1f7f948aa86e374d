"""The audit trail over REST."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from modelwright.service.audit import repository
from modelwright.service.audit.schemas import AuditEntry, AuditPage
from modelwright.service.context import Asking, Served
from modelwright.service.paging import decode, encode
from modelwright.service.problems import RESPONSES
from modelwright.service.projects.roles import Role

router = APIRouter(prefix="/v1/audit", tags=["audit"], responses=RESPONSES)


@router.get("")
def list_audit(
    context: Served,
    asking: Asking,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    cursor: Annotated[str | None, Query(max_length=1000)] = None,
) -> AuditPage:
    """The project's audit trail, for its admins."""
    asking.require(Role.ADMIN)
    before = None if cursor is None else decode(cursor, 1)[0]
    with context.database.read() as connection:
        rows = repository.entries(connection, asking.project, before=before, limit=limit + 1)
    shown = [AuditEntry.model_validate(row) for row in rows[:limit]]
    return AuditPage(items=shown, next=encode(shown[-1].id) if len(rows) > limit else None)
