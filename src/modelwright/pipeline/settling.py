"""Fills in what a recipe leaves to detection, and refuses places that are taken."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from modelwright.errors import ModelNotFoundError, UsageError
from modelwright.formats import Format
from modelwright.frontends.manifest import frontend_for
from modelwright.options import OptionKind
from modelwright.pipeline.calibration_file import with_config
from modelwright.pipeline.detection import detect_format
from modelwright.pipeline.plan import verifies
from modelwright.pipeline.recipe import Recipe, parse_recipe, target_of
from modelwright.pipeline.report import report_path


def settle(recipe: Recipe) -> Recipe:
    """Fills in what a recipe leaves to detection: the source's format and the target.

    Raises:
        ModelNotFoundError: There is no source.
        ModelFormatError: Its format is not recognized.
        UsageError: The output's suffix is no backend's, or the output would overwrite the source.
    """
    recipe = with_config(recipe).recipe
    source, output = Path(recipe.source.path), Path(recipe.output.path)
    found = recipe.source.format or detect_format(source).value
    if output.exists() and source.exists() and output.samefile(source):
        raise UsageError(f"the output {output} is the source itself", hint="give --output another name")
    if recipe.verify.reference is not None and not verifies(recipe):
        raise UsageError("a reference was given, but verification is left out", hint="give one of the two")
    if recipe.verify.layers and not verifies(recipe):
        raise UsageError("layers shall be compared, but verification is left out", hint="give one of the two")
    if recipe.verify.reference is not None and not Path(recipe.verify.reference).is_file():
        raise ModelNotFoundError(f"no reference file at {recipe.verify.reference}", hint="give an .npz file")
    _check_side_files(recipe, found, output)
    target = target_of(recipe).name
    data = recipe.data()
    data["source"]["format"] = found
    data["output"]["target"] = target
    return parse_recipe(data)


def check_output(output: Path, files: Sequence[Path]) -> None:
    """The output must not be one of the files that the model was read from."""
    taken = next((path for path in files if output.exists() and path.exists() and output.samefile(path)), None)
    if taken is not None:
        raise UsageError(f"the output {output} is a file of the source", hint="give --output another name")


def _check_side_files(recipe: Recipe, source: str, output: Path) -> None:
    """No further file may have the name of the artifact, its report or the source."""
    taken = {os.path.realpath(path) for path in (output, report_path(output), recipe.source.path)}
    for option in frontend_for(Format(source)).options:
        path = recipe.options.get(option.name) if option.kind is OptionKind.NEW_FILE else None
        if path is not None and os.path.realpath(path) in taken:
            raise UsageError(f"{option.name}: {path} is taken by another file of this run", hint="choose another name")
