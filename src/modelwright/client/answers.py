"""What answers hold, where it is no task."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field

from modelwright.service.projects.roles import Role


class Line(BaseModel):
    """One line of a log."""

    number: int
    time: str
    level: str
    stage: str
    message: str


class LogPage(BaseModel):
    """Part of a log."""

    lines: list[Line]
    total: int
    next: int
    error: str | None


class Upload(BaseModel):
    """An upload under way: bytes that have arrived, by file."""

    id: str
    files: dict[str, int] = Field(default_factory=dict[str, int])


class Entry(BaseModel):
    """One entry of a folder; files have a size."""

    name: str
    url: str
    folder: bool
    bytes: int | None


class Listing(BaseModel):
    """What a folder holds."""

    url: str
    entries: list[Entry]


class Who(BaseModel):
    """Who a token belongs to."""

    label: str
    project: str
    role: Role
    operator: bool


class TokenInfo(BaseModel):
    """What is known of a token; its secret is told once, when it is made."""

    id: str
    role: Role
    label: str
    created: str
    revoked: str | None


class AuditEntry(BaseModel):
    """Who did what, when."""

    id: str
    time: str
    actor: str
    token: str
    action: str
    object: str
    details: dict[str, Any]


class AuditPage(BaseModel):
    """Part of the audit trail, newest first."""

    items: list[AuditEntry]
    next: str | None


class Toolchain(BaseModel):
    """A vendor's tool or a framework that a worker has."""

    name: str
    version: str
    path: str


class WorkerInfo(BaseModel):
    """Something that runs tasks: its queues, tasks at a time, tools, and the templates whose artifacts it can build."""

    name: str
    engine: str
    queues: list[str]
    slots: int
    toolchains: list[Toolchain]
    templates: list[str]
    version: str
    started: str


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
