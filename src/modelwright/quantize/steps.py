"""Quantizes a model: the steps in their order, each with its reason."""

from __future__ import annotations

from dataclasses import dataclass

import onnx_ir as ir

from modelwright.diagnostics import Diagnostic, Level
from modelwright.errors import CalibrationDataError
from modelwright.passes.finalize import finalize
from modelwright.quantize.calibrate import MEMORY_BUDGET, Progress, calibrate, silent
from modelwright.quantize.checkpoint import Checkpoint, PartFeeds, calibrate_on
from modelwright.quantize.chosen_ranges import with_ranges
from modelwright.quantize.compute import compute_params
from modelwright.quantize.dynamic import insert_dynamic
from modelwright.quantize.feeds import Feeds
from modelwright.quantize.halves import halve
from modelwright.quantize.insert_qdq import insert
from modelwright.quantize.params import Params, Placement, Role
from modelwright.quantize.placement import place
from modelwright.quantize.prepare import prepare
from modelwright.quantize.settings import Precision, QuantizeSettings
from modelwright.quantize.statistics import Statistics, check_statistics


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantized:
    """What was done to a model.

    Attributes:
        placement: What became integers, and what did not and why.
        params: With which numbers.
        statistics: What calibration saw.
        phrases: What was done, for a report.
        remarks: What is worth knowing about it.
        floating: The float model whose tensors the quantized one's stand for.
    """

    placement: Placement
    params: Params
    statistics: Statistics
    phrases: tuple[str, ...]
    remarks: tuple[Diagnostic, ...] = ()
    floating: ir.Model | None = None


def needs_data(settings: QuantizeSettings) -> bool:
    """Whether ranges of activations must be known."""
    precisions = [settings.precision, *(part.precision for part in settings.parts)]
    return any(precision in (Precision.INT8, Precision.INT16) for precision in precisions)


def quantize(
    model: ir.Model,
    settings: QuantizeSettings,
    feeds: Feeds | None,
    *,
    statistics: Statistics | None = None,
    simplify: bool = True,
    memory_budget: int = MEMORY_BUDGET,
    progress: Progress = silent,
    checkpoint: Checkpoint | None = None,
) -> Quantized:
    """Quantizes a float model in place.

    Args:
        model: The model.
        settings: What is asked for.
        feeds: Calibration data; None where `needs_data` says that none are needed, or with statistics.
        statistics: What an earlier calibration of the same model saw, instead of calibrating.
        simplify: Whether to optimize the graph before.
        memory_budget: Bytes that calibration may keep of one batch.
        progress: Hears of calibration.
        checkpoint: Where calibration keeps what it has seen, for a run that is interrupted; only for ``PartFeeds``.

    Raises:
        UserError: The model, the settings or the data do not allow it.
    """
    opset = model.graph.opset_imports.get("", 0)
    prepare(model, simplify=simplify)
    placement = with_ranges(place(model, settings), settings.ranges)
    if statistics is None:
        statistics = _calibrated(model, placement, feeds, memory_budget, progress, checkpoint)
    check_statistics(statistics, placement)
    params = compute_params(model, placement, statistics)
    phrases = _phrases(placement, statistics)
    floating = model.clone()  # what the report compares with; weights are shared
    insert(model, insert_dynamic(model, placement, params), params)
    halve(model, placement)
    finalize(model)
    return Quantized(
        placement=placement,
        params=params,
        statistics=statistics,
        phrases=phrases,
        remarks=_remarks(model, opset, placement, settings),
        floating=floating,
    )


def _calibrated(
    model: ir.Model,
    placement: Placement,
    feeds: Feeds | None,
    memory_budget: int,
    progress: Progress,
    checkpoint: Checkpoint | None,
) -> Statistics:
    if isinstance(feeds, PartFeeds) and checkpoint is not None:
        return calibrate_on(model, placement, feeds, checkpoint, memory_budget=memory_budget, progress=progress)
    if feeds is not None:
        return calibrate(model, placement, feeds, memory_budget=memory_budget, progress=progress)
    if placement.of_role(Role.ACTIVATION):
        raise CalibrationDataError("there are no calibration data", hint="give at least one batch, better 100 samples")
    return Statistics()


def _phrases(placement: Placement, statistics: Statistics) -> tuple[str, ...]:
    """What is quantized, with which data, and what stays float by operator."""
    counts = [
        (len(placement.of_role(role)), noun)
        for role, noun in ((Role.ACTIVATION, "activation"), (Role.WEIGHT, "weight"))
    ]
    said = [f"{count} {noun}{'s' if count != 1 else ''}" for count, noun in counts if count]
    found = [f"{' and '.join(said)} quantized"] if said else []
    if statistics.batches:
        found.append(f"calibrated on {statistics.batches} batch{'es' if statistics.batches != 1 else ''}")
    if placement.halves:
        found.append(f"{len(placement.halves)} nodes in float16 where that is safe")
    return tuple(found)


def _remarks(model: ir.Model, opset: int, placement: Placement, settings: QuantizeSettings) -> tuple[Diagnostic, ...]:
    found: list[Diagnostic] = []
    if model.graph.opset_imports[""] != opset:
        message = f"the opset was raised from {opset} to {model.graph.opset_imports['']}, which these integers need"
        found.append(Diagnostic(level=Level.NOTICE, message=message, stage="quantize"))
    asked = settings.precision not in (Precision.FLOAT, Precision.FLOAT16)
    if asked and not placement.tensors:
        message = f"nothing was quantized: the rules of {settings.target} fit no node"
        hint = placement.floats[0][1] if placement.floats else "the model has no convolutions or matrix products"
        found.append(Diagnostic(level=Level.WARNING, message=message, stage="quantize", hint=hint))
    for name, reason in placement.floats:
        message = f"{name} stays float: {reason}"
        found.append(Diagnostic(level=Level.INFO, message=message, stage="quantize"))
    return tuple(found)
