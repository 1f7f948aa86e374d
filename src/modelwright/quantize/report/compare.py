"""Runs the float and the quantized model side by side and measures every tensor, in bounded memory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import onnx_ir as ir

from modelwright.hub.shapes import Shapes
from modelwright.quantize.feeds import Feeds
from modelwright.quantize.report.alone import FLOAT_PREFIX, side_by_side
from modelwright.quantize.report.found import TensorRow
from modelwright.quantize.report.measures import ErrorSum, SpreadSum
from modelwright.quantize.report.pairs import Pair, pairs
from modelwright.quantize.session import ModelRuns, Runner

SAMPLES: Final = 16
"""Batches that are measured on, unless otherwise asked."""

_BUDGET: Final = 192 << 20
_UNKNOWN: Final = 4 << 20


@dataclass(slots=True, kw_only=True)
class _Measure:
    """What is summed up of one tensor."""

    error: ErrorSum = field(default_factory=ErrorSum)
    alone: ErrorSum = field(default_factory=ErrorSum)
    floating: SpreadSum = field(default_factory=SpreadSum)
    quantized: SpreadSum = field(default_factory=SpreadSum)


def compare(
    floating: ir.Model, quantized: ir.Model, feeds: Feeds, *, samples: int = SAMPLES
) -> tuple[tuple[TensorRow, ...], int]:
    """The error of every quantized activation and of every output.

    Two sessions run: the quantized model, and the float model with each quantized layer beside it. Of the tensors, as
    many are held at a time as fit into the memory set aside.

    Args:
        floating: The float model, prepared as the quantized one was.
        quantized: The quantized model.
        feeds: Data; the first ``samples`` batches are used.
        samples: How many.

    Returns:
        The tensors in graph order, and the number of batches used.

    Raises:
        ConversionError: ONNX Runtime does not load one of the models.
        ReferenceDataError: The data do not fit.
    """
    both = pairs(floating, quantized)
    measures = {pair.name: _Measure() for pair in both}
    used = 0
    with ModelRuns(side_by_side(floating, quantized)) as beside, ModelRuns(quantized) as whole:
        for group in _groups(both, floating):
            exact = {name for pair in group for name in (_float_name(pair), pair.made) if name}
            inside = sorted(exact - set(beside.inputs))
            first = beside.runner(inside) if inside else None
            second = whole.runner(sorted({pair.quantized for pair in group}))
            used = 0
            for batch in _first(feeds, samples):
                _take(group, measures, batch, first, second)
                used += 1
    return tuple(_row(pair, measures[pair.name]) for pair in both), used


def _float_name(pair: Pair) -> str:
    return f"{FLOAT_PREFIX}{pair.name}" if pair.op_type != "Input" else pair.name


def _first(feeds: Feeds, samples: int) -> Iterator[Mapping[str, np.ndarray]]:
    for place, batch in enumerate(feeds):
        if place >= samples:
            return
        yield batch


def _groups(both: Sequence[Pair], floating: ir.Model) -> Iterator[list[Pair]]:
    """Tensors that fit together into the memory set aside, in order."""
    shapes = Shapes(floating.opset_imports.get("", 1))
    values = {value.name: value for node in floating.graph for value in node.outputs}
    group: list[Pair] = []
    total = 0
    for pair in both:
        shape = shapes.shape(values[pair.name]) if pair.name in values else None
        sizes = [size if isinstance(size, int) else 1 for size in shape] if shape is not None else None
        needed = 3 * (4 * int(np.prod(sizes, dtype=np.int64)) if sizes is not None else _UNKNOWN)
        if group and total + needed > _BUDGET:
            yield group
            group, total = [], 0
        group.append(pair)
        total += needed
    if group:
        yield group


def _take(
    group: Sequence[Pair],
    measures: Mapping[str, _Measure],
    batch: Mapping[str, np.ndarray],
    first: Runner | None,
    second: Runner,
) -> None:
    exact = {**batch, **(first.run(batch)[0] if first is not None else {})}
    rounded = second.run(batch)[0]
    for pair in group:
        measure, true, seen = measures[pair.name], exact[_float_name(pair)], rounded[pair.quantized]
        if true.dtype.kind != "f" or true.shape != seen.shape:
            continue
        measure.error.add(seen, true)
        measure.floating.add(true)
        measure.quantized.add(seen)
        if pair.made and pair.made in exact and exact[pair.made].shape == true.shape:
            measure.alone.add(exact[pair.made], true)
        elif not pair.made:
            measure.alone.add(seen, true)


def _row(pair: Pair, measure: _Measure) -> TensorRow:
    floating, quantized = measure.floating.bounds(), measure.quantized.bounds()
    low, high = min(floating[0], quantized[0]), max(floating[1], quantized[1])
    return TensorRow(
        op=pair.op,
        op_type=pair.op_type,
        var=pair.name,
        kind=pair.kind,
        dtype=pair.dtype,
        error=measure.error.error(),
        alone=measure.alone.error() if measure.alone.count else None,
        quantized=quantized,
        floating=floating,
        histogram=measure.floating.histogram(low, high),
        histogram_quantized=measure.quantized.histogram(low, high),
    )
