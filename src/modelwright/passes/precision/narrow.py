"""Makes a graph compute in float16 or bfloat16 where that is safe, with Cast nodes at the borders.

Of a node, what its schema allows becomes narrower; the rest (the sizes of Resize, boxes of NonMaxSuppression) stays
float32. A weight becomes narrower only if every finite number of it stays finite. Weights are converted while the
artifact is written.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

import ml_dtypes
import numpy as np
import onnx_ir as ir

from modelwright.hub.names import NameScope
from modelwright.hub.shapes import Shapes
from modelwright.passes.bodies import captured_by
from modelwright.passes.precision.places import ANY_DTYPE, MADE_BY_ATTRIBUTE, Places, narrow_places

LARGEST: Final = {
    ir.DataType.FLOAT16: 65504.0,
    ir.DataType.BFLOAT16: float(ml_dtypes.finfo(ml_dtypes.bfloat16).max),
}
"""The largest finite number of each dtype."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Narrowed:
    """What became of a graph.

    Attributes:
        nodes: Nodes that compute in the narrower dtype.
        casts: Cast nodes that were added.
        kept: Name of each node that stays float32 though it has floats, with the reason.
    """

    nodes: int
    casts: int
    kept: dict[str, str] = field(default_factory=dict[str, str])


def narrow(model: ir.Model, dtype: ir.DataType, *, keep: Mapping[str, str], keep_io: bool) -> Narrowed:
    """Changes a model in place.

    Args:
        model: The model; nodes in subgraphs stay as they are.
        dtype: ``FLOAT16`` or ``BFLOAT16``.
        keep: Names of nodes that must stay float32, with the reason.
        keep_io: Whether the graph's inputs and outputs stay float32.
    """
    work = _Narrowing(model, dtype, keep)
    if not keep_io:
        work.narrow_inputs()
    for node in list(model.graph):
        work.visit(node)
    work.finish(keep_io=keep_io)
    return Narrowed(nodes=work.nodes, casts=work.casts, kept=work.kept)


class _Narrowing:
    """One graph's change in progress."""

    def __init__(self, model: ir.Model, dtype: ir.DataType, keep: Mapping[str, str]) -> None:
        self.graph = model.graph
        self.dtype, self.keep = dtype, keep
        self.opset = model.graph.opset_imports.get("", 0)
        self.shapes = Shapes(self.opset)
        self.names = NameScope.of_graph(model.graph)
        self.nodes = self.casts = 0
        self.kept: dict[str, str] = {}
        self._narrow: set[ir.Value] = set()
        self._cast: dict[tuple[ir.Value, ir.DataType], ir.Value] = {}
        for node in model.graph:
            for value in node.outputs:
                self.shapes.dtype(value)

    def narrow_inputs(self) -> None:
        """The graph's own inputs become narrower."""
        for value in self.graph.inputs:
            if self.shapes.dtype(value) == ir.DataType.FLOAT and value.name not in self.graph.initializers:
                self._set(value)

    def visit(self, node: ir.Node) -> None:
        """Makes a node narrower, or gives it back the float32 that it needs."""
        if not self._has_floats(node) or node.op_type in ANY_DTYPE:
            return
        found = self._places(node)
        if isinstance(found, str):
            self.kept[node.name or node.op_type] = found
            self._widen(node, ())
            return
        self.nodes += 1
        self._widen(node, found.inputs)
        for place in found.inputs:
            value = node.inputs[place]
            if value is not None and value not in self._narrow:
                node.replace_input_with(place, self._converted(value, self.dtype, node))
        if node.op_type in MADE_BY_ATTRIBUTE:
            node.attributes[MADE_BY_ATTRIBUTE[node.op_type]] = ir.AttrInt64(MADE_BY_ATTRIBUTE[node.op_type], self.dtype)
        for place in found.outputs:
            self._set(node.outputs[place])

    def finish(self, *, keep_io: bool) -> None:
        """Outputs that shall stay float32 become so again, under their names."""
        for place, value in enumerate(self.graph.outputs):
            if not keep_io or value not in self._narrow:
                continue
            name = value.name
            value.name = self.names.unique(f"{name}_narrow")
            wide = self._casted(value, ir.DataType.FLOAT, after=value.producer())
            wide.name = name
            self.graph.outputs[place] = wide

    def _has_floats(self, node: ir.Node) -> bool:
        values: Iterable[ir.Value | None] = (*node.inputs, *node.outputs, *captured_by(node))
        return any(value in self._narrow or self._is_float(value) for value in values if value is not None)

    def _is_float(self, value: ir.Value) -> bool:
        return self.shapes.dtype(value) == ir.DataType.FLOAT

    def _places(self, node: ir.Node) -> Places | str:
        if node.name in self.keep:
            return self.keep[node.name or ""]
        found = narrow_places(node, self.dtype, self.opset, self._dtype_before)
        if isinstance(found, str):
            return found
        for place in found.inputs:
            value = node.inputs[place]
            weight = None if value is None else value.const_value
            if weight is not None and not self._fits(weight):
                return f"a weight ({value.name if value else ''}) exceeds {LARGEST[self.dtype]:g}"
        return found

    def _dtype_before(self, value: ir.Value) -> ir.DataType | None:
        return ir.DataType.FLOAT if value in self._narrow else self.shapes.dtype(value)

    def _fits(self, weight: ir.TensorProtocol) -> bool:
        array = np.abs(weight.numpy())
        finite = array[np.isfinite(array)]
        return finite.size == 0 or bool(finite.max() <= LARGEST[self.dtype])

    def _widen(self, node: ir.Node, narrow: tuple[int, ...]) -> None:
        """Float32 for the inputs that do not become narrower, and for what subgraphs read."""
        for place, value in enumerate(node.inputs):
            if value is not None and value in self._narrow and place not in narrow:
                node.replace_input_with(place, self._converted(value, ir.DataType.FLOAT, node))
        for value in captured_by(node):
            if value in self._narrow:
                wide = self._converted(value, ir.DataType.FLOAT, node)
                for user, place in [use for use in value.uses() if use[0].graph is not self.graph]:
                    user.replace_input_with(place, wide)

    def _set(self, value: ir.Value) -> None:
        value.type = ir.TensorType(self.dtype)
        self._narrow.add(value)

    def _converted(self, value: ir.Value, dtype: ir.DataType, user: ir.Node) -> ir.Value:
        """The value in another dtype: a weight of its own, or the result of a Cast, made once."""
        key = (value, dtype)
        if key not in self._cast:
            weight = value.const_value if value.is_initializer() and not value.is_graph_input() else None
            made = (
                self._casted(value, dtype, after=value.producer(), before=user)
                if weight is None
                else self._weight(value, weight, dtype)
            )
            self._cast[key] = made
        return self._cast[key]

    def _weight(self, value: ir.Value, weight: ir.TensorProtocol, dtype: ir.DataType) -> ir.Value:
        def convert() -> ir.TensorProtocol:
            return ir.Tensor(weight.numpy().astype(dtype.numpy()), dtype=dtype)

        name = self.names.unique(f"{value.name}_{dtype.name.lower()}")
        shape = ir.Shape(weight.shape.numpy())
        tensor = ir.LazyTensor(convert, dtype=dtype, shape=shape, name=name, cache=False)
        made = ir.Value(name=name, type=ir.TensorType(dtype), shape=value.shape, const_value=tensor)
        self.graph.register_initializer(made)
        return made

    def _casted(
        self, value: ir.Value, dtype: ir.DataType, *, after: ir.Node | None, before: ir.Node | None = None
    ) -> ir.Value:
        made = ir.Value(
            name=self.names.unique(f"{value.name}_{dtype.name.lower()}"), type=ir.TensorType(dtype), shape=value.shape
        )
        node = ir.Node("", "Cast", [value], [ir.AttrInt64("to", dtype)], outputs=[made], name=self.names.unique("cast"))
        if after is not None:
            self.graph.insert_after(after, node)
        elif before is not None and len(self.graph):
            self.graph.insert_before(self.graph[0], node)
        else:
            self.graph.append(node)
        self.casts += 1
        return made
