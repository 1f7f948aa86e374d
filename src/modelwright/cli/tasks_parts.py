"""What the parts of ``modelwright tasks`` have in common."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from modelwright.cli.arguments import Parser
from modelwright.cli.output import print_json
from modelwright.cli.serve import require_service
from modelwright.cli.service_connection import add_connection
from modelwright.errors import ToolError

if TYPE_CHECKING:
    from modelwright.client import Client, Task


def add_part(
    parts: Any, name: str, text: str, execute: Callable[[argparse.Namespace], int], *, shows: bool = False
) -> Parser:
    """Adds a part; with ``shows`` it can print its answer as JSON."""
    part: Parser = parts.add_parser(name, help=text)
    if shows:
        part.add_argument("--json", action="store_true", help="print the answer as JSON")
    add_connection(part)
    part.set_defaults(parser=part, execute=_Execute(execute))
    return part


class _Execute:
    """A part's function, once it is sure that what it needs is installed."""

    def __init__(self, execute: Callable[[argparse.Namespace], int]) -> None:
        self._execute = execute

    def __call__(self, arguments: argparse.Namespace) -> int:
        require_service()
        return self._execute(arguments)


def add_task(part: Parser) -> Parser:
    """Adds the argument that names a task."""
    part.add_argument("task", metavar="TASK", help="name or id")
    return part


def find_task(client: Client, name: str) -> Task:
    """The task of that id or name.

    Raises:
        NotThereError: There is none.
    """
    found = next((task.id for task in client.tasks(search=name[:100]) if task.name == name), name)
    return client.task(found)


def tell_task(task: Task, arguments: argparse.Namespace, *, exits: bool = True) -> int:
    """Prints a task; gives the exit code that follows from its state, with ``exits``."""
    from modelwright.cli.tasks_view import show_task
    from modelwright.client import TaskStatus

    if arguments.json:
        print_json(task.model_dump(mode="json"))
    else:
        show_task(task)
    failed = task.status in (TaskStatus.FAILED, TaskStatus.CANCELED)
    return ToolError.exit_code if exits and failed else 0
