"""``eval_report.json``: node by node, why a model could not be converted."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from modelwright.errors import CheckFailed, ConversionError, ModelwrightError, UnsupportedError
from modelwright.hub.io_atomic import output_errors
from modelwright.pipeline.check import CheckRequest, check_model
from modelwright.pipeline.precheck import eval_path
from modelwright.pipeline.recipe import Recipe
from modelwright.targets.check import TrialSettings
from modelwright.templates.template import Template

NAME: Final = "eval_report.json"


def write_evaluation(template: Template, recipe: Recipe, output: Path, error: ModelwrightError) -> None:
    """Leaves ``eval_report.json`` in the output folder when the model itself could not be converted.

    The verdict of a check before the compiler is moved there; the error's hint then names it.

    Args:
        template: The template.
        recipe: What was run.
        output: The output folder.
        error: What the run ended with.
    """
    target = output / NAME
    asked = eval_path(Path(recipe.output.path))
    if isinstance(error, CheckFailed) and asked.is_file():
        with output_errors(target):
            asked.replace(target)
        error.hint = error.hint.replace(asked.name, NAME).replace("--skip_check", "skip_check=true")
    elif isinstance(error, UnsupportedError | ConversionError):
        _evaluate(template, recipe, target)


def clear_evaluation(output: Path) -> None:
    """Takes away what an earlier run that failed left in the output folder.

    Raises:
        OutputError: It cannot be removed.
    """
    with output_errors(output / NAME):
        (output / NAME).unlink(missing_ok=True)


def _evaluate(template: Template, recipe: Recipe, target: Path) -> None:
    """Asks the target's profile about the model, by its tables and rules alone."""
    request = CheckRequest(
        path=Path(recipe.source.path),
        targets=(template.profile,),
        options=recipe.options,
        opset=recipe.output.opset,
        trial=TrialSettings(enabled=False),
        interpreters={name: Path(path) for name, path in recipe.verify.interpreters.items()},
    )
    try:
        data = check_model(request).data()
    except ModelwrightError:
        return  # the run's own error says why the model cannot be read
    staged = target.with_name(f".{NAME}.part")
    with output_errors(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        staged.write_text(json.dumps(data, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        staged.replace(target)
