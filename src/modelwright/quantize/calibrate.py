"""Calibration: one pass over the data, every observed tensor reduced to a sketch as it is made.

What one sample leaves of a tensor is its exact range and at most `MOST` of its numbers; memory does not depend on the
number of samples. Where even these are too much for the budget, the tensors are observed in groups, one pass each.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Final, Protocol

import onnx_ir as ir

from modelwright.errors import CalibrationDataError
from modelwright.quantize.feeds import Feeds
from modelwright.quantize.finite import spoiled, spoiled_weight
from modelwright.quantize.observers.board import Board, NotFiniteError
from modelwright.quantize.observers.sketch import Sketch
from modelwright.quantize.params import Placement, Role
from modelwright.quantize.session import ModelRuns, Runner
from modelwright.quantize.statistics import Statistics

MOST: Final = 4096
"""Numbers of a tensor that are counted of each sample at most; its range is always exact."""

MEMORY_BUDGET: Final = 64 << 20
"""Bytes that the numbers of all observed tensors may take together in one pass."""

_BYTES_EACH: Final = 4 * MOST


class Progress(Protocol):
    """Hears how far calibration is."""

    def __call__(self, done: int, of: int) -> None:
        """``done`` of ``of`` runs are over."""
        ...


def silent(done: int, of: int) -> None:
    """Progress that nobody hears of."""
    del done, of


def calibrate(
    model: ir.Model,
    placement: Placement,
    feeds: Feeds,
    *,
    memory_budget: int = MEMORY_BUDGET,
    progress: Progress = silent,
) -> Statistics:
    """Runs the model over the data and sketches the activations that will be quantized.

    Args:
        model: The prepared model, float.
        placement: What will be quantized.
        feeds: The data.
        memory_budget: Bytes for what is kept of one sample; smaller ones need more passes.
        progress: Hears of each run.

    Raises:
        CalibrationDataError: There are no data, they do not fit the model, or a tensor becomes infinite or no number.
        ConversionError: ONNX Runtime does not load the model, or a weight holds infinite numbers or NaN.
    """
    names = [tensor.name for tensor in placement.of_role(Role.ACTIVATION)]
    if not names:
        return Statistics()
    if not len(feeds):
        raise CalibrationDataError("there are no calibration data", hint="give at least one batch, better 100 samples")
    groups = list(_groups(names, max(1, memory_budget // _BYTES_EACH)))
    sketches: dict[str, Sketch] = {}
    with ModelRuns(model) as runs, _weights_first(model, placement):
        for place, group in enumerate(groups):
            runner, before = runs.runner(spreads=group, most=MOST), place * len(feeds)
            sketches |= _pass(runner, group, feeds, partial(_count, progress, before, len(feeds) * len(groups)))
    return Statistics(tensors={name: sketches[name] for name in names}, batches=len(feeds))


@contextmanager
def _weights_first(model: ir.Model, placement: Placement) -> Generator[None]:
    """Blames a weight rather than the tensor that it spoiled."""
    try:
        yield
    except CalibrationDataError:
        weight = spoiled_weight(model, placement)
        if weight is None:
            raise
        raise spoiled(weight) from None


def _count(progress: Progress, before: int, of: int, done: int) -> None:
    progress(before + done, of)


def _groups(names: Sequence[str], size: int) -> Iterator[list[str]]:
    for start in range(0, len(names), size):
        yield list(names[start : start + size])


def _pass(runner: Runner, group: Sequence[str], feeds: Feeds, progress: Callable[[int], None]) -> dict[str, Sketch]:
    board = Board(len(group))
    for place, (_, spreads) in enumerate(runner.stream(feeds)):
        try:
            board.add(spreads.least, spreads.largest, spreads.numbers)
        except NotFiniteError as error:
            name = group[error.place]
            raise CalibrationDataError(
                f"tensor {name!r} holds infinite numbers or none (NaN) on batch {place} of the calibration data",
                hint="look for wrong data or preprocessing; if the model makes them itself, leave the node float "
                "(--ignore_op_names)",
                node=name,
            ) from error
        progress(place + 1)
    return dict(zip(group, board.sketches(), strict=True))
