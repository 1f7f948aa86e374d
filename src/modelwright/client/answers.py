"""Answers that only the client has a form for; the others are the service's own."""

from __future__ import annotations

from pydantic import BaseModel

from modelwright.service.logs.schemas import Line


class Health(BaseModel):
    """That a service is there, and its version."""

    status: str
    version: str


class Event(BaseModel):
    """One event of a log's stream: ``line`` with a line, ``status`` or ``end`` with the task's state.

    Attributes:
        kind: ``line``, ``status`` or ``end``.
        line: The line.
        status: The state; empty at the end of a task that was deleted.
    """

    kind: str
    line: Line | None = None
    status: str = ""
