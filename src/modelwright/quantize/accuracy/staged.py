"""Runs a model piece by piece over some batches, which stay in memory where it was cut."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import TracebackType
from typing import Self

import numpy as np
import onnx_ir as ir

from modelwright.errors import UnknownNameError
from modelwright.passes.bodies import reads_of
from modelwright.quantize.session import ModelRuns


class Staged:
    """A run that can be looked at between pieces; a context manager.

    Of each batch only what later pieces read is held. Where that would take more than the budget, the last batches are
    given up, so what is learned late in a model with large tensors rests on fewer of them.
    """

    def __init__(self, model: ir.Model, feeds: Iterable[Mapping[str, np.ndarray]], *, memory_budget: int) -> None:
        """Begins a run.

        Args:
            model: The model as it is now; later changes to it are not seen.
            feeds: Batches, all held.
            memory_budget: Bytes that may be held between pieces.
        """
        self._runs = ModelRuns(model)
        self._nodes = [(node.name or "", _names(node.outputs), _names(reads_of(node))) for node in model.graph]
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
            runner = self._runs.runner(kept, starts=starts)
            for held in self._held:
                held.update(runner.run(held)[0])
        self._drop(place, wanted)

    def values(self, name: str) -> list[np.ndarray]:
        """A value in each batch."""
        return [held[name] for held in self._held]

    def put(self, name: str, arrays: Sequence[np.ndarray]) -> None:
        """Replaces a value in each batch, for the pieces to come."""
        for held, array in zip(self._held, arrays, strict=True):
            held[name] = array

    def keep(self, batches: int) -> None:
        """Gives up all but the first batches."""
        del self._held[batches:]

    def _drop(self, place: int, wanted: Sequence[str]) -> None:
        for held in self._held:
            for name in [name for name in held if self._last.get(name, -1) <= place and name not in wanted]:
                del held[name]
        sizes = [sum(array.nbytes for array in held.values()) for held in self._held]
        while len(sizes) > 1 and sum(sizes) > self._budget:
            sizes.pop()
        self.keep(len(sizes))


def _names(values: Iterable[ir.Value]) -> tuple[str, ...]:
    return tuple(value.name for value in values if value.name)
