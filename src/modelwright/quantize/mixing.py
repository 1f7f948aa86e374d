"""Mixed precision for one model: ranks its tensors, judges candidates, and changes the placement."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import onnx_ir as ir

from modelwright.quantize.compute import compute_params, with_weights
from modelwright.quantize.feeds import Feeds
from modelwright.quantize.judges import Metric, ModelJudge, all_of, cosine_judge, drop_judge, top1
from modelwright.quantize.labels import read_labels
from modelwright.quantize.metric import MetricCall, UserMetric
from modelwright.quantize.mixed import Mixed, Names, Verdict, search
from modelwright.quantize.params import Params, Placement, Role
from modelwright.quantize.reduce_placement import widened, without
from modelwright.quantize.sensitivity import Sensitivity, sensitivities
from modelwright.quantize.settings import Precision
from modelwright.quantize.statistics import Statistics
from modelwright.quantize.tuning import Tuning

_BATCHES: Final = 8
_BYTES: Final = 3 << 20
"""Batches on which each tensor is measured alone at most, and bytes of their inputs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mixture:
    """A placement of mixed precision.

    Attributes:
        placement: What is quantized now.
        params: With which numbers.
        ranked: What each activation costs alone, worst first.
        chosen: What the search found.
        share: Share of the quantized tensors (biases not counted) that are out of 8 bits now.
        seconds: How long it took.
    """

    placement: Placement
    params: Params
    ranked: tuple[Sensitivity, ...]
    chosen: Mixed
    share: float
    seconds: float

    def phrases(self) -> tuple[str, ...]:
        """What was found, in sentences."""
        count = self.chosen.evaluations
        lines = [
            (
                f"mixed precision: {len(self.chosen.names)} activations out of 8 bits, {self.share:.1%} of the "
                f"quantized tensors; {count} model{'s' if count > 1 else ''} judged"
            ),
            f"all in 8 bits: {self.chosen.first.text}",
        ]
        if self.chosen.names:
            lines.append(f"mixed: {self.chosen.verdict.text}")
        if not self.chosen.verdict.meets:
            lines.append("what was asked is not reached")
        return tuple(lines)


def mix(
    tuning: Tuning,
    placement: Placement,
    statistics: Statistics,
    params: Params,
    feeds: Feeds,
    call: MetricCall | None = None,
) -> Mixture:
    """Takes the most sensitive layers out of 8 bits until the model is good enough.

    Args:
        tuning: The model with its batches.
        placement: What is quantized.
        statistics: What calibration saw.
        params: With which numbers.
        feeds: The calibration data, for metrics.
        call: The user's metric, if there is one.

    Raises:
        UserError: The settings contradict each other, or the metric fails.
    """
    start = time.perf_counter()
    settings = tuning.settings
    ranked = sensitivities(tuning.model, placement, params, tuning.samples.few(_BATCHES, _BYTES))
    change = _Change(tuning.model, placement, statistics, params, settings.fallback)
    allowed = ranked if settings.max_float is None else _within(ranked, change, settings.max_float)
    with ExitStack() as stack:
        judge = _judge(tuning, feeds, call, stack)

        def judged(names: Names) -> Verdict:
            return judge(tuning.quantized(*change.made(names)))

        if settings.min_cosine is None and settings.max_drop is None:
            names = tuple(name for item in allowed for name in item.names)
            chosen = Mixed(names=names, verdict=judged(names), first=judged(()), evaluations=2)
        else:
            chosen = search(allowed, judged)
    changed, numbers = change.made(chosen.names)
    return Mixture(
        placement=changed,
        params=numbers,
        ranked=ranked,
        chosen=chosen,
        share=change.share(chosen.names),
        seconds=time.perf_counter() - start,
    )


class _Change:
    """Placements and numbers with some activations out of 8 bits."""

    def __init__(
        self,
        model: ir.Model,
        placement: Placement,
        statistics: Statistics,
        params: Params,
        fallback: Precision,
    ) -> None:
        self._model = model
        self._placement = placement
        self._statistics = statistics
        self._params = params
        self._wide = fallback is Precision.INT16

    def made(self, names: Names) -> tuple[Placement, Params]:
        """The placement without these activations, or with 16 bits for them, and its numbers."""
        if not self._wide:
            placement = without(self._placement, names)
            return placement, {tensor.name: self._params[tensor.name] for tensor in placement.tensors}
        placement = widened(self._placement, names)
        numbers = compute_params(self._model, placement, self._statistics)
        weights = {tensor.name: self._params[tensor.name] for tensor in placement.of_role(Role.WEIGHT)}
        return placement, with_weights(self._model, placement, numbers, weights)

    def share(self, names: Names) -> float:
        """Share of the tensors, biases not counted, that are out of 8 bits."""
        before = _counted(self._placement)
        if self._wide:
            return len(names) / max(before, 1)
        return 1 - _counted(without(self._placement, names)) / max(before, 1)


def _counted(placement: Placement) -> int:
    return sum(tensor.role is not Role.BIAS for tensor in placement.tensors)


def _within(ranked: Sequence[Sensitivity], change: _Change, largest: float) -> tuple[Sensitivity, ...]:
    """The most sensitive that are at most a share of the tensors together."""
    chosen: list[Sensitivity] = []
    for item in ranked:
        names = tuple(name for other in (*chosen, item) for name in other.names)
        if item.noise > 0 and change.share(names) <= largest + 1e-9:
            chosen.append(item)
    return tuple(chosen)


def _judge(tuning: Tuning, feeds: Feeds, call: MetricCall | None, stack: ExitStack) -> ModelJudge:
    settings = tuning.settings
    judges: list[ModelJudge] = []
    if settings.min_cosine is not None:
        judges.append(cosine_judge(tuning.reference, settings.min_cosine))
    if settings.max_drop is not None:
        metric = _metric(tuning, feeds, call, stack)
        judges.append(drop_judge(metric, metric(tuning.exact), settings.max_drop))
    return all_of(judges) if judges else cosine_judge(tuning.reference)


def _metric(tuning: Tuning, feeds: Feeds, call: MetricCall | None, stack: ExitStack) -> Metric:
    if call is not None:
        folder = stack.enter_context(TemporaryDirectory(prefix="modelwright-"))
        return UserMetric(call, feeds, Path(folder))
    labels = None if tuning.settings.labels is None else read_labels(Path(tuning.settings.labels))
    return top1(tuning.exact, feeds, labels)
