"""The command line that does what a task did."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote

from modelwright.pipeline.interpreters import interpreters
from modelwright.service.tasks.schemas import TaskInfo

_FILE = "file://"


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandText:
    """A command to copy.

    Attributes:
        text: The command, quoted for a shell.
        local: Whether its folders are those of the task; else they stand for folders of object storage, which the
            command line does not read.
    """

    text: str
    local: bool


def command_of(task: TaskInfo, paths: Mapping[str, str]) -> CommandText:
    """The ``modelwright convert template`` command that makes a task's result.

    Args:
        task: The task.
        paths: Interpreters that the service runs sources and artifacts with, by their keys in a recipe.
    """
    words = ["modelwright", "convert", "template", task.template]
    words += ["--input", _folder(task.input), "--output", _folder(task.output)]
    for item in interpreters():
        if item.name in paths:
            words += [item.flag, paths[item.name]]
    if task.settings:
        words += ["--set", *(f"{name}={value}" for name, value in task.settings.items())]
    local = task.input.startswith(_FILE) and task.output.startswith(_FILE)
    return CommandText(text=shlex.join(words), local=local)


def _folder(url: str) -> str:
    """The path of a local folder; of another one a folder of its name in the working directory."""
    return unquote(url.removeprefix(_FILE)) if url.startswith(_FILE) else url.rstrip("/").rpartition("/")[2]
