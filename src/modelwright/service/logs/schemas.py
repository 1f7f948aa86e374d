"""Logs as answers have them."""

from __future__ import annotations

from pydantic import BaseModel, Field


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
    offset: int
    total: int = Field(description="how many lines there are so far")
    next: int = Field(description="offset of what comes after these lines")
    error: str | None = Field(description="the last error, for the top of a page")
