"""The stages of a task and their times, as a bar."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from modelwright.service.tasks.schemas import Stage, Task

WIDTH: Final = 1000
"""Width of the bar in its own units."""
_LEAST: Final = 6
_COLORS: Final = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A stage in the bar.

    Attributes:
        name: The stage.
        seconds: How long it took, or has taken so far.
        x: Where it begins, of ``WIDTH``.
        width: How wide it is.
        color: Number of its colour.
        open: Whether it is not over.
    """

    name: str
    seconds: float
    x: float
    width: float
    color: int
    open: bool


def segments(task: Task, lines: Iterable[Any], *, at: dt.datetime | None = None) -> list[Segment]:
    """The stages of a task: as its outcome has them, else as its log says when they began and ended.

    Args:
        task: The task.
        lines: Lines of its log that tell of beginnings and ends (``time``, ``stage``, ``message``).
        at: Now.
    """
    if task.stages:
        return _bar([(stage, False) for stage in task.stages])
    return _bar(_from_log(task, lines, at or dt.datetime.now(dt.UTC)))


def _from_log(task: Task, lines: Iterable[Any], at: dt.datetime) -> list[tuple[Stage, bool]]:
    began: dict[str, dt.datetime] = {}
    took: dict[str, float] = {}
    for line in lines:
        if task.started is None or line.time < task.started:
            continue
        moment = dt.datetime.fromisoformat(line.time)
        if line.message == "begins":
            began[line.stage] = moment
        elif line.message == "is over" and line.stage in began:
            took[line.stage] = (moment - began[line.stage]).total_seconds()
    end = dt.datetime.fromisoformat(task.finished) if task.finished else at
    return [
        (Stage(name=name, seconds=max(0.0, took.get(name, (end - moment).total_seconds()))), name not in took)
        for name, moment in began.items()
    ]


def _bar(stages: Sequence[tuple[Stage, bool]]) -> list[Segment]:
    total = sum(stage.seconds for stage, _ in stages)
    shares = [max(_LEAST, WIDTH * stage.seconds / total) if total else 1.0 for stage, _ in stages]
    scale = WIDTH / sum(shares) if shares else 0.0
    found: list[Segment] = []
    x = 0.0
    for place, ((stage, unfinished), share) in enumerate(zip(stages, shares, strict=True)):
        width = share * scale
        found.append(
            Segment(
                name=stage.name,
                seconds=stage.seconds,
                x=round(x, 2),
                width=round(width, 2),
                color=place % _COLORS,
                open=unfinished,
            )
        )
        x += width
    return found
