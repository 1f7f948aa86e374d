"""Tasks as requests and answers have them."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from modelwright.service.tasks.states import TaskStatus

SettingValue = str | int | float | bool


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class NewTask(_Strict):
    """A task to be made."""

    name: str = Field(default="", description="2-24 lowercase letters, digits, hyphens; unique in the project")
    description: str = Field(default="", description='at most 100 characters, none of &!"<>=')
    template: str = Field(default="", description="name of a template")
    input: str = Field(default="", description="URL of the folder that holds the model")
    output: str = Field(default="", description="URL of the folder that the result goes to; empty or not there yet")
    priority: int = Field(default=4, ge=0, le=9, description="which waiting tasks come first; 9 is the most urgent")
    settings: dict[str, SettingValue] = Field(default_factory=dict[str, SettingValue], max_length=200)


class TaskChanges(_Strict):
    """What a clone has that the original has not."""

    name: str = ""
    description: str | None = None
    template: str | None = None
    input: str | None = None
    output: str = ""
    priority: int | None = Field(default=None, ge=0, le=9)
    settings: dict[str, SettingValue] | None = Field(default=None, max_length=200)


class Problem(BaseModel):
    """The error that a task ended with."""

    code: str
    message: str
    hint: str = ""
    node: str = ""
    items: list[str] = Field(default_factory=list[str])


class Stage(BaseModel):
    """A stage of a conversion and how long it took."""

    name: str
    seconds: float


class Artifact(BaseModel):
    """A file that a task gave."""

    name: str
    bytes: int
    sha256: str


class TaskInfo(BaseModel):
    """A task as lists show it."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    project: str
    name: str
    description: str
    template: str
    chip: str
    framework: str
    model_format: str
    input: str
    output: str
    priority: int
    settings: dict[str, str]
    status: TaskStatus
    result: str | None = Field(description="verified, unverified, planned or failed; null until the task is over")
    created: str
    created_by: str
    started: str | None
    finished: str | None
    updated: str
    run: int = Field(description="how often it was started: 1, and one more with every retry")
    attempt: int = Field(description="how often a worker began this run")
    stage: str | None
    cached: bool = Field(description="whether an earlier task with the same inputs and settings gave the result")
    cloned_from: str | None
    error: Problem | None


class Task(TaskInfo):
    """A task."""

    stages: list[Stage] = Field(default_factory=list[Stage])
    artifacts: list[Artifact] = Field(default_factory=list[Artifact])
    summary: dict[str, Any] = Field(default_factory=dict[str, Any])


class TaskPage(BaseModel):
    """Part of a list of tasks."""

    items: list[TaskInfo]
    next: str | None = Field(description="cursor of the next page; null on the last one")


class TaskNames(_Strict):
    """Ids of tasks."""

    ids: list[str] = Field(min_length=1, max_length=1000)


class Deleted(BaseModel):
    """What was deleted, and why the rest was not."""

    deleted: list[str]
    kept: dict[str, Problem]


def task_of(row: Any) -> Task:
    """A task's row as an answer."""
    data = dict(row._mapping)  # noqa: SLF001  SQLAlchemy's name for the row as a mapping
    outcome = data.pop("outcome") or {}
    return Task.model_validate(
        data | {key: outcome.get(key, []) for key in ("stages", "artifacts")} | {"summary": outcome.get("summary", {})}
    )
