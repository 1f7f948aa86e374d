"""Quantizes a model: the steps in their order, each with its reason."""

from __future__ import annotations

from dataclasses import dataclass

import onnx_ir as ir

from modelwright.errors import UsageError
from modelwright.passes.finalize import finalize
from modelwright.quantize.calibrate import MEMORY_BUDGET, Progress, calibrate, silent
from modelwright.quantize.compute import compute_params
from modelwright.quantize.feeds import Feeds
from modelwright.quantize.insert_qdq import insert
from modelwright.quantize.params import Params, Placement
from modelwright.quantize.placement import place
from modelwright.quantize.prepare import prepare
from modelwright.quantize.settings import Precision, QuantizeSettings
from modelwright.quantize.statistics import Statistics


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantized:
    """What was done to a model.

    Attributes:
        placement: What became integers, and what did not and why.
        params: With which numbers.
        statistics: What calibration saw.
        phrases: What was done, for a report.
    """

    placement: Placement
    params: Params
    statistics: Statistics
    phrases: tuple[str, ...]


def quantize(
    model: ir.Model,
    settings: QuantizeSettings,
    feeds: Feeds,
    *,
    memory_budget: int = MEMORY_BUDGET,
    progress: Progress = silent,
) -> Quantized:
    """Quantizes a float model in place.

    Args:
        model: The model.
        settings: What is asked for.
        feeds: Calibration data.
        memory_budget: Bytes that calibration may keep of one batch.
        progress: Hears of calibration.

    Raises:
        UserError: The model, the settings or the data do not allow it.
    """
    if settings.precision not in (Precision.INT8, Precision.INT16):
        raise UsageError(f"precision {settings.precision.value} needs no calibration")
    prepare(model)
    placement = place(model, settings)
    statistics = calibrate(model, placement, feeds, memory_budget=memory_budget, progress=progress)
    params = compute_params(model, placement, statistics)
    insert(model, placement, params)
    finalize(model)
    return Quantized(placement=placement, params=params, statistics=statistics, phrases=())
