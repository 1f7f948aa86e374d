"""Uploads as answers have them."""

from __future__ import annotations

from pydantic import BaseModel, Field


class Upload(BaseModel):
    """An upload."""

    id: str
    files: dict[str, int] = Field(default_factory=dict[str, int], description="bytes so far, by name")


class Grown(BaseModel):
    """A file of an upload."""

    name: str
    offset: int = Field(description="its bytes so far: where the next piece begins")


class Complete(BaseModel):
    """An upload that is complete."""

    url: str = Field(description="URL of the folder, for a task's input")
