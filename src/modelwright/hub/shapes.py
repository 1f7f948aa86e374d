"""What is known about a value: dtype, shape with symbolic dimensions, and contents of small integer tensors.

Inference runs only for what is asked, walking back from the value to what is known, and remembers its answers. Rules
for the common operators are in ``shape_rules``; the others go through onnx's own inference, which is slower. Beyond
onnx's inference, small integer tensors are followed symbolically, so that ``Shape -> Gather -> Concat -> Reshape``
chains keep every dimension that is known.
"""

from __future__ import annotations

import functools
import importlib
import pkgutil
from collections.abc import Callable

import numpy as np
import onnx_ir as ir

from modelwright.formats import Dim
from modelwright.hub.attributes import tensor_in
from modelwright.hub.foreign_inference import infer_with_onnx

Inferred = tuple[ir.DataType | None, tuple[Dim, ...] | None]
"""Dtype and shape of one output; None where unknown."""

ShapeRule = Callable[["Shapes", ir.Node], "list[Inferred]"]
ValueRule = Callable[["Shapes", ir.Node], "np.ndarray | None"]

SMALL = 256
"""Largest number of elements whose contents are followed."""

_SHAPE_RULES: dict[str, ShapeRule] = {}
_VALUE_RULES: dict[str, ValueRule] = {}


def shape_rule(*op_types: str) -> Callable[[ShapeRule], ShapeRule]:
    """Registers the decorated function as the shape rule of operators of the default domain."""

    def register(rule: ShapeRule) -> ShapeRule:
        _SHAPE_RULES.update(dict.fromkeys(op_types, rule))
        return rule

    return register


def value_rule(*op_types: str) -> Callable[[ValueRule], ValueRule]:
    """Registers the decorated function as the rule that follows contents through operators."""

    def register(rule: ValueRule) -> ValueRule:
        _VALUE_RULES.update(dict.fromkeys(op_types, rule))
        return rule

    return register


@functools.cache
def _load_rules() -> None:
    package = importlib.import_module("modelwright.hub.shape_rules")
    for info in sorted(pkgutil.iter_modules(package.__path__), key=lambda item: item.name):
        importlib.import_module(f"{package.__name__}.{info.name}")


def dims_of(shape: ir.Shape | None) -> tuple[Dim, ...] | None:
    """An ``onnx_ir`` shape as sizes, names and Nones."""
    if shape is None:
        return None
    return tuple(dim if isinstance(dim, int) else dim.value for dim in shape)


class Shapes:
    """Inference on demand over the values of one model.

    Rewrites that keep the meaning of the model keep its answers valid; ``forget`` drops those about a value whose
    producer was changed to mean something else.
    """

    def __init__(self, opset: int) -> None:
        """Makes an empty store.

        Args:
            opset: Version of the default domain of the model.
        """
        self.opset = opset
        self._visited: set[ir.Node] = set()
        self._values: dict[ir.Value, np.ndarray | None] = {}
        _load_rules()

    def dtype(self, value: ir.Value) -> ir.DataType | None:
        """The tensor's element type, or None if it cannot be inferred or the value is no tensor."""
        if value.type is None:
            self._infer(value)
        return value.dtype if isinstance(value.type, ir.TensorType) else None

    def shape(self, value: ir.Value) -> tuple[Dim, ...] | None:
        """The tensor's dimensions, or None if its rank cannot be inferred or the value is no tensor."""
        if value.type is not None and not isinstance(value.type, ir.TensorType):
            return None
        if value.shape is None or any(not isinstance(dim, int) for dim in value.shape):
            self._infer(value)
        return dims_of(value.shape)

    def static_shape(self, value: ir.Value) -> tuple[int, ...] | None:
        """The shape if every dimension is a known size, else None."""
        shape = self.shape(value)
        if shape is None:
            return None
        sizes = tuple(dim for dim in shape if isinstance(dim, int))
        return sizes if len(sizes) == len(shape) else None

    def contents(self, value: ir.Value) -> np.ndarray | None:
        """Contents of a small integer tensor, as an object array of ints, symbolic names and Nones.

        Returns:
            An array of the value's shape (rank 0 or 1 in practice), or None when nothing is known.
        """
        if value in self._values:
            return self._values[value]
        for node in self._unvisited_producers(value, self._values):
            for output in node.outputs:
                self._values.setdefault(output, None)
            rule = _VALUE_RULES.get(node.op_type) if node.domain == "" else None
            found = rule(self, node) if rule is not None else None
            if found is not None and found.size <= SMALL:
                self._values[node.outputs[0]] = found
        if value not in self._values:
            self._values[value] = _initial_contents(value)
        return self._values[value]

    def constant(self, value: ir.Value) -> np.ndarray | None:
        """The array that a value always holds, or None.

        Initializers of any size and dtype, Constant nodes, and small integer computations whose result is known.
        """
        if value.const_value is not None and not value.is_graph_input():
            return value.const_value.numpy()
        producer = value.producer()
        if producer is None:
            return None
        if producer.op_type == "Constant" and producer.domain == "":
            return _constant_node_array(producer)
        found = self.contents(value)
        dtype = self.dtype(value)
        if found is None or dtype is None or any(not isinstance(item, int) for item in found.reshape(-1).tolist()):
            return None
        return found.astype(dtype.numpy())

    def forget(self, value: ir.Value) -> None:
        """Drops what was remembered about a value's contents and lets its producer be inferred again."""
        self._values.pop(value, None)
        producer = value.producer()
        if producer is not None:
            self._visited.discard(producer)

    def keep_contents(self, value: ir.Value, contents: np.ndarray | None) -> None:
        """Remembers the contents of a value that takes the place of another one, if anything is known of them."""
        if contents is not None and self._values.get(value) is None:
            self._values[value] = contents

    def renew(self) -> None:
        """Lets everything that is not fully known be inferred again, after rewrites have made more of it known."""
        self._visited.clear()
        self._values.clear()

    def _infer(self, value: ir.Value) -> None:
        for node in self._unvisited_producers(value, None):
            self._visited.add(node)
            rule = _SHAPE_RULES.get(node.op_type) if node.domain == "" else None
            inferred = rule(self, node) if rule is not None else infer_with_onnx(node, self.opset, self.constant)
            for output, (dtype, shape) in zip(node.outputs, inferred, strict=False):
                _learn(output, dtype, shape)

    def _unvisited_producers(self, value: ir.Value, known: dict[ir.Value, np.ndarray | None] | None) -> list[ir.Node]:
        """Producers of ``value`` that were not looked at, sources first, without recursion."""
        if known is None and (maker := value.producer()) is not None and all(map(_is_known, maker.inputs)):
            return [] if maker in self._visited else [maker]
        order: list[ir.Node] = []
        seen: set[ir.Node] = set()
        stack: list[tuple[ir.Value, bool]] = [(value, False)]
        while stack:
            item, ready = stack.pop()
            node = item.producer()
            if node is None:
                continue
            if ready:
                order.append(node)
                continue
            done = node in self._visited if known is None else item in known
            if node in seen or done:
                continue
            if known is None and item is not value and _fully_known(item):
                continue
            seen.add(node)
            stack.append((item, True))
            if known is None or node.op_type in _VALUE_RULES:
                stack.extend((source, False) for source in reversed(node.inputs) if source is not None)
        return order


def _is_known(source: ir.Value | None) -> bool:
    return source is None or _fully_known(source)


def _fully_known(value: ir.Value) -> bool:
    return value.dtype is not None and value.shape is not None and all(isinstance(dim, int) for dim in value.shape)


def _learn(value: ir.Value, dtype: ir.DataType | None, shape: tuple[Dim, ...] | None) -> None:
    """Writes what was inferred into the value, keeping what it already knew better."""
    if value.type is not None and not isinstance(value.type, ir.TensorType):
        return
    if dtype is not None and value.dtype is None:
        value.dtype = dtype
    if shape is None:
        return
    old = dims_of(value.shape)
    if old is None or len(old) != len(shape):
        value.shape = ir.Shape(shape)
        return
    merged = tuple(mine if isinstance(mine, int) or new is None else new for mine, new in zip(old, shape, strict=True))
    if merged != old:
        value.shape = ir.Shape(merged)


def _initial_contents(value: ir.Value) -> np.ndarray | None:
    tensor = value.const_value
    if tensor is None or value.is_graph_input() or tensor.size > SMALL:
        return None
    return integer_contents(tensor.numpy())


def integer_contents(array: np.ndarray) -> np.ndarray | None:
    """An integer or boolean array of rank 0 or 1 as contents; None for any other."""
    if array.dtype.kind not in "iub" or array.ndim > 1 or array.size > SMALL:
        return None
    return array.astype(np.int64).astype(object)


def _constant_node_array(node: ir.Node) -> np.ndarray | None:
    for name, dtype in (("value_int", np.int64), ("value_ints", np.int64), ("value_float", np.float32)):
        attribute = node.attributes.get(name)
        if attribute is not None:
            return np.asarray(attribute.value, dtype=dtype)
    attribute = node.attributes.get("value_floats")
    if attribute is not None:
        return np.asarray(attribute.value, dtype=np.float32)
    attribute = node.attributes.get("value")
    return tensor_in(attribute).numpy() if attribute is not None else None
