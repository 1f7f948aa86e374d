"""What ``convert`` and ``run`` share: the plan or the run, shown as text or as JSON."""

from __future__ import annotations

import argparse
import dataclasses
import importlib
import sys
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from modelwright.cli.output import print_json, print_rich
from modelwright.cli.progress import Progress
from modelwright.diagnostics import Diagnostic, Report, Status
from modelwright.errors import ModelwrightError, ToolError
from modelwright.pipeline.observer import Observer
from modelwright.pipeline.plan import plan, quantizes, verifies
from modelwright.pipeline.recipe import Recipe
from modelwright.pipeline.repeat import differences
from modelwright.pipeline.report import report_data, report_path
from modelwright.pipeline.run import run, settle

if TYPE_CHECKING:
    from modelwright.verify.runners.isolated import IsolatedRuntime


class RecipeRunner(Protocol):
    """What runs a recipe: ``modelwright.pipeline.run.run`` or something around it."""

    def __call__(
        self, recipe: Recipe, *, observer: Observer | None = None, runtime: IsolatedRuntime | None = None
    ) -> Report:
        """Runs it."""
        ...


def run_and_show(
    recipe: Recipe,
    arguments: argparse.Namespace,
    *,
    before: Mapping[str, Any] | None = None,
    runner: RecipeRunner = run,
    remarks: Sequence[Diagnostic] = (),
    silent: bool = False,
) -> int:
    """Runs a recipe and shows its report; with ``--dry-run`` shows the plan only.

    Args:
        recipe: What to do.
        arguments: ``dry_run``, ``json`` and ``verbose`` count.
        before: The report that is being repeated, if one is.
        runner: What runs it.
        remarks: What is to be said before all else.
        silent: Show nothing but errors.

    Returns:
        The exit code.

    Raises:
        ModelwrightError: As the run; what can be said about it has been shown.
    """
    if arguments.dry_run:
        return 0 if silent else _show_plan(settle(recipe), arguments)
    if arguments.own_process and quantizes(recipe):
        from modelwright.pipeline.allocation import share_memory

        share_memory()
    try:
        with _runtime(recipe, arguments) as runtime:
            report = runner(recipe, observer=Progress(), runtime=runtime)
    except ModelwrightError as error:
        if isinstance(error.report, Report):
            _show_failure(error.report, recipe, arguments)
        raise
    if before is not None:
        report = dataclasses.replace(report, diagnostics=(*report.diagnostics, *differences(before, report)))
    if remarks:
        report = dataclasses.replace(report, diagnostics=(*remarks, *report.diagnostics))
    if not silent:
        _show(report, recipe, arguments)
    return ToolError.exit_code if report.status is Status.PLANNED else 0


def _import_view() -> None:
    """Imports what shows the report."""
    for name in ("modelwright.cli.report_view", "rich.console", "rich.table"):
        importlib.import_module(name)


def _runtime(recipe: Recipe, arguments: argparse.Namespace) -> AbstractContextManager[IsolatedRuntime | None]:
    """Where the artifact runs: in a second process beside the command's own; called as a function, in this one.

    What calibrates has ONNX Runtime here: the other process then starts only for a large artifact.
    """
    if not arguments.own_process or not verifies(recipe):
        return nullcontext()
    from modelwright.verify.runners.isolated import IsolatedRuntime

    return IsolatedRuntime(early=not quantizes(recipe), meanwhile=_import_view)


def _show_failure(report: Report, recipe: Recipe, arguments: argparse.Namespace) -> None:
    """Shows all that is known of a failed run; without an artifact only remarks, for the error says the rest."""
    if arguments.json or report.artifact is not None:
        _show(report, recipe, arguments)
        return
    for remark in report.diagnostics:
        sys.stderr.write(f"{remark.level.value}: {remark.message}\n")


def _show(report: Report, recipe: Recipe, arguments: argparse.Namespace) -> None:
    if arguments.json:
        print_json(report_data(report))
        return
    from modelwright.cli.report_view import show_report

    output = Path(recipe.output.path)
    print_rich(lambda console: show_report(report, output, report_path(output), console, verbose=arguments.verbose))
    sys.stdout.flush()


def _show_plan(recipe: Recipe, arguments: argparse.Namespace) -> int:
    steps = plan(recipe)
    if arguments.json:
        print_json({"key": steps.key, "recipe": recipe.data(), "plan": steps.data()})
        return 0
    from modelwright.cli.plan_view import show_plan

    print_rich(lambda console: show_plan(steps, recipe, console))
    return 0
