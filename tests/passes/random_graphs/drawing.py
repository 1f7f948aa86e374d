"""A graph under construction: values with their sizes, and what a step may draw from."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx_ir as ir
from hypothesis import strategies as st

from modelwright.hub.emitters import OpsetBuilder
from modelwright.hub.opset import ir_version_for

OPSETS = (11, 13, 17, 18, 21)


class Drawing:
    """Draws a graph step by step.

    Attributes:
        op: The builder.
        values: Floating-point values made so far, with the sizes they have when run.
        dtype: Their numpy dtype.
    """

    def __init__(self, draw: Any) -> None:
        self._draw = draw
        self.opset = self.pick(OPSETS)
        graph = ir.Graph([], [], nodes=[], opset_imports={"": self.opset}, name="random")
        self.model = ir.Model(graph, ir_version=ir_version_for({"": self.opset}))
        self.op = OpsetBuilder(graph, self.opset)
        self.dtype = np.dtype(self.pick(["float32", "float64"]))
        self.random = np.random.default_rng(self.number(0, 2**16))
        self.values: list[tuple[ir.Value, tuple[int, ...]]] = []
        self.feeds: dict[str, np.ndarray] = {}

    def number(self, low: int, high: int) -> int:
        return self._draw(st.integers(low, high))

    def flag(self) -> bool:
        return self._draw(st.booleans())

    def pick(self, items: Any) -> Any:
        return self._draw(st.sampled_from(list(items)))

    def input(self, sizes: tuple[int, ...]) -> None:
        """Adds an input whose first dimension may be symbolic."""
        name = f"x{len(self.feeds)}"
        dims: list[int | str] = list(sizes)
        if dims and self.flag():
            dims[0] = f"N{sizes[0]}"
        kind = ir.TensorType(ir.DataType.from_numpy(self.dtype))
        value = ir.Value(name=name, shape=ir.Shape(dims), type=kind)
        self.model.graph.inputs.append(value)
        self.feeds[name] = self.random.standard_normal(sizes).astype(self.dtype)
        self.values.append((value, sizes))

    def value(self, *ranks: int) -> tuple[ir.Value, tuple[int, ...]]:
        """One of the values made so far, late ones more often.

        Raises:
            LookupError: None has such a rank.
        """
        found = [item for item in self.values if not ranks or len(item[1]) in ranks]
        if not found:
            raise LookupError
        return found[max(self.number(0, len(found) - 1), self.number(0, len(found) - 1))]

    def add(self, value: ir.Value, sizes: tuple[int, ...]) -> None:
        """Takes a new value in, unless it has grown too large to be quick."""
        if np.prod(sizes, dtype=np.int64) <= 4000:
            self.values.append((value, sizes))

    def array(self, *sizes: int) -> np.ndarray:
        """Weights; sometimes all 0 or all 1, which rules look for."""
        kind = self.number(0, 5)
        if kind < 2:
            return np.full(sizes, kind, self.dtype)
        return self.random.standard_normal(sizes).astype(self.dtype)

    def constant(self, *sizes: int) -> ir.Value:
        return self.op.constant(self.array(*sizes))

    def positive(self, *sizes: int) -> ir.Value:
        return self.op.constant(self.random.uniform(0.5, 2, sizes).astype(self.dtype))

    def axis(self, sizes: tuple[int, ...]) -> int:
        """An axis, also counted from the end."""
        return self.number(-len(sizes), len(sizes) - 1)

    def finish(self) -> None:
        """Makes the values that nothing uses outputs, and some others too."""
        shapes = self.op.shapes
        for index, (value, sizes) in enumerate(self.values):
            if value.is_graph_input() or (value.uses() and self.number(0, 9)):
                continue
            shapes.dtype(value)
            value.type = ir.TensorType(ir.DataType.from_numpy(self.dtype))
            value.shape = ir.Shape([None] * len(sizes)) if self.flag() else ir.Shape(sizes)
            value.name = f"y{index}"
            self.model.graph.outputs.append(value)
