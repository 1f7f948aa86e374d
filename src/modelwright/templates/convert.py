"""A conversion by a template: input folder and settings are checked, the recipe runs, the output folder is filled."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from modelwright.diagnostics import Report
from modelwright.errors import ModelwrightError, TemplateError
from modelwright.pipeline.observer import Observer, Silent
from modelwright.pipeline.recipe import Recipe
from modelwright.pipeline.run import run
from modelwright.templates import device_config
from modelwright.templates.building import Order, build_recipe
from modelwright.templates.evaluation import clear_evaluation, write_evaluation
from modelwright.templates.folder import Found, check_folder, list_folder
from modelwright.templates.joblog import JobLog, Logged, LogLine, log_error, log_report
from modelwright.templates.template import Template
from modelwright.templates.values import Problem, check_values

if TYPE_CHECKING:
    from modelwright.verify.runners.isolated import IsolatedRuntime


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateRequest:
    """A conversion by a template.

    Attributes:
        template: The template.
        folder: The input folder.
        output: The output folder.
        settings: Values by the settings' names.
        interpreters: Interpreters that run sources and artifacts, by their keys in a recipe (``tf_python``).
    """

    template: Template
    folder: Path
    output: Path
    settings: Mapping[str, str] = field(default_factory=dict[str, str])
    interpreters: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A request that was checked.

    Attributes:
        request: The request.
        found: What the input folder holds.
        values: The values of all settings.
        recipe: The recipe.
    """

    request: TemplateRequest
    found: Found
    values: dict[str, str]
    recipe: Recipe


def check_request(
    template: Template, names: tuple[str, ...], settings: Mapping[str, str]
) -> tuple[Found, dict[str, str], list[Problem]]:
    """What a folder's listing and settings come to, and all that is wrong with both."""
    values, problems = check_values(template, settings)
    found, more = check_folder(template, names, values)
    return found, values, [*more, *problems]


def prepare(request: TemplateRequest) -> Prepared:
    """Checks the input folder and the settings and makes the recipe.

    Raises:
        ModelNotFoundError: There is no input folder.
        TemplateError: Input folder or settings are not as the template asks; everything wrong is listed.
        UserError: A value does not fit the model.
    """
    template = request.template
    found, values, problems = check_request(template, list_folder(request.folder), request.settings)
    if problems:
        raise problems_error(template, problems)
    order = Order(
        template=template,
        folder=request.folder,
        output=request.output,
        found=found,
        values=values,
        interpreters=request.interpreters,
    )
    return Prepared(request=request, found=found, values=values, recipe=build_recipe(order))


def problems_error(template: Template, problems: list[Problem]) -> TemplateError:
    """One error for everything that is wrong with a request."""
    return TemplateError(
        f"{len(problems)} thing{'s are' if len(problems) > 1 else ' is'} not as {template.name} asks",
        hint=f"`modelwright templates show {template.name}` says what it takes",
        items=[str(item) for item in problems],
    )


def convert(
    prepared: Prepared,
    *,
    listener: Callable[[LogLine], None] | None = None,
    observer: Observer | None = None,
    runtime: IsolatedRuntime | None = None,
) -> Report:
    """Runs a prepared request; ``job_log.txt`` is written however it ends.

    Args:
        prepared: The request.
        listener: Hears every line of the log.
        observer: Hears of the steps.
        runtime: Where the artifact is loaded and run; by default in this process.

    Raises:
        ModelwrightError: As the run; ``eval_report.json`` then says why, where the model is the reason.
    """
    request, log = prepared.request, JobLog(listener)
    _log_request(log, prepared)
    try:
        report = run(prepared.recipe, observer=Logged(log, observer or Silent()), runtime=runtime)
        if device_config.NAME in request.template.outputs:
            device_config.write_config(report, Path(prepared.recipe.output.path), request.output)
        clear_evaluation(request.output)
        log_report(log, report)
    except ModelwrightError as error:
        if isinstance(error.report, Report):
            log_report(log, error.report)
        write_evaluation(request.template, prepared.recipe, request.output, error)
        log_error(log, error)
        raise
    finally:
        log.write(request.output)
    return report


def _log_request(log: JobLog, prepared: Prepared) -> None:
    log.say("input", f"template {prepared.request.template.name}")
    for role, names in prepared.found.files.items():
        if names:
            log.say("input", f"{role}: {', '.join(names)}")
    if prepared.found.ignored:
        log.say("input", f"not used: {', '.join(prepared.found.ignored)}")
    for name, value in prepared.values.items():
        if value:
            log.say("input", f"{name} = {value}")
