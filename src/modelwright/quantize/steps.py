"""Quantizes a model: the steps in their order, each with its reason."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import onnx_ir as ir

from modelwright.diagnostics import Diagnostic, Level
from modelwright.errors import CalibrationDataError, UsageError
from modelwright.passes.finalize import finalize
from modelwright.quantize.calibrate import MEMORY_BUDGET, Progress, calibrate, silent
from modelwright.quantize.checkpoint import Checkpoint, PartFeeds, calibrate_on
from modelwright.quantize.chosen_ranges import with_ranges
from modelwright.quantize.compute import compute_params
from modelwright.quantize.feeds import Feeds
from modelwright.quantize.metric import MetricCall
from modelwright.quantize.params import Params, Placement, Role
from modelwright.quantize.placement import place
from modelwright.quantize.prepare import prepare
from modelwright.quantize.reduce_placement import FOR_ACCURACY
from modelwright.quantize.settings import Precision, QuantizeSettings
from modelwright.quantize.statistics import Statistics, check_statistics
from modelwright.quantize.weights import constant_bytes
from modelwright.quantize.writing import write_quantized

if TYPE_CHECKING:
    from modelwright.quantize.mixing import Mixture
    from modelwright.quantize.tuning import Technique, Tuning

_LARGE: Final = 512 << 20
"""Bytes of weights from which on models are tuned only on demand: each look at one writes its weights to disk."""


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
        techniques: Steps for accuracy, with what they gave.
        mixture: What mixed precision found, if it was asked for.
    """

    placement: Placement
    params: Params
    statistics: Statistics
    phrases: tuple[str, ...]
    remarks: tuple[Diagnostic, ...] = ()
    floating: ir.Model | None = None
    techniques: tuple[Technique, ...] = ()
    mixture: Mixture | None = None


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
    metric: MetricCall | None = None,
    balance: bool = True,
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
        metric: A function of the user's for mixed precision to watch.
        balance: Whether channels may be balanced before calibration, so that statistics are of the balanced model.

    Raises:
        UserError: The model, the settings or the data do not allow it.
    """
    opset = model.graph.opset_imports.get("", 0)
    prepare(model, simplify=simplify)
    placement = with_ranges(place(model, settings), settings.ranges)
    tuning = _tuning(model, placement, settings, feeds)
    if tuning is not None and settings.finetune and balance and statistics is None:
        tuning.balance(placement)
    if statistics is None:
        statistics = _calibrated(model, placement, feeds, memory_budget, progress, checkpoint)
    check_statistics(statistics, placement)
    params = compute_params(model, placement, statistics)
    mixture: Mixture | None = None
    if tuning is not None:
        placement, params, mixture = _tuned(tuning, placement, statistics, params, feeds, metric)
    phrases = (*_phrases(placement, statistics), *_tuning_phrases(model, settings, tuning, mixture))
    floating = model.clone() if tuning is None else tuning.exact  # what the report compares with; weights are shared
    write_quantized(model, placement, params)
    finalize(model)
    return Quantized(
        placement=placement,
        params=params,
        statistics=statistics,
        phrases=phrases,
        remarks=(*_remarks(model, opset, placement, settings), *_missed(mixture)),
        techniques=() if tuning is None else tuple(tuning.techniques),
        mixture=mixture,
        floating=floating,
    )


def _tuning(model: ir.Model, placement: Placement, settings: QuantizeSettings, feeds: Feeds | None) -> Tuning | None:
    """What is done for accuracy, if something is asked for and there is something to tune."""
    if settings.mixed and not (feeds and placement.of_role(Role.ACTIVATION)):
        raise UsageError(
            "mixed precision needs calibration data and activations in 8 bits",
            hint="give --data, and precision int8",
        )
    light = settings.finetune <= 1 and not settings.mixed
    if not feeds or not placement.tensors or (light and (not settings.finetune or constant_bytes(model) > _LARGE)):
        return None
    from modelwright.quantize.tuning import Tuning

    return Tuning(model, settings, feeds)


def _tuned(
    tuning: Tuning,
    placement: Placement,
    statistics: Statistics,
    params: Params,
    feeds: Feeds | None,
    metric: MetricCall | None,
) -> tuple[Placement, Params, Mixture | None]:
    """The steps between calibration and writing."""
    mixture: Mixture | None = None
    params = tuning.refine(placement, params)
    if feeds is not None and tuning.settings.mixed:
        from modelwright.quantize.mixing import mix

        mixture = mix(tuning, placement, statistics, params, feeds, metric)
        placement, params = mixture.placement, mixture.params
    if tuning.settings.finetune:
        tuning.correct(placement, params)
    return placement, params, mixture


def _tuning_phrases(
    model: ir.Model, settings: QuantizeSettings, tuning: Tuning | None, mixture: Mixture | None
) -> tuple[str, ...]:
    if tuning is None:
        if not settings.finetune or constant_bytes(model) <= _LARGE:
            return ()
        return (f"not fine-tuned: more than {_LARGE >> 20} MB of weights; finetune_level 2 does it all the same",)
    from modelwright.quantize.tuning import LAST

    last = [technique.phrase() for technique in tuning.techniques if technique.name == LAST]
    before = [technique.phrase() for technique in tuning.techniques if technique.name != LAST]
    return (*before, *(() if mixture is None else mixture.phrases()), *last)


def _missed(mixture: Mixture | None) -> tuple[Diagnostic, ...]:
    """A warning where mixed precision does not reach what was asked."""
    if mixture is None or mixture.chosen.verdict.meets:
        return ()
    message = f"mixed precision does not reach what was asked: {mixture.chosen.verdict.text}"
    hint = "allow more layers in float (--max-float), or choose --fallback float"
    return (Diagnostic(level=Level.WARNING, message=message, stage="quantize", hint=hint),)


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


def _nothing(placement: Placement, settings: QuantizeSettings) -> Diagnostic:
    """Says why nothing became integers."""
    if any(reason == FOR_ACCURACY for _, reason in placement.floats):
        message = "nothing is quantized any more: all had to stay float to reach what was asked"
        hint = "ask for less, keep some in 8 bits with --max-float 25%, or take 16 bits with --fallback int16"
    else:
        message = f"nothing was quantized: the rules of {settings.target} fit no node"
        hint = placement.floats[0][1] if placement.floats else "the model has no convolutions or matrix products"
    return Diagnostic(level=Level.WARNING, message=message, stage="quantize", hint=hint)


def _remarks(model: ir.Model, opset: int, placement: Placement, settings: QuantizeSettings) -> tuple[Diagnostic, ...]:
    found: list[Diagnostic] = []
    if model.graph.opset_imports[""] != opset:
        message = f"the opset was raised from {opset} to {model.graph.opset_imports['']}, which these integers need"
        found.append(Diagnostic(level=Level.NOTICE, message=message, stage="quantize"))
    asked = settings.precision not in (Precision.FLOAT, Precision.FLOAT16)
    if asked and not placement.tensors:
        found.append(_nothing(placement, settings))
    for name, reason in placement.floats:
        message = f"{name} stays float: {reason}"
        found.append(Diagnostic(level=Level.INFO, message=message, stage="quantize"))
    return tuple(found)
