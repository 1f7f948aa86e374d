"""The recipe that a task ran, for whoever wants to run it elsewhere."""

from __future__ import annotations

import json
from pathlib import Path, PurePosixPath
from typing import Any, Final

from modelwright.errors import RecipeError
from modelwright.pipeline.recipe import parse_recipe
from modelwright.pipeline.report import SUFFIX
from modelwright.service.console.task_files import read_artifact
from modelwright.service.console.visit import Visit
from modelwright.service.errors import NotThereError
from modelwright.service.tasks.schemas import Task

_MOST: Final = 64 << 20
_BASE: Final = Path("/task")
"""Stands for the folder in which a worker has ``input`` and ``output``, which the report's paths are relative to."""


def report_name(task: Task) -> str | None:
    """The name of the run's report among the artifacts, or None when there is none."""
    return next((item.name for item in task.artifacts if item.name.endswith(SUFFIX)), None)


def recipe_text(visit: Visit, task: Task) -> str:
    """The recipe as JSON: its folder holds ``input``, with the files of the input folder, and gets ``output``.

    Args:
        visit: Who asks.
        task: The task.

    Raises:
        NotThereError: The task has no report, or its report was changed.
    """
    name = report_name(task)
    data = read_artifact(visit, task, name, _MOST) if name is not None else None
    if name is None or data is None:
        raise NotThereError(f"the task {task.name} has no report", hint="a task that converted something has one")
    try:
        recipe = parse_recipe(_recipe(data), where=name)
    except (RecipeError, ValueError):
        raise NotThereError(f"{name} holds no recipe any more", hint="retry or clone the task") from None
    folder = _BASE / "output" / PurePosixPath(name).parent
    return json.dumps(recipe.located(folder).portable(_BASE), indent=2, ensure_ascii=False) + "\n"


def _recipe(data: bytes) -> dict[str, Any]:
    found = json.loads(data)
    recipe = found.get("recipe") if isinstance(found, dict) else None
    if not isinstance(recipe, dict):
        raise RecipeError("there is no recipe")
    verify = recipe.get("verify")
    if isinstance(verify, dict):
        recipe["verify"] = {key: item for key, item in verify.items() if not key.endswith("_python")}
    return recipe
