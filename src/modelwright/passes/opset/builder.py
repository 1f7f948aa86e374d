"""What a step writes with: an emitter at the opset it reaches, and questions about the node it takes apart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import numpy as np
import onnx_ir as ir

from modelwright.errors import ModelwrightError
from modelwright.hub.builder import Tensor
from modelwright.hub.dtypes import FLOATS
from modelwright.hub.emitters import OpsetBuilder
from modelwright.hub.names import NameScope
from modelwright.hub.shapes import Shapes
from modelwright.passes.opset.known import evaluate

_OPEN_END = 2**31 - 1
"""What stands for an open end in attributes."""


class CannotSay(ModelwrightError):  # noqa: N818  a finding that is collected with others
    """A node that an opset has no words for.

    Attributes:
        since: The lowest opset that has them, if known.
    """

    code = "MW-U201"
    exit_code = 2

    def __init__(self, message: str, *, hint: str = "", since: int | None = None) -> None:
        super().__init__(message, hint=hint)
        self.since = since


class StepBuilder(OpsetBuilder):
    """Emits nodes at one opset in place of ``node`` and remembers them.

    Attributes:
        node: The node that is being replaced.
        emitted: The nodes made, those in bodies included.
    """

    def __init__(
        self,
        graph: ir.Graph,
        opset: int,
        *,
        root: ir.Graph,
        names: NameScope,
        shapes: Shapes,
        node: ir.Node,
        before: ir.Node | None,
    ) -> None:
        super().__init__(graph, opset, names=names, shapes=shapes, before=before, constants=root)
        self.root = root
        self.node = node
        self.origin = node.name or node.op_type
        self.emitted: list[ir.Node] = []

    def emit(
        self,
        op_type: str,
        inputs: Sequence[Tensor | None],
        attributes: dict[str, Any] | None = None,
        *,
        outputs: int = 1,
        domain: str = "",
    ) -> ir.Value | tuple[ir.Value, ...]:
        """Adds a node, notes the opset it is written in, and remembers it."""
        result = super().emit(op_type, inputs, attributes, outputs=outputs, domain=domain)
        made = (result if isinstance(result, ir.Value) else result[0]).producer()
        if made is not None:
            made.version = self.opset
            self.emitted.append(made)
        return result

    def again(self, inputs: Sequence[ir.Value | None], attributes: dict[str, Any] | None = None) -> Any:
        """Emits the node's own operator with other inputs, and its attributes with ``attributes`` put over them."""
        node = self.node
        values = {name: item.value for name, item in node.attributes.items()}
        changed = {**values, **(attributes or {})}
        return self.emit(node.op_type, inputs, changed, outputs=len(node.outputs))

    def used(self, index: int) -> bool:
        """Whether the node has that output and something uses it."""
        if index >= len(self.node.outputs):
            return False
        value = self.node.outputs[index]
        return bool(value.uses()) or value.is_graph_output()

    def fail(self, reason: str, *, hint: str = "", since: int | None = None) -> CannotSay:
        """An error to raise: why the node cannot be said at this opset."""
        return CannotSay(reason, hint=hint, since=since)

    def array(self, value: ir.Value | None) -> np.ndarray | None:
        """The array that a value always holds; None when it is left out or computed."""
        if value is None:
            return None
        if self.shapes.shape(value) == (0,):
            return np.zeros(0, self.known_dtype(value).numpy())
        found = self.constant_value(value)
        return found if found is not None else evaluate(value, self.shapes)

    def numbers(self, value: ir.Value | None) -> list[int] | None:
        """An integer tensor that is always the same, as a flat list; None when it is left out or computed."""
        array = self.array(value)
        return None if array is None else [int(item) for item in array.reshape(-1)]

    def constant_numbers(self, value: ir.Value, what: str) -> list[int]:
        """The numbers of an integer tensor that must be constant.

        Raises:
            CannotSay: It is computed.
        """
        found = self.numbers(value)
        if found is None:
            raise self.fail(
                f"its {what} {value.name!r} is computed, and must be constant before opset {self.opset + 1}",
                hint="make it an initializer of the model",
                since=self.opset + 1,
            )
        return found

    def known_rank(self, value: ir.Value) -> int:
        """The number of dimensions.

        Raises:
            CannotSay: It is not known.
        """
        rank = self.rank(value)
        if rank is None:
            raise self.fail(
                f"the rank of {value.name!r} is not known", hint="give the model's inputs shapes (--inputs)"
            )
        return rank

    def known_dtype(self, value: ir.Value) -> ir.DataType:
        """The dtype.

        Raises:
            CannotSay: It is not known.
        """
        dtype = self.shapes.dtype(value)
        if dtype is None:
            raise self.fail(f"the dtype of {value.name!r} is not known")
        return dtype

    def static(self, value: ir.Value, axes: Sequence[int]) -> list[int]:
        """Sizes of some dimensions.

        Raises:
            CannotSay: One of them is not known.
        """
        shape = self.shape(value)
        sizes = [] if shape is None else [shape[axis] for axis in axes]
        if shape is None or any(not isinstance(size, int) for size in sizes):
            raise self.fail(
                f"sizes of {value.name!r} are not known, and are needed to compute it with older operators",
                hint="fix the sizes (--inputs, -f)",
            )
        return [int(size) for size in sizes if size is not None]

    def is_float(self, value: ir.Value) -> bool:
        """Whether the value holds real numbers."""
        return self.known_dtype(value) in FLOATS

    def sharing(self, constants: dict[tuple[object, ...], ir.Value]) -> StepBuilder:
        """The builder itself, with small constants shared through that table."""
        self._shared = constants
        return self

    def nested(self, graph: ir.Graph) -> StepBuilder:
        """A builder for a body that shares everything with this one."""
        inner = StepBuilder(
            graph, self.opset, root=self.root, names=self.names, shapes=self.shapes, node=self.node, before=None
        )
        inner.origin, inner.emitted, inner._shared = self.origin, self.emitted, self._shared
        return inner

    def body(self, inputs: Sequence[tuple[str, ir.DataType, Sequence[int | str | None] | None]]) -> StepBuilder:
        """A builder for a new body with inputs of these names, dtypes and shapes."""
        graph = ir.Graph(
            [], [], nodes=[], opset_imports={"": self.opset}, name=self.names.unique(f"{self.origin}/body")
        )
        for name, dtype, shape in inputs:
            value = ir.Value(name=self.names.unique(f"{self.origin}/{name}"), type=ir.TensorType(dtype))
            value.shape = None if shape is None else ir.Shape(shape)
            graph.inputs.append(value)
        return self.nested(graph)

    def slice(
        self,
        x: ir.Value,
        starts: Sequence[int],
        ends: Sequence[int | None],
        axes: Sequence[int] | None = None,
        steps: Sequence[int] | None = None,
    ) -> ir.Value:
        """Cuts constant ranges; with attributes below opset 10, where there are no steps."""
        if self.opset >= 10:
            return super().slice(x, starts, ends, axes, steps)
        stops = [_OPEN_END if end is None else end for end in ends]
        return self.one(self.emit("Slice", [x], {"starts": starts, "ends": stops, "axes": axes}))

    def clip(self, x: ir.Value, low: float | None, high: float | None) -> ir.Value:
        """Clips to constants; with attributes below opset 11."""
        if self.opset >= 11:
            return super().clip(x, low, high)
        return self.one(self.emit("Clip", [x], {"min": low, "max": high}))

    def one(self, value: Any) -> ir.Value:
        """The single value that an operator made."""
        return cast("ir.Value", value)
