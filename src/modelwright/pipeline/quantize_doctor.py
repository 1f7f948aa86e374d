"""The doctor beside quantization: before it with ``--fix``, after it from what calibration saw."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING

from modelwright.diagnostics import Diagnostic, Level
from modelwright.quantize.doctor.after import diagnose_calibrated
from modelwright.quantize.doctor.checks.already_quantized import already_quantized
from modelwright.quantize.doctor.dequantize import dequantize
from modelwright.quantize.doctor.evidence import Evidence
from modelwright.quantize.doctor.examine import watch
from modelwright.quantize.doctor.finding import STAGE, Finding
from modelwright.quantize.doctor.landmarks import landmarks
from modelwright.quantize.doctor.session import opener
from modelwright.quantize.doctor.treat import Treatment, treat
from modelwright.quantize.doctor.trials import Witness
from modelwright.quantize.feeds import Feeds
from modelwright.quantize.prepare import prepare
from modelwright.quantize.session import ModelRuns
from modelwright.quantize.settings import QuantizeSettings

if TYPE_CHECKING:
    import onnx_ir as ir

    from modelwright.quantize.doctor.watched import WatchedFeeds
    from modelwright.quantize.steps import Quantized


def treated(model: ir.Model, settings: QuantizeSettings, feeds: Feeds | None, *, simplify: bool) -> Treatment | None:
    """What ``--fix`` does before a model is quantized; a model with Q/DQ nodes becomes float in place.

    Args:
        model: The model as it was read and optimized.
        settings: How it is to be quantized.
        feeds: Its calibration data.
        simplify: Whether quantization optimizes the graph before.

    Returns:
        None where there is nothing to look at without data.

    Raises:
        UserError: The model, the settings or the data do not allow it.
    """
    found = tuple(item for item in already_quantized(Evidence(model=model)) if item.fix is not None)
    if found:
        dequantize(model)
    if feeds is None:
        return Treatment(settings=settings, feeds=(), fixed=found, left=()) if found else None
    prepared = model.clone()
    prepare(prepared, simplify=simplify)
    with ModelRuns(model) as runs:
        witness = Witness(places=landmarks(model), run=opener(runs))
        treatment = treat(prepared, feeds, settings, witness=witness)
    return dataclasses.replace(treatment, fixed=(*found, *treatment.fixed))


def examined(
    original: ir.Model, result: Quantized, settings: QuantizeSettings, watched: WatchedFeeds | None
) -> tuple[Finding, ...]:
    """What is wrong with what was calibrated; another pass over the data only where calibration went on from before.

    Args:
        original: The float model as it was before quantization.
        result: What quantization did.
        settings: How.
        watched: The data, looked at while they went by; None for statistics of an earlier calibration.
    """
    if result.floating is None or watched is None or not len(watched) or not result.placement.tensors:
        return ()
    return diagnose_calibrated(
        original,
        result.floating,
        settings=settings,
        data=watched.seen or watch(watched),
        placement=result.placement,
        params=result.params,
        statistics=result.statistics,
    )


def remarks(fixed: Sequence[Finding], left: Sequence[Finding]) -> tuple[Diagnostic, ...]:
    """The findings as remarks: of those that were fixed, what was done."""
    done = [
        Diagnostic(
            level=Level.NOTICE,
            message=f"fixed: {item.message} ({'; '.join(item.evidence)}); {item.fix.what}",
            stage=STAGE,
            code=item.code,
            node=item.where[0] if item.where else "",
        )
        for item in fixed
        if item.fix is not None
    ]
    return (*done, *(item.diagnostic() for item in left))
