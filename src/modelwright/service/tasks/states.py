"""The states of a task and which may follow which."""

from __future__ import annotations

import enum
from typing import Final


class TaskStatus(enum.StrEnum):
    """What a task's list shows."""

    INITIALIZING = "Initializing"
    """Accepted; nobody works on it yet."""
    RUNNING = "Running"
    SUCCESSFUL = "Successful"
    FAILED = "Failed"
    CANCELED = "Canceled"

    @property
    def over(self) -> bool:
        """Whether nothing more happens by itself."""
        return self in OVER


OVER: Final = (TaskStatus.SUCCESSFUL, TaskStatus.FAILED, TaskStatus.CANCELED)

FOLLOWS: Final[dict[TaskStatus, tuple[TaskStatus, ...]]] = {
    TaskStatus.INITIALIZING: (TaskStatus.RUNNING, TaskStatus.CANCELED),
    TaskStatus.RUNNING: (TaskStatus.RUNNING, *OVER),
    TaskStatus.SUCCESSFUL: (),
    TaskStatus.FAILED: (TaskStatus.INITIALIZING,),
    TaskStatus.CANCELED: (TaskStatus.INITIALIZING,),
}
"""``Running`` follows ``Running`` when a worker was lost; ``Initializing`` when a task is retried."""


def before(status: TaskStatus) -> tuple[TaskStatus, ...]:
    """The states that ``status`` may follow."""
    return tuple(item for item, then in FOLLOWS.items() if status in then)
