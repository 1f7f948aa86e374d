"""A library function as the source wrote it, to ask what it does: what passes through it, what counts, what is used.

References are ``node:index`` as the reader leaves them; an argument is ``name:0``. Identity nodes are looked through.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np

from modelwright.schemas.spans import SpanStore

_PASSES = frozenset({"Identity", "Snapshot", "StopGradient", "PreventGradient"})


class FunctionView:
    """Questions about one FunctionDef."""

    def __init__(self, function: Any, spans: SpanStore, to_numpy: Callable[[Any, SpanStore], np.ndarray]) -> None:
        """Makes a view.

        Args:
            function: The FunctionDef message.
            spans: Where big constants lie.
            to_numpy: Reads a TensorProto.
        """
        self._spans = spans
        self._to_numpy = to_numpy
        self._nodes: dict[str, Any] = {node.name: node for node in function.node_def}
        self._arguments = {argument.name: index for index, argument in enumerate(function.signature.input_arg)}
        self.results: list[str] = [self.resolve(function.ret[item.name]) for item in function.signature.output_arg]

    def resolve(self, reference: str) -> str:
        """The reference that a tensor comes from, as ``node:index``, looking through Identity nodes; circles end."""
        name, _, index = reference.partition(":")
        node = self._nodes.get(name)
        seen: set[str] = set()
        while node is not None and node.op in _PASSES and name not in seen:
            seen.add(name)
            name, _, index = node.input[0].partition(":")
            node = self._nodes.get(name)
        return f"{name}:{index or 0}"

    def argument(self, reference: str) -> int | None:
        """The number of the argument that a tensor is, or None."""
        return self._arguments.get(self.resolve(reference).partition(":")[0])

    def producer(self, reference: str) -> Any | None:
        """The NodeDef that makes a tensor, or None for an argument."""
        return self._nodes.get(self.resolve(reference).partition(":")[0])

    def integer(self, reference: str) -> int | None:
        """The value of a constant integer scalar, or None."""
        array = self.array(reference)
        return int(array.reshape(-1)[0]) if array is not None and array.size == 1 and array.dtype.kind in "iu" else None

    def array(self, reference: str) -> np.ndarray | None:
        """The value of a constant of the body, or None."""
        node = self.producer(reference)
        return (
            self._to_numpy(node.attr["value"].tensor, self._spans) if node is not None and node.op == "Const" else None
        )

    def inputs(self, node: Any) -> list[str]:
        """The data inputs of a node."""
        return [name for name in node.input if not name.startswith("^")]

    def uses(self) -> Counter[int]:
        """How often each argument is an input of a node; Identity nodes and results do not count."""
        found: Counter[int] = Counter()
        for node in self._nodes.values():
            if node.op in _PASSES:
                continue
            for reference in self.inputs(node):
                index = self.argument(reference)
                if index is not None:
                    found[index] += 1
        return found

    def is_used(self, name: str) -> bool:
        """Whether another node of the body uses an output of the node of that name."""
        return any(
            self.resolve(reference).partition(":")[0] == name
            for node in self._nodes.values()
            if node.op not in _PASSES
            for reference in self.inputs(node)
        )

    def unchanged(self) -> set[int]:
        """Arguments that the function gives back as the result of the same number."""
        return {index for index, result in enumerate(self.results) if self.argument(result) == index}

    def counters(self) -> set[int]:
        """Arguments whose result is the argument plus one."""
        return {index for index, result in enumerate(self.results) if self._is_successor(result, index)}

    def _is_successor(self, result: str, index: int) -> bool:
        node = self.producer(result)
        if node is None or node.op not in ("AddV2", "Add"):
            return False
        left, right = self.inputs(node)
        pairs = ((left, right), (right, left))
        return any(self.argument(one) == index and self.integer(other) == 1 for one, other in pairs)
