"""A calibration file (``-c``) as recipes: the conversion, and the quantized model beside its result."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from modelwright.diagnostics import Diagnostic, Level, Report
from modelwright.errors import UsageError
from modelwright.formats import Format
from modelwright.pipeline.recipe import Recipe, parse_recipe, target_of

if TYPE_CHECKING:
    from modelwright.quantize.config.file import CalibrationFile

Config = str | PathLike[str] | Mapping[str, Any]
"""A calibration file's path, or what it holds."""

_WEIGHTS: Final = "external_filename"
"""The option that names a file which the converted model has already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A recipe to run, and what is to be said beside its own remarks."""

    recipe: Recipe
    remarks: Sequence[Diagnostic] = ()


def read_config(config: Config) -> CalibrationFile:
    """A calibration file, checked; relative paths in a mapping are relative to the working directory.

    Raises:
        ConfigError: It is missing or wrong; every mistake is named.
    """
    from modelwright.quantize.config.load import load_config, parse_config

    if isinstance(config, Mapping):
        return parse_config(config, folder=Path.cwd(), where="config")
    return load_config(Path(config))


def jobs_with(config: Config, recipe: Recipe, *, trust: bool) -> tuple[Job, ...]:
    """What a conversion with a calibration file leads to.

    An ONNX result is written as it is, and the quantized model beside it, as the file says: ``<prefix>.onnx``. Another
    target's result is quantized itself.

    Args:
        config: The calibration file.
        recipe: The conversion.
        trust: Whether Python files that the file names may be run.

    Raises:
        ConfigError: The file is missing or wrong.
        UsageError: The quantized model would overwrite the source or the converted model, or a function is not trusted.
        ToolMissingError: What reads the data is not installed.
    """
    from modelwright.pipeline.quantize_request import result_path
    from modelwright.quantize.data.open import check_reading

    file = read_config(config)
    if file.data is not None:
        check_reading(file.data, trust=trust)
    if target_of(recipe).name != Format.ONNX.value:
        return (_whole(file, recipe),)
    output = Path(recipe.output.path)
    path = Path(result_path(None, file, output))
    for taken, what in ((Path(recipe.source.path), "the source"), (output, "the converted model")):
        if path.absolute() == taken.absolute() or (path.exists() and taken.exists() and path.samefile(taken)):
            raise UsageError(f"the quantized model {path} would overwrite {what}", hint="choose another output_prefix")
    quantized = _quantized(file, recipe, path)
    return Job(recipe=recipe), Job(recipe=quantized, remarks=(*_overruled(file, recipe), *file.remarks))


def with_config(recipe: Recipe) -> Job:
    """A recipe with what the calibration file that it names says, in its own words, and the file's remarks.

    Raises:
        ConfigError: The file is missing or wrong.
    """
    section = recipe.quantize
    if section.config is None:
        return Job(recipe=recipe)
    from modelwright.pipeline.quantize_request import quantize_section

    file = read_config(section.config)
    data = recipe.data()
    rest = {key: value for key, value in data["quantize"].items() if key != "config"}
    data["quantize"] = {**quantize_section({}, file), **rest}
    if recipe.output.opset is None:
        data["output"]["opset"] = file.model.opset
    return Job(recipe=parse_recipe(data), remarks=(*_overruled(file, recipe), *file.remarks))


def _quantized(file: CalibrationFile, recipe: Recipe, path: Path) -> Recipe:
    """The recipe that quantizes the converted model."""
    from modelwright.pipeline.quantize_request import quantize_section

    options = {key: value for key, value in recipe.output.options.items() if key != _WEIGHTS}
    verify = replace(recipe.verify, reference=None, interpreters={})
    made = {
        "source": {"path": recipe.output.path, "format": Format.ONNX.value},
        "output": {"path": str(path), "target": Format.ONNX.value, "opset": file.model.opset, "options": options},
        "quantize": quantize_section({}, file),
        "verify": replace(recipe, verify=verify).data()["verify"],
    }
    return parse_recipe(made, where="the calibration file")


def _whole(file: CalibrationFile, recipe: Recipe) -> Job:
    """The conversion with quantization in it."""
    from modelwright.pipeline.quantize_request import quantize_section

    named = [key for key in ("output_prefix", "working_dir", "opset") if getattr(file.model, key) is not None]
    remarks = [*_overruled(file, recipe), *file.remarks]
    if named:
        remarks.append(_notice(f"{', '.join(named)} not used: the quantized model is {recipe.output.path}"))
    made = {**recipe.data(), "quantize": quantize_section({}, file)}
    return Job(recipe=parse_recipe(made, where="the calibration file"), remarks=remarks)


def _overruled(file: CalibrationFile, recipe: Recipe) -> tuple[Diagnostic, ...]:
    """Says that the command's model goes before the file's, where they are not the same."""
    named, given = file.model.onnx_model, Path(recipe.source.path)
    if named is None or Path(named).absolute() == given.absolute():
        return ()
    return (_notice(f"onnx_model {named} is not used: {given} was given"),)


def _notice(message: str) -> Diagnostic:
    return Diagnostic(level=Level.NOTICE, message=message, stage="quantize")


def run_jobs(jobs: Sequence[Job], *, runner: Callable[..., Report]) -> Report:
    """Runs jobs one after the other and gives the last report.

    Args:
        jobs: At least one.
        runner: What runs a recipe.

    Raises:
        ModelwrightError: As the first that fails.
    """
    reports = [_with_remarks(runner(job.recipe), job.remarks) for job in jobs]
    return reports[-1]


def _with_remarks(report: Report, remarks: Sequence[Diagnostic]) -> Report:
    return replace(report, diagnostics=(*remarks, *report.diagnostics))
