"""What runs tasks, as answers have it."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class ToolchainModel(BaseModel):
    """A vendor's tool or a framework that a worker has."""

    name: str
    version: str
    path: str


class WorkerModel(BaseModel):
    """Something that runs tasks."""

    model_config = ConfigDict(from_attributes=True)

    name: str
    engine: str = Field(description="local or celery")
    queues: list[str] = Field(description="the queues that it takes tasks from: ascend, gpu, arm, cpu")
    slots: int = Field(description="tasks that it runs at the same time")
    toolchains: list[ToolchainModel]
    templates: list[str] = Field(description="templates whose artifacts it can build, not only plan")
    version: str
    started: str
