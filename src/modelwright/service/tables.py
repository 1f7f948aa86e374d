"""All tables of the service; importing this module makes them known."""

from __future__ import annotations

from modelwright.service.audit import table as audit
from modelwright.service.database import METADATA
from modelwright.service.engine import cache_table, workers_table
from modelwright.service.logs import table as logs
from modelwright.service.projects import table as projects
from modelwright.service.sessions import table as sessions
from modelwright.service.storage import commits
from modelwright.service.tasks import table as tasks
from modelwright.service.uploads import table as uploads

__all__ = [
    "METADATA",
    "audit",
    "cache_table",
    "commits",
    "logs",
    "projects",
    "sessions",
    "tasks",
    "uploads",
    "workers_table",
]
