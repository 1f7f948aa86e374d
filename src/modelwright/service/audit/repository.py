"""The audit trail in the database: written in the transaction of what it tells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, insert, select

from modelwright.service.audit.table import audit
from modelwright.service.clock import new_id, now
from modelwright.service.projects.roles import Principal


def record(connection: Connection, principal: Principal, action: str, item: str, details: Mapping[str, Any]) -> None:
    """Adds a row: ``addConvert``, ``updateConvert``, ``deleteConvert``, ``addToken``, ..."""
    connection.execute(
        insert(audit).values(
            id=new_id(),
            project=principal.project,
            time=now(),
            actor=principal.label,
            token=principal.token,
            action=action,
            object=item,
            details=dict(details),
        )
    )


def entries(connection: Connection, project: str, *, before: str | None, limit: int) -> Sequence[Row[Any]]:
    """The rows of a project, newest first, older than the row ``before``."""
    query = select(audit).where(audit.c.project == project)
    if before is not None:
        query = query.where(audit.c.id < before)
    return connection.execute(query.order_by(audit.c.id.desc()).limit(limit)).all()
