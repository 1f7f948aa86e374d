"""Emits ONNX nodes into a graph: ``op.CamelCase`` makes a node, ``op.snake_case`` helps.

The builder knows the opset it writes for. Attributes are checked against the operator's schema when a node is made, so
a wrong name or kind is found where it is written, not by a checker at the end.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import onnx_ir as ir

from modelwright.errors import InternalError
from modelwright.hub.dtypes import dtype_of
from modelwright.hub.names import NameScope
from modelwright.hub.opset import attribute_kinds
from modelwright.hub.shapes import Shapes

SOURCE_KEY = "source"
"""Key of ``node.meta`` under which the source layer's name stands; it is not written to the file."""

Tensor = ir.Value | np.ndarray | np.generic
"""What operators take as an input: a value of the graph, or an array that becomes a constant."""

_SHARED_CONSTANT_BYTES = 512


class OpBuilder:
    """Emits nodes into ``graph``, at its end or before a given node.

    Attributes:
        graph: The graph that nodes go into.
        opset: Version of the default domain that is written.
        shapes: Shape, dtype and value knowledge about the graph's values.
        names: The model's names.
        origin: Name of the source layer being converted; nodes are named after it.
    """

    def __init__(
        self,
        graph: ir.Graph,
        opset: int,
        *,
        names: NameScope | None = None,
        shapes: Shapes | None = None,
        before: ir.Node | None = None,
        constants: ir.Graph | None = None,
    ) -> None:
        """Makes a builder.

        Args:
            graph: Where nodes go.
            opset: Version of the default domain.
            names: The model's names; made from the graph when None.
            shapes: Shape knowledge to share; a new one when None.
            before: Insert before this node of ``graph`` instead of appending.
            constants: The graph whose initializers hold constants; ``graph`` when None. Subgraph builders give the
                main graph.
        """
        self.graph = graph
        self.opset = opset
        self.names = names if names is not None else NameScope.of_graph(graph)
        self.shapes = shapes if shapes is not None else Shapes(opset)
        self.origin = ""
        self.before = before
        self._constants = constants if constants is not None else graph
        self._shared: dict[tuple[object, ...], ir.Value] = {}

    def __getattr__(self, op_type: str) -> Callable[..., Any]:
        """A function that emits ``op_type``: ``op.Conv(x, w, strides=[2, 2])``."""
        if not op_type[:1].isupper():
            raise AttributeError(f"{type(self).__name__} has no helper {op_type!r}")

        def emit(*inputs: Tensor | None, outputs: int = 1, domain: str = "", **attributes: Any) -> Any:
            return self.emit(op_type, inputs, attributes, outputs=outputs, domain=domain)

        return emit

    @contextmanager
    def at(self, origin: str) -> Generator[None]:
        """Names nodes after ``origin`` inside the block."""
        previous, self.origin = self.origin, origin
        try:
            yield
        finally:
            self.origin = previous

    def emit(
        self,
        op_type: str,
        inputs: Sequence[Tensor | None],
        attributes: dict[str, Any] | None = None,
        *,
        outputs: int = 1,
        domain: str = "",
    ) -> ir.Value | tuple[ir.Value, ...]:
        """Adds a node.

        Args:
            op_type: ONNX operator.
            inputs: Values or arrays; None for an input left out. Trailing Nones are dropped.
            attributes: Python values; None means absent. Kinds are taken from the schema.
            outputs: Number of outputs.
            domain: Operator domain.

        Returns:
            The output value, or a tuple of them when there are several.

        Raises:
            InternalError: The operator does not exist at this opset, or has no such attribute.
        """
        values = [self.value(item) for item in inputs]
        while values and values[-1] is None:
            values.pop()
        attrs = self._attributes(op_type, domain, attributes or {})
        wish = f"{self.origin}/{op_type}" if self.origin else op_type
        node = ir.Node(domain, op_type, values, attrs, num_outputs=outputs, name=self.names.unique(wish))
        node.meta[SOURCE_KEY] = self.origin
        for index, value in enumerate(node.outputs):
            value.name = self.names.unique(f"{node.name}:{index}")
        if self.before is not None:
            self.graph.insert_before(self.before, node)
        else:
            self.graph.append(node)
        return node.outputs[0] if outputs == 1 else tuple(node.outputs)

    def value(self, item: Tensor | None) -> ir.Value | None:
        """The value itself, or a constant made of the array; None stays None."""
        if item is None or isinstance(item, ir.Value):
            return item
        return self.constant(np.asarray(item))

    def constant(self, array: np.ndarray | np.generic, *, name: str = "") -> ir.Value:
        """An initializer holding ``array``; small equal constants are shared.

        Args:
            array: Any shape; dtype as it is (numpy's default int64/float64 included: give the dtype you mean).
            name: Wish for the initializer's name; by default it is called after the layer being converted.
        """
        array = np.asarray(array)
        dtype = dtype_of(array)
        key: tuple[object, ...] | None = None
        if array.nbytes <= _SHARED_CONSTANT_BYTES and dtype is not ir.DataType.STRING:
            key = (dtype, array.shape, array.tobytes())
            if key in self._shared and not name:
                return self._shared[key]
        if dtype is ir.DataType.STRING:
            flat = [item.encode() if isinstance(item, str) else bytes(item) for item in array.reshape(-1).tolist()]
            tensor: ir.TensorProtocol = ir.StringTensor(flat, shape=ir.Shape(array.shape))
        else:
            tensor = ir.Tensor(array, dtype=dtype)
        value = self.initializer(tensor, name=name or (f"{self.origin}/const" if self.origin else "const"))
        if key is not None:
            self._shared.setdefault(key, value)
        return value

    def initializer(self, tensor: ir.TensorProtocol, *, name: str) -> ir.Value:
        """Registers a tensor (possibly lazy or memory-mapped) as an initializer and returns its value."""
        unique = self.names.unique(name)
        tensor.name = unique
        value = ir.Value(
            name=unique,
            shape=ir.Shape([int(dim) for dim in tensor.shape]),  # pyright: ignore[reportArgumentType]
            type=ir.TensorType(tensor.dtype),
            const_value=tensor,
        )
        self._constants.register_initializer(value)
        return value

    def ints(self, *numbers: int | Sequence[int]) -> ir.Value:
        """A 1-D int64 constant: ``op.ints(1, 2)`` or ``op.ints([1, 2])``."""
        flat: list[int] = []
        for number in numbers:
            flat.extend([number] if isinstance(number, int | np.integer) else [int(n) for n in number])
        return self.constant(np.asarray(flat, dtype=np.int64))

    def scalar(self, number: float | bool, like: ir.Value) -> ir.Value:  # noqa: FBT001  a number, not a switch
        """A 0-D constant of the dtype of ``like``."""
        return self.constant(np.asarray(number, dtype=self.dtype(like).numpy()))

    def dtype(self, value: ir.Value) -> ir.DataType:
        """The value's dtype.

        Raises:
            InternalError: It cannot be inferred.
        """
        dtype = self.shapes.dtype(value)
        if dtype is None:
            raise InternalError(f"the dtype of {value.name!r} cannot be inferred")
        return dtype

    def rank(self, value: ir.Value) -> int | None:
        """The number of dimensions, or None if unknown."""
        shape = self.shapes.shape(value)
        return None if shape is None else len(shape)

    def shape(self, value: ir.Value) -> tuple[int | str | None, ...] | None:
        """Dimensions as sizes, symbolic names or None; None if even the rank is unknown."""
        return self.shapes.shape(value)

    def constant_value(self, value: ir.Value | None) -> np.ndarray | None:
        """The array a value always holds: an initializer, or a small integer computation on shapes; else None."""
        return None if value is None else self.shapes.constant(value)

    def _attributes(self, op_type: str, domain: str, attributes: dict[str, Any]) -> list[ir.Attr]:
        kinds = attribute_kinds(op_type, self.opset if not domain else 1, domain) if not domain else None
        if kinds is None and not domain:
            raise InternalError(f"{op_type} does not exist at opset {self.opset}", node=self.origin)
        result: list[ir.Attr] = []
        for name, value in attributes.items():
            if value is None:
                continue
            if kinds is not None and name not in kinds:
                raise InternalError(f"{op_type} has no attribute {name!r} at opset {self.opset}", node=self.origin)
            result.append(_attribute(name, value, kinds[name] if kinds is not None else None))
        return result


def _attribute(name: str, value: Any, kind: str | None) -> ir.Attr:
    if kind == "FLOAT":
        return ir.AttrFloat32(name, float(value))
    if kind == "INT":
        return ir.AttrInt64(name, int(value))
    if kind == "STRING":
        return ir.AttrString(name, value)
    if kind == "INTS":
        return ir.AttrInt64s(name, [int(item) for item in value])
    if kind == "FLOATS":
        return ir.AttrFloat32s(name, [float(item) for item in value])
    if kind == "STRINGS":
        return ir.AttrStrings(name, list(value))
    if isinstance(value, np.ndarray):
        return ir.AttrTensor(name, ir.Tensor(value))
    return ir.convenience.convert_attribute(name, value)
