"""How contents of small integer tensors go through operators; symbolic entries are names, unknown ones None."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import onnx_ir as ir

from modelwright.formats import Dim
from modelwright.hub.dtypes import INTEGERS
from modelwright.hub.shape_rules.structure import axes_of
from modelwright.hub.shape_rules.windows import flag
from modelwright.hub.shapes import Shapes, value_rule


def _objects(items: Sequence[Dim]) -> np.ndarray:
    array = np.empty(len(items), dtype=object)
    array[:] = items
    return array


def _input(shapes: Shapes, node: ir.Node, index: int) -> np.ndarray | None:
    value = node.inputs[index] if len(node.inputs) > index else None
    return shapes.contents(value) if value is not None else None


@value_rule("Shape")
def shape_of(shapes: Shapes, node: ir.Node) -> np.ndarray | None:
    """The input's dimensions."""
    data = node.inputs[0]
    shape = shapes.shape(data) if data is not None else None
    if shape is None:
        return None
    end = node.attributes.get("end")
    return _objects(shape[flag(node, "start", 0) : end.as_int() if end is not None else None])


@value_rule("Size")
def size_of(shapes: Shapes, node: ir.Node) -> np.ndarray | None:
    """The number of elements, when every dimension is known."""
    data = node.inputs[0]
    shape = shapes.static_shape(data) if data is not None else None
    return None if shape is None else np.asarray(int(np.prod(shape, dtype=np.int64)), dtype=object)


@value_rule("Constant")
def constant(shapes: Shapes, node: ir.Node) -> np.ndarray | None:
    """The constant, if it is a small integer tensor."""
    array = shapes.constant(node.outputs[0])
    if array is None or array.dtype.kind not in "iub" or array.ndim > 1:
        return None
    return array.astype(np.int64).astype(object)


@value_rule("Identity")
def identity(shapes: Shapes, node: ir.Node) -> np.ndarray | None:
    """The same."""
    return _input(shapes, node, 0)


@value_rule("Cast")
def cast(shapes: Shapes, node: ir.Node) -> np.ndarray | None:
    """The same, between integer types."""
    found = _input(shapes, node, 0)
    return found if ir.DataType(node.attributes["to"].as_int()) in INTEGERS else None


@value_rule("Concat")
def concat(shapes: Shapes, node: ir.Node) -> np.ndarray | None:
    """The parts joined; an unknown part of known length counts as unknown entries."""
    parts: list[np.ndarray] = []
    for value in node.inputs:
        if value is None:
            return None
        part = shapes.contents(value)
        if part is None:
            length = shapes.shape(value)
            if length is None or len(length) != 1 or not isinstance(length[0], int) or length[0] > 64:
                return None
            part = _objects([None] * length[0])
        parts.append(part)
    return np.concatenate(parts) if all(part.ndim == 1 for part in parts) else None


@value_rule("Gather")
def gather(shapes: Shapes, node: ir.Node) -> np.ndarray | None:
    """The entries picked."""
    data, indices = _input(shapes, node, 0), node.inputs[1]
    picks = shapes.constant(indices) if indices is not None else None
    if data is None or picks is None or data.ndim != 1 or picks.ndim > 1:
        return None
    if np.any(picks >= data.size) or np.any(picks < -data.size):
        return None
    return np.asarray(data[picks.astype(np.int64)], dtype=object)


@value_rule("Slice")
def slice_(shapes: Shapes, node: ir.Node) -> np.ndarray | None:
    """The entries between constant bounds."""
    data = _input(shapes, node, 0)
    if len(node.inputs) < 3:
        return None
    bounds = [shapes.constant(value) if value is not None else None for value in node.inputs[1:]]
    if data is None or data.ndim != 1 or bounds[0] is None or bounds[1] is None:
        return None
    step = 1
    if len(node.inputs) > 4 and node.inputs[4] is not None:
        if bounds[3] is None:
            return None
        step = int(bounds[3][0])
    start, end = int(bounds[0][0]), int(bounds[1][0])
    if step < 0 and end < -data.size:
        return data[start::step]
    return data[start:end:step]


@value_rule("Unsqueeze")
def unsqueeze(shapes: Shapes, node: ir.Node) -> np.ndarray | None:
    """A scalar becomes a vector of one entry."""
    found = _input(shapes, node, 0)
    axes = axes_of(shapes, node)
    return found.reshape(1) if found is not None and found.ndim == 0 and axes is not None and len(axes) == 1 else None


@value_rule("Squeeze")
def squeeze(shapes: Shapes, node: ir.Node) -> np.ndarray | None:
    """A vector of one entry becomes a scalar."""
    found = _input(shapes, node, 0)
    return found.reshape(()) if found is not None and found.size == 1 else None


@value_rule("Reshape")
def reshape(shapes: Shapes, node: ir.Node) -> np.ndarray | None:
    """To a vector or a scalar."""
    found, target = _input(shapes, node, 0), node.inputs[1]
    wanted = shapes.constant(target) if target is not None else None
    if found is None or wanted is None or wanted.size > 1:
        return None
    if wanted.size == 0:
        return found.reshape(()) if found.size == 1 else None
    return found.reshape(-1) if int(wanted[0]) in (-1, found.size) else None


@value_rule("ReduceProd")
def reduce_prod(shapes: Shapes, node: ir.Node) -> np.ndarray | None:
    """The product of all entries, if all are known."""
    found = _input(shapes, node, 0)
    if found is None or any(not isinstance(item, int) for item in found.reshape(-1).tolist()):
        return None
    product = int(np.prod(found.astype(np.int64)))
    shape = (1,) if flag(node, "keepdims", 1) and found.ndim else ()
    return np.full(shape, product, dtype=object)


def _arithmetic(compute: Callable[[Dim, Dim], Dim]) -> Callable[[Shapes, ir.Node], np.ndarray | None]:
    pairwise = np.frompyfunc(compute, 2, 1)

    def rule(shapes: Shapes, node: ir.Node) -> np.ndarray | None:
        if len(node.inputs) != 2:
            return None
        dtypes = [shapes.dtype(value) for value in node.inputs if value is not None]
        left, right = _input(shapes, node, 0), _input(shapes, node, 1)
        if left is None or right is None or any(dtype not in INTEGERS for dtype in dtypes):
            return None
        if left.ndim == right.ndim == 1 and left.size != right.size and 1 not in (left.size, right.size):
            return None
        return np.asarray(pairwise(left, right), dtype=object)

    return rule


def _add(left: Dim, right: Dim) -> Dim:
    if isinstance(left, int) and isinstance(right, int):
        return left + right
    return right if left == 0 else left if right == 0 else None


def _subtract(left: Dim, right: Dim) -> Dim:
    if isinstance(left, int) and isinstance(right, int):
        return left - right
    return left if right == 0 else 0 if left is not None and left == right else None


def _multiply(left: Dim, right: Dim) -> Dim:
    if isinstance(left, int) and isinstance(right, int):
        return left * right
    if 0 in (left, right):
        return 0
    return right if left == 1 else left if right == 1 else None


def _divide(left: Dim, right: Dim) -> Dim:
    if isinstance(left, int) and isinstance(right, int):
        return None if right == 0 else int(left / right) if abs(left) < 2**52 else None
    return left if right == 1 else None


def _maximum(left: Dim, right: Dim) -> Dim:
    both = isinstance(left, int) and isinstance(right, int)
    return max(left, right) if both else left if left == right else None  # pyright: ignore[reportArgumentType]


def _minimum(left: Dim, right: Dim) -> Dim:
    both = isinstance(left, int) and isinstance(right, int)
    return min(left, right) if both else left if left == right else None  # pyright: ignore[reportArgumentType]


value_rule("Add")(_arithmetic(_add))
value_rule("Sub")(_arithmetic(_subtract))
value_rule("Mul")(_arithmetic(_multiply))
value_rule("Div")(_arithmetic(_divide))
value_rule("Max")(_arithmetic(_maximum))
value_rule("Min")(_arithmetic(_minimum))
