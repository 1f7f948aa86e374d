"""Runs the float and the quantized model side by side and measures every tensor, in bounded memory."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import onnx_ir as ir

from modelwright.hub.spreads import every
from modelwright.quantize.feeds import Feeds
from modelwright.quantize.report.alone import FLOAT_PREFIX, side_by_side
from modelwright.quantize.report.found import TensorRow
from modelwright.quantize.report.measures import ErrorSum, SpreadSum
from modelwright.quantize.report.pairs import Pair, pairs
from modelwright.quantize.session import ModelRuns, Spreads

SAMPLES: Final = 16
"""Batches that are measured on at most, unless otherwise asked."""

_MOST: Final = 4096
"""Numbers of a tensor that are compared in each batch at most; its range is always exact."""
_BYTES: Final = 2 << 20
"""Bytes of inputs that are measured on, about: few large samples tell as much as many small ones."""
_FEWEST: Final = 4
_BUDGET: Final = 192 << 20
"""Bytes of numbers that are held at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BothModels:
    """Two models on disk, to run.

    Attributes:
        pairs: Which tensor is which.
        beside: The float model with each quantized layer beside it.
        whole: The quantized model.
        outputs: Names of the outputs that nodes make, in the float model's spelling.
    """

    pairs: tuple[Pair, ...]
    beside: ModelRuns
    whole: ModelRuns
    outputs: tuple[str, ...]


@contextmanager
def both_models(floating: ir.Model, quantized: ir.Model) -> Generator[BothModels]:
    """Writes both models down, once for all that is measured of them.

    Args:
        floating: The float model, prepared as the quantized one was.
        quantized: The quantized model.
    """
    found = pairs(floating, quantized)
    outputs = tuple(value.name or "" for value in floating.graph.outputs if value.producer() is not None)
    with ModelRuns(side_by_side(floating, quantized)) as beside, ModelRuns(quantized) as whole:
        yield BothModels(pairs=found, beside=beside, whole=whole, outputs=outputs)


@dataclass(slots=True, kw_only=True)
class _Measure:
    """What is summed up of one tensor."""

    error: ErrorSum = field(default_factory=ErrorSum)
    alone: ErrorSum = field(default_factory=ErrorSum)
    floating: SpreadSum = field(default_factory=SpreadSum)
    quantized: SpreadSum = field(default_factory=SpreadSum)


def compare(both: BothModels, feeds: Feeds, *, samples: int | None = None) -> tuple[tuple[TensorRow, ...], int]:
    """The error of every quantized activation and of every output.

    Two sessions run: the quantized model, and the float model with each quantized layer beside it. Of a large tensor
    some thousand numbers of each batch are compared, the same ones in both.

    Args:
        both: The models.
        feeds: Data; the first batches are used.
        samples: How many; by default 16, or less of large samples.

    Returns:
        The tensors in graph order, and the number of batches used.

    Raises:
        ConversionError: ONNX Runtime does not load one of the models.
        ReferenceDataError: The data do not fit.
    """
    measures = {pair.name: _Measure() for pair in both.pairs}
    used = _count(feeds) if samples is None else min(samples, len(feeds))
    for group in _groups([pair for pair in both.pairs if _is_float(both, pair)]):
        exact = tuple(dict.fromkeys(name for pair in group for name in (_float_name(pair), pair.made) if name))
        rounded = tuple(dict.fromkeys(pair.quantized for pair in group))
        steps = dict(_steps(group, both.beside))
        made = {pair.made for pair in group} - {_float_name(pair) for pair in group}
        beside = both.beside.runner(spreads=exact, most=_MOST, steps=steps, unbound=made)
        first = beside.stream(_first(feeds, used))
        second = both.whole.runner(spreads=rounded, most=_MOST, steps=steps).stream(_first(feeds, used))
        for (_, true), (_, seen) in zip(first, second, strict=True):
            _take(group, measures, _Seen(exact, true), _Seen(rounded, seen))
    return tuple(_row(pair, measures[pair.name]) for pair in both.pairs), used


def _steps(group: Sequence[Pair], beside: ModelRuns) -> Iterator[tuple[str, int]]:
    """Every which number is looked at in all forms of a tensor, where the float model's shape tells."""
    for pair in group:
        step = every(beside.shapes.get(_float_name(pair), ()), _MOST)
        if step:
            yield from ((name, step) for name in (_float_name(pair), pair.made, pair.quantized) if name)


def _count(feeds: Feeds) -> int:
    size = sum(array.nbytes for array in next(iter(feeds), {}).values())
    return min(len(feeds), SAMPLES, max(_FEWEST, _BYTES // max(size, 1)))


def _is_float(both: BothModels, pair: Pair) -> bool:
    return "float" in both.beside.dtypes.get(_float_name(pair), "")


def _float_name(pair: Pair) -> str:
    return f"{FLOAT_PREFIX}{pair.name}" if pair.op_type != "Input" else pair.name


def _first(feeds: Feeds, samples: int) -> Iterator[Mapping[str, np.ndarray]]:
    for place, batch in enumerate(feeds):
        if place >= samples:
            return
        yield batch


def _groups(both: Sequence[Pair]) -> Iterator[Sequence[Pair]]:
    """Tensors whose numbers fit together into the memory set aside, in order."""
    size = max(1, _BUDGET // (3 * 4 * _MOST))
    for start in range(0, len(both), size):
        yield both[start : start + size]


class _Seen:
    """What one batch left of some tensors, by name."""

    def __init__(self, names: Sequence[str], spreads: Spreads) -> None:
        self._places = {name: place for place, name in enumerate(names)}
        self._spreads = spreads

    def __contains__(self, name: str) -> bool:
        return name in self._places

    def numbers(self, name: str) -> np.ndarray:
        return self._spreads.numbers[self._places[name]]

    def bounds(self, name: str) -> tuple[float, float]:
        place = self._places[name]
        return float(self._spreads.least[place]), float(self._spreads.largest[place])


def _take(group: Sequence[Pair], measures: Mapping[str, _Measure], exact: _Seen, rounded: _Seen) -> None:
    for pair in group:
        measure, name = measures[pair.name], _float_name(pair)
        true, seen = exact.numbers(name), rounded.numbers(pair.quantized)
        if true.shape != seen.shape:
            continue
        measure.error.add(seen, true)
        measure.floating.add(true, *exact.bounds(name))
        measure.quantized.add(seen, *rounded.bounds(pair.quantized))
        if pair.made and pair.made in exact and exact.numbers(pair.made).shape == true.shape:
            measure.alone.add(exact.numbers(pair.made), true)
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
