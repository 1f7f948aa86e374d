"""Runs a recipe file, or repeats the run that a report describes and says whether the same came out."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from modelwright.diagnostics import Diagnostic, Level, Report
from modelwright.pipeline.observer import Observer
from modelwright.pipeline.recipe import Recipe, load_recipe
from modelwright.pipeline.report import CALIBRATION
from modelwright.pipeline.run import run


def recipe_of(path: Path, output: str | None = None) -> tuple[Recipe, dict[str, Any] | None]:
    """The recipe in a file, with another output if one is given, and the report that the file is, if it is one.

    Raises:
        ModelNotFoundError: There is no such file.
        RecipeError: It holds no valid recipe.
    """
    recipe, before = load_recipe(path)
    if output is not None:
        recipe = dataclasses.replace(recipe, output=dataclasses.replace(recipe.output, path=output))
    return recipe, before


def run_file(
    path: Path,
    *,
    output: str | None = None,
    observer: Observer | None = None,
    runner: Callable[..., Report] = run,
) -> Report:
    """Runs the recipe in ``path``; for a report, adds remarks on what differs from the run it describes.

    Raises:
        ModelwrightError: As ``run``.
    """
    recipe, before = recipe_of(path, output)
    report = runner(recipe, observer=observer)
    if before is None:
        return report
    return dataclasses.replace(report, diagnostics=(*report.diagnostics, *differences(before, report)))


def differences(before: Mapping[str, Any], report: Report) -> tuple[Diagnostic, ...]:
    """Remarks on a repeated run: sources or versions that changed, and whether the artifact is the same."""
    remarks: list[Diagnostic] = []
    changed = _changed(before.get("inputs"), report.inputs)
    sources = [name for name in changed if name != CALIBRATION]
    if sources:
        remarks.append(_remark(Level.WARNING, f"the source changed since that report: {', '.join(sources)}"))
    if CALIBRATION in changed:
        remarks.append(_remark(Level.WARNING, f"the {CALIBRATION} changed since that report"))
    versions = _changed(before.get("versions"), report.versions)
    if versions:
        remarks.append(_remark(Level.NOTICE, f"other versions than in that report: {', '.join(versions)}"))
    old = [item.get("sha256") for item in before.get("files") or [] if isinstance(item, Mapping)]
    if old == [item.sha256 for item in report.files]:
        remarks.append(_remark(Level.INFO, "the artifact is the same, byte for byte, as in that report"))
    else:
        remarks.append(_remark(Level.WARNING, "the artifact differs from the one in that report"))
    return tuple(remarks)


def _changed(before: object, now: Mapping[str, str]) -> list[str]:
    old = before if isinstance(before, Mapping) else {}
    return sorted(key for key in {*old, *now} if old.get(key) != now.get(key))


def _remark(level: Level, message: str) -> Diagnostic:
    return Diagnostic(level=level, message=message, stage="repeat")
