"""The plan's step between optimization and export: calibration data opened, the model quantized."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from modelwright.diagnostics import Diagnostic
from modelwright.errors import CalibrationDataError, UsageError
from modelwright.formats import Format, TensorSpec
from modelwright.hub.dtypes import dtype_name
from modelwright.hub.opset import OLDEST_OPSET
from modelwright.hub.shapes import dims_of
from modelwright.pipeline.background import Background
from modelwright.pipeline.measure import versions
from modelwright.pipeline.observer import Observer
from modelwright.pipeline.plan import Plan, verifies
from modelwright.pipeline.quantize_doctor import examined, remarks, treated
from modelwright.pipeline.quantize_section import data_settings, quantize_settings
from modelwright.pipeline.recipe import Recipe
from modelwright.pipeline.workspace import Workspace
from modelwright.quantize.checkpoint import Checkpoint
from modelwright.quantize.data.batches import DataFeeds
from modelwright.quantize.data.found import find_data
from modelwright.quantize.data.open import open_feeds
from modelwright.quantize.doctor.watched import watched_feeds
from modelwright.quantize.feeds import Feeds
from modelwright.quantize.metric import MetricCall
from modelwright.quantize.saturation import saturation_notice
from modelwright.quantize.session import ModelRuns
from modelwright.quantize.statistics import load_statistics, save_statistics
from modelwright.quantize.steps import Quantized, needs_data, quantize

if TYPE_CHECKING:
    import onnx_ir as ir

    from modelwright.quantize.data.function import Trust

_OUTPUT_TYPE: Final = "inference_output_type"
_BYTES: Final = ("int8", "uint8")
_SMALL: Final = 64 << 20
"""Bytes of an artifact up to which another process costs more than it saves: it would hold the weights besides."""
_COMPARED: Final = 4
"""Samples, about, on which the result is compared with the float model."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuantizedModel:
    """What the step did.

    Attributes:
        phrases: What was done, for the report.
        remarks: What is odd or was decided.
        data: SHA-256 over the calibration data; None without.
        reference: An ``.npz`` of some calibration data and the float model's outputs; None where nothing is compared
            with them.
        rounds: Whether the result computes with fewer bits than the model did.
        result: Placement, numbers and statistics.
    """

    phrases: tuple[str, ...]
    remarks: tuple[Diagnostic, ...]
    data: Background[str] | None
    reference: Path | None
    rounds: bool
    result: Quantized

    @property
    def mixes(self) -> bool:
        """Whether sensitive layers could stay float, and this was not asked for."""
        return self.data is not None and bool(self.result.placement.tensors) and self.result.mixture is None

    def runs_here(self, files: Sequence[Path]) -> bool:
        """Whether the artifact in ``files`` is small enough to run where ONNX Runtime is at work already."""
        return sum(path.stat().st_size for path in files) <= _SMALL


def run_key(plan: Plan, inputs: Background[dict[str, str]] | None) -> str:
    """A text that changes with the source, what is done to it, and what does it.

    Args:
        plan: The plan.
        inputs: SHA-256 of the source's files.
    """
    return json.dumps([plan.key, {} if inputs is None else inputs.result(), versions()])


def quantize_model(
    recipe: Recipe,
    model: ir.Model,
    *,
    workspace: Workspace,
    observer: Observer,
    trust: Trust | None,
    key: Callable[[], str],
) -> QuantizedModel:
    """Quantizes a model in place as a recipe says.

    Args:
        recipe: The settled recipe.
        model: The model.
        workspace: Where files of the run go.
        observer: Hears how far calibration is.
        trust: Whether Python files that the recipe names may be run.
        key: Gives a text that changes with the model and what is done to it, for calibration that was interrupted.

    Raises:
        UserError: The model, the settings or the data do not allow it.
        ToolError: A worker that reads the data fails.
    """
    checkpoint = Checkpoint(folder=kept_path(Path(recipe.output.path)), key=key)
    try:
        return _quantize(recipe, model, workspace, observer, trust, checkpoint)
    except KeyboardInterrupt:
        checkpoint.tidy()
        if not checkpoint.folder.exists():
            raise
        raise KeyboardInterrupt(f"the same command goes on from what is kept in {checkpoint.folder}") from None
    finally:
        checkpoint.tidy()


def _quantize(
    recipe: Recipe,
    model: ir.Model,
    workspace: Workspace,
    observer: Observer,
    trust: Trust | None,
    checkpoint: Checkpoint,
) -> QuantizedModel:
    section = recipe.quantize
    settings = quantize_settings(section, target=recipe.output.target)
    if recipe.output.options.get(_OUTPUT_TYPE) in _BYTES:
        settings = replace(settings, outputs=True)
    _check_opset(recipe)
    feeds = _feeds(recipe, model, workspace, trust, checkpoint)
    if feeds is None and needs_data(settings) and section.statistics is None:
        raise CalibrationDataError(
            f"precision {settings.precision.value} needs calibration data",
            hint="give a folder, list or archive with --data, or a calibration file with -c",
        )
    simplify = section.simplify is not False
    cure = treated(model, settings, feeds, simplify=simplify) if section.fix else None
    data: Feeds | None = feeds if cure is None or feeds is None else cure.feeds
    settings = settings if cure is None else cure.settings
    reference = None
    if data is not None and verifies(recipe) and recipe.verify.reference is None:
        reference = _reference(model, data, workspace.scratch() / "calibrated.npz")
    statistics = None if section.statistics is None else load_statistics(Path(section.statistics))
    original = model.clone()
    watched = None if data is None else watched_feeds(data)
    result = quantize(
        model,
        settings,
        watched,
        statistics=statistics,
        simplify=simplify,
        progress=observer.advance,
        checkpoint=checkpoint,
        metric=_metric(section.metric, trust),
        balance=section.save_statistics is None,
    )
    if section.save_statistics is not None:
        save_statistics(result.statistics, workspace.stage(Path(section.save_statistics)))
    found = examined(original, result, settings, watched) if cure is None else cure.left
    phrases = result.phrases
    if data is not None and recipe.quantize.report is not False:
        from modelwright.pipeline.quantize_report import wanted, write_reports

        if wanted(recipe, result, data):
            phrases += write_reports(recipe, model, result, settings, data, found, workspace=workspace)
    checkpoint.clear()  # what functions made of the data lies there, too
    return QuantizedModel(
        phrases=phrases,
        remarks=(
            *(() if feeds is None else feeds.remarks),
            *remarks(() if cure is None else cure.fixed, found),
            *result.remarks,
            *(saturation_notice(result.placement, settings) if recipe.output.target == Format.ONNX.value else ()),
        ),
        data=None if feeds is None else Background(feeds.digest),
        reference=reference,
        rounds=bool(result.placement.tensors or result.placement.halves),
        result=result,
    )


def kept_path(output: Path) -> Path:
    """The folder where an interrupted run finds what was calibrated: ``<result>.calibration``."""
    return output.with_name(f"{output.name}.calibration")


def _metric(text: str | None, trust: Trust | None) -> MetricCall | None:
    if text is None:
        return None
    return MetricCall(
        text=text, trusted=trust is not None and trust.given, python=None if trust is None else trust.python
    )


def _check_opset(recipe: Recipe) -> None:
    wanted = recipe.output.opset
    if wanted is not None and wanted < OLDEST_OPSET:
        raise UsageError(
            f"a quantized model cannot be written at opset {wanted}: scales for each channel need {OLDEST_OPSET}",
            hint=f"choose --opset {OLDEST_OPSET} or newer",
        )


def _feeds(
    recipe: Recipe, model: ir.Model, workspace: Workspace, trust: Trust | None, checkpoint: Checkpoint
) -> DataFeeds | None:
    settings = data_settings(recipe.quantize)
    if settings is None or not settings.inputs:
        return None
    specs = [
        TensorSpec(name=value.name or "", dtype=dtype_name(value.dtype), shape=dims_of(value.shape))
        for value in model.graph.inputs
        if value.name not in model.graph.initializers
    ]
    if recipe.quantize.search:
        like = settings.inputs[0]
        settings = find_data(Path(like.path), specs, like=like, settings=settings)
    return open_feeds(settings, specs, trust=trust, scratch=workspace.scratch(), keep=checkpoint.folder)


def _reference(model: ir.Model, feeds: Feeds, path: Path) -> Path:
    """Writes some calibration data with the outputs of the model as it is."""
    batch = _joined(model, feeds)
    with ModelRuns(model) as runs:
        outputs, _ = runs.runner([value.name or "" for value in model.graph.outputs]).run(batch)
    arrays = {f"in:{name}": array for name, array in batch.items()}
    np.savez(path, allow_pickle=False, **arrays, **{f"out:{name}": array for name, array in outputs.items()})
    return path


def _joined(model: ir.Model, feeds: Feeds) -> dict[str, np.ndarray]:
    """The first batches as one where the model leaves the batch open, else the first."""
    shapes = [dims_of(value.shape) for value in model.graph.inputs]
    open_ = all(shape and not isinstance(shape[0], int) for shape in shapes)
    few = list(itertools.islice(feeds, _COMPARED if open_ else 1))
    return {name: np.concatenate([batch[name] for batch in few]) if open_ else few[0][name] for name in few[0]}
