"""A task that runs elsewhere than in the service's own engine, for tests of what others see of it."""

from __future__ import annotations

import time

from modelwright.service.clock import new_id, now
from modelwright.service.database import Database
from modelwright.service.engine.lease import Claim
from modelwright.service.tasks import repository
from modelwright.service.tasks.states import TaskStatus

TEXTS = ("description", "template", "chip", "framework", "model_format", "input", "output")


def running_elsewhere(database: Database, project: str) -> Claim:
    """Adds such a task; its lease is a long one."""
    task, lease = new_id(), new_id()
    with database.write() as connection:
        repository.add(
            connection,
            **dict.fromkeys(TEXTS, "x"),
            **{name: now() for name in ("created", "updated", "started")},
            id=task,
            project=project,
            name=task[:24],
            settings={},
            status=TaskStatus.RUNNING.value,
            created_by="test",
            run=1,
            attempt=1,
            cached=False,
            cancel=False,
            lease=lease,
            lease_until=time.time() + 300,
        )
        return Claim(row=repository.get(connection, project, task), lease=lease)
