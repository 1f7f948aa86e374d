"""Runs a model piece by piece over some batches, which stay in memory where it was cut."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import Self

import numpy as np
import onnx_ir as ir

from modelwright.errors import UnknownNameError
from modelwright.passes.bodies import reads_of
from modelwright.quantize.session import ModelRuns


class Staged:
    """A run that can be looked at between pieces; a context manager.

    Of each batch only what later pieces read is held, as far as it depends on the data. Where that would take more than
    the budget, the last batches are given up, so what is learned late in a model with large tensors rests on fewer of
    them.
    """

    def __init__(self, model: ir.Model, feeds: Iterable[Mapping[str, np.ndarray]], *, memory_budget: int) -> None:
        """Begins a run.

        Args:
            model: The model as it is now; later changes to it are not seen.
            feeds: Batches, all held.
            memory_budget: Bytes that may be held between pieces.
        """
        self._runs = ModelRuns(model)
        self._nodes = list(_steps(model.graph))
        self._places = {name: place for place, (name, _, _) in enumerate(self._nodes)}
        self._last = {name: place for place, (_, _, reads) in enumerate(self._nodes) for name in reads}
        self._budget = memory_budget
        self._done = 0
        self._held: list[dict[str, np.ndarray]] = [dict(feed) for feed in feeds]

    def __enter__(self) -> Self:
        self._runs.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._runs.__exit__(kind, error, trace)

    @property
    def batches(self) -> int:
        """How many batches are carried."""
        return len(self._held)

    def advance(self, node: str, wanted: Sequence[str]) -> None:
        """Runs up to and including a node.

        Args:
            node: Its name; it must lie behind the last one.
            wanted: Names of values to hold for ``values``, besides what later pieces read.

        Raises:
            UnknownNameError: There is no such node ahead.
        """
        place = self._places.get(node, -1)
        if place < self._done:
            raise UnknownNameError(f"no node {node!r} behind number {self._done} of the model")
        made = [name for _, names, _ in self._nodes[self._done : place + 1] for name in names]
        self._done = place + 1
        kept = [name for name in made if self._last.get(name, -1) > place or name in wanted]
        if kept and self._held:
            starts = {name: (array.dtype.name, array.ndim) for name, array in self._held[0].items()}
            runner = self._runs.runner(kept, starts=starts, alone=True)
            for held, (found, _) in zip(self._held, runner.stream(self._held), strict=True):
                held.update(found)
                self._drop(held, place, wanted)
        self._shrink()

    def values(self, name: str) -> list[np.ndarray]:
        """A value in each batch."""
        return [held[name] for held in self._held]

    def put(self, name: str, arrays: Sequence[np.ndarray]) -> None:
        """Replaces a value in each batch, for the pieces to come."""
        for held, array in zip(self._held, arrays, strict=True):
            held[name] = array

    def add(self, name: str, shift: np.ndarray, axis: int) -> None:
        """Adds numbers to the channels of a value in each batch, for the pieces to come.

        Args:
            name: The value.
            shift: ``[C]``.
            axis: Of the channels.
        """
        for held in self._held:
            array = held[name] if held[name].flags.writeable else held[name].copy()
            shape = [1] * array.ndim
            shape[axis] = -1
            array += shift.reshape(shape).astype(array.dtype)
            held[name] = array

    def keep(self, batches: int) -> None:
        """Gives up all but the first batches."""
        del self._held[batches:]

    def _drop(self, held: dict[str, np.ndarray], place: int, wanted: Sequence[str]) -> None:
        for name in [name for name in held if self._last.get(name, -1) <= place and name not in wanted]:
            del held[name]

    def _shrink(self) -> None:
        sizes = [sum(array.nbytes for array in held.values()) for held in self._held]
        while len(sizes) > 1 and sum(sizes) > self._budget:
            sizes.pop()
        self.keep(len(sizes))


def _steps(graph: ir.Graph) -> Iterator[tuple[str, tuple[str, ...], tuple[str, ...]]]:
    """Each node's name, what it makes and what it reads, of what depends on the data.

    What follows from constants alone, such as weights behind DequantizeLinear, is computed in the pieces that read it:
    held, it would be there once for each batch.
    """
    depending = {value for value in graph.inputs if value.name not in graph.initializers}
    for node in graph:
        reads = [value for value in reads_of(node) if value in depending]
        if reads:
            depending.update(node.outputs)
        yield node.name or "", _names(node.outputs) if reads else (), _names(reads)


def _names(values: Iterable[ir.Value]) -> tuple[str, ...]:
    return tuple(value.name for value in values if value.name)
