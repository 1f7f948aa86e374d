"""What "good enough" means for mixed precision: the angle of the outputs, or a metric and how far it may drop."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import onnx_ir as ir

from modelwright.errors import ReferenceDataError
from modelwright.quantize.accuracy.quality import Reference
from modelwright.quantize.feeds import Feeds
from modelwright.quantize.mixed import Verdict
from modelwright.quantize.session import ModelRuns

_EXACT: Final = 1e-9
"""What a cosine of equal numbers may lack of 1 in floating point."""

ModelJudge = Callable[[ir.Model], Verdict]
Metric = Callable[[ir.Model], float]
"""A number for a model; the larger the better."""


def cosine_judge(reference: Reference, least: float | None = None) -> ModelJudge:
    """Judges by the cosine of every output with the float model's.

    Args:
        reference: The float model's outputs.
        least: What the cosine of each output must be; None where any is good enough.
    """

    def judge(model: ir.Model) -> Verdict:
        quality = reference.quality(model)
        asked = "" if least is None else f" (asked: {least:.12g})"
        digits = 6 if least is None else max(6, len(f"{least:.12g}") - 1)
        meets = least is None or quality.cosine >= least - _EXACT
        return Verdict(meets=meets, text=f"cosine {quality.cosine:.{digits}f}, {quality.snr:.2f} dB{asked}")

    return judge


def drop_judge(metric: Metric, exact: float, largest: float) -> ModelJudge:
    """Judges by how far a metric lies below the float model's.

    Args:
        metric: The metric.
        exact: What the float model reaches.
        largest: How far below a model may lie, in the metric's own unit.
    """

    def judge(model: ir.Model) -> Verdict:
        value = metric(model)
        text = f"metric {value:.6g}, float {exact:.6g} (a drop of {largest:g} is allowed)"
        return Verdict(meets=exact - value <= largest + 1e-12, text=text)

    return judge


def all_of(judges: Sequence[ModelJudge]) -> ModelJudge:
    """Judges by several; the first that is not content decides."""

    def judge(model: ir.Model) -> Verdict:
        texts: list[str] = []
        for item in judges:
            verdict = item(model)
            texts.append(verdict.text)
            if not verdict.meets:
                return verdict
        return Verdict(meets=True, text="; ".join(texts))

    return judge


@dataclass(frozen=True, slots=True, kw_only=True)
class Top1:
    """The share of samples whose largest class is the right one.

    Attributes:
        feeds: The samples.
        labels: ``[samples]``, the class of each.
        output: Name of the output with a score for each class, along its last axis.
    """

    feeds: Feeds
    labels: np.ndarray
    output: str

    def __call__(self, model: ir.Model) -> float:
        """The share, from 0 to 1."""
        answers, _ = _top_classes(model, self.feeds, self.output)
        return float((answers == self.labels).mean())


def _top_classes(model: ir.Model, feeds: Feeds, output: str) -> tuple[np.ndarray, int]:
    """The class with the largest score of each sample, and how many classes there are."""
    found: list[np.ndarray] = []
    classes = 0
    with ModelRuns(model) as runs:
        for outputs, _ in runs.runner([output]).stream(feeds):
            classes = outputs[output].shape[-1]
            found.append(outputs[output].reshape(-1, classes).argmax(axis=1))
    return np.concatenate(found), classes


def top1(model: ir.Model, feeds: Feeds, labels: np.ndarray | None) -> Top1:
    """The metric for a classifier.

    Args:
        model: The float model.
        feeds: The samples.
        labels: The class of each sample; None to take what the float model answers.

    Raises:
        ReferenceDataError: The model is no classifier, or there is not one label of its classes for each sample.
    """
    output = _scores(model)
    answers, classes = _top_classes(model, feeds, output)
    if labels is None:
        return Top1(feeds=feeds, labels=answers, output=output)
    if labels.shape != answers.shape:
        raise ReferenceDataError(
            f"there are {labels.size} labels for {answers.size} samples",
            hint="give one class number for each sample, in the order of the data",
        )
    if labels.size and not 0 <= labels.min() <= labels.max() < classes:
        raise ReferenceDataError(
            f"the labels go from {labels.min()} to {labels.max()}, the classes of {output!r} from 0 to {classes - 1}",
            hint="give numbers of classes as the model counts them, the first as 0",
        )
    return Top1(feeds=feeds, labels=labels, output=output)


def _scores(model: ir.Model) -> str:
    """Name of the one output that can hold a score for each class."""
    outputs = [value for value in model.graph.outputs if value.dtype is not None and value.dtype.is_floating_point()]
    ranks = [None if value.shape is None else len(value.shape) for value in outputs]
    fitting = [value for value, rank in zip(outputs, ranks, strict=True) if rank == 2]
    if len(fitting) != 1:
        names = ", ".join(f"{value.name} of rank {rank}" for value, rank in zip(outputs, ranks, strict=True))
        raise ReferenceDataError(
            f"which output holds a score for each class cannot be told ({names or 'no floating-point output'})",
            hint="give --metric file.py:func, or --min-cosine instead of --max-drop",
        )
    return fitting[0].name or ""
