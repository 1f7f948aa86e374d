"""Tasks as a person reads them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from modelwright.cli.output import print_rich
from modelwright.cli.quantities import bytes_text

if TYPE_CHECKING:
    from rich.console import Console

    from modelwright.service.tasks.schemas import Task, TaskInfo


def show_tasks(found: Sequence[TaskInfo]) -> None:
    """Prints a table of tasks."""
    rows = [(task.name, task.status.value, task.result or "", task.template, task.chip, task.created) for task in found]
    names = ("name", "status", "result", "template", "chip", "created")
    show_rows(names, rows, "no tasks; `modelwright tasks create TEMPLATE --input DIR` makes one")


def show_rows(names: Sequence[str], rows: Sequence[Sequence[str]], nothing: str) -> None:
    """Prints a table; without rows, what to say instead."""
    print_rich(lambda console: _table(names, rows, nothing, console))


def show_task(task: Task) -> None:
    """Prints one task; its error first."""
    print_rich(lambda console: _task(task, console))


def _table(names: Sequence[str], rows: Sequence[Sequence[str]], nothing: str, console: Console) -> None:
    from rich.text import Text

    for number, line in enumerate(_aligned([names, *rows]) if rows else [nothing]):
        console.print(Text(line, style="bold" if rows and number == 0 else ""), soft_wrap=True)


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Lines with columns below each other; names and URLs stay whole, for copying, however narrow the terminal is."""
    from rich.cells import cell_len

    widths = [max(map(cell_len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(cell + " " * (width - cell_len(cell)) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def _task(task: Task, console: Console) -> None:
    from rich.text import Text

    rows = _rows(task)
    for (name, _), line in zip(rows, _aligned(rows), strict=True):
        console.print(Text.assemble((name, "bold"), line[len(name) :]), soft_wrap=True)


def _rows(task: Task) -> list[tuple[str, str]]:
    rows: list[tuple[str, str]] = []
    if task.error is not None:
        rows.append(("error", f"{task.error.code}: {task.error.message}"))
        rows += [("", f"- {item}") for item in task.error.items]
        rows += [("hint", task.error.hint)] if task.error.hint else []
    state = (
        task.status.value + (f", {task.result}" if task.result else "") + (", from the cache" if task.cached else "")
    )
    rows += [("name", task.name), ("id", task.id), ("status", state), ("template", task.template)]
    rows += [("input", task.input), ("output", task.output)]
    rows += [("priority", str(task.priority))] if task.priority != 4 else []
    rows += [("setting", f"{name} = {value}") for name, value in task.settings.items()]
    rows += [("stage", f"{item.name}  {item.seconds:.2f} s") for item in task.stages]
    rows += [("artifact", f"{item.name}  {bytes_text(item.bytes)}") for item in task.artifacts]
    rows += [("created", f"{task.created} by {task.created_by}")]
    return rows
