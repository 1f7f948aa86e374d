"""A few batches of the calibration data: some to learn from, others to check with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import onnx_ir as ir

from modelwright.errors import CalibrationDataError, UserError
from modelwright.quantize.feeds import Feeds
from modelwright.quantize.session import ModelRuns

Batch = Mapping[str, np.ndarray]

_MOST: Final = 192
"""Batches at most; networks with small inputs are fast, and their means need many."""

_BYTES: Final = 16 << 20
"""Bytes of inputs that bound the time that checks take."""

_WINDOW: Final = 256
"""Batches from the beginning among which some are chosen, so that a long list of files is not read again."""

_PARTS: Final = 8
"""Batches that joined ones are left in, at least."""

_JOINED: Final = 1 << 20
"""Bytes of inputs that are joined at most: of large ones, what lies between layers would take much memory."""

_SAME: Final = 1e-3
"""Largest difference, in parts of the largest number, between samples run alone and together."""

_EVERY: Final = 3
"""Every third batch is for checks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Samples:
    """Batches held in memory.

    Attributes:
        learn: To learn from.
        check: To check with; the same ones where there are too few to spare any.
    """

    learn: tuple[Batch, ...]
    check: tuple[Batch, ...]

    def few(self, most: int, size: int) -> tuple[Batch, ...]:
        """Some batches to learn from: at most ``most``, of at most ``size`` bytes together, but one at least."""
        each = sum(array.nbytes for array in self.learn[0].values())
        return self.learn[: max(1, min(most, size // max(each, 1)))]

    @property
    def held_out(self) -> bool:
        """Whether checks see batches that nothing was learned from."""
        return not self.learn or self.learn[0] is not self.check[0]


def choose_samples(model: ir.Model, feeds: Feeds, *, memory_budget: int) -> Samples:
    """Batches spread evenly over the data, small ones joined where the model takes them together.

    Args:
        model: The float model.
        feeds: The data.
        memory_budget: Bytes that the batches may take together; two are held at least.

    Raises:
        CalibrationDataError: There are no data.
    """
    first = next(iter(feeds), None)
    if first is None:
        raise CalibrationDataError("there are no calibration data", hint="give at least one batch, better 100 samples")
    size = sum(array.nbytes for array in first.values())
    count = max(2, min(_MOST, min(_BYTES, memory_budget) // max(size, 1)))
    chosen = tuple(_spread(feeds, count))
    if len(chosen) < _EVERY:
        return Samples(learn=chosen, check=chosen)
    learn, check = [batch for place, batch in enumerate(chosen) if place % _EVERY], chosen[::_EVERY]
    most = _JOINED // max(size, 1)
    if not _can_join(model, learn[: min(most, _part(learn))]):
        return Samples(learn=tuple(learn), check=check)
    return Samples(learn=_joined(learn, most), check=_joined(check, most))


def _part(batches: Sequence[Batch]) -> int:
    return -(-len(batches) // _PARTS)


def _joined(batches: Sequence[Batch], most: int) -> tuple[Batch, ...]:
    size = min(most, _part(batches))
    return tuple(_together(batches[start : start + size]) for start in range(0, len(batches), size))


def _together(batches: Sequence[Batch]) -> Batch:
    return {name: np.concatenate([batch[name] for batch in batches]) for name in batches[0]}


def _can_join(model: ir.Model, batches: Sequence[Batch]) -> bool:
    """Whether the model gives for several batches together what it gives for each."""
    if len(batches) < 2 or not all(_is_open(value) for value in model.graph.inputs):
        return False
    names = [value.name or "" for value in model.graph.outputs]
    with ModelRuns(model) as runs:
        runner = runs.runner(names)
        try:
            together = runner.run(_together(batches))[0]
        except (UserError, ValueError):
            return False
        alone = [found for found, _ in runner.stream(batches)]
    return all(_same(together[name], [found[name] for found in alone]) for name in names)


def _is_open(value: ir.Value) -> bool:
    return value.shape is not None and len(value.shape) > 0 and not isinstance(value.shape[0], int)


def _same(together: np.ndarray, alone: Sequence[np.ndarray]) -> bool:
    if any(array.ndim == 0 for array in alone):
        return False
    expected = np.concatenate(alone) if len({array.shape[1:] for array in alone}) == 1 else None
    if expected is None or expected.shape != together.shape:
        return False
    if expected.dtype.kind != "f":
        return bool(np.array_equal(expected, together))
    largest = float(np.abs(expected).max(initial=0.0))
    return bool(np.abs(expected - together).max(initial=0.0) <= _SAME * largest)


def _spread(feeds: Feeds, count: int) -> Iterator[Batch]:
    window = min(len(feeds), _WINDOW)
    wanted = set(np.linspace(0, window - 1, min(count, window)).round().astype(int).tolist())
    for place, batch in enumerate(feeds):
        if place >= window:
            return
        if place in wanted:
            yield {name: np.array(array) for name, array in batch.items()}
