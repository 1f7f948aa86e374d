"""A Transpose in front of a flattening dense layer goes into the order of the layer's weights."""

from __future__ import annotations

from functools import partial
from math import prod

import numpy as np
import onnx_ir as ir

from modelwright.hub.shape_rules.windows import flag, ints
from modelwright.rewrites.context import SMALL_CONSTANT, RewriteContext, source_of
from modelwright.rewrites.rule import Applied, Group, NotApplied, Outcome, rewrite
from modelwright.rewrites.tensors import derived, sizes_of


@rewrite("Transpose + flatten + MatMul", "MatMul", "Gemm", group=Group.FUSE)
def flatten_matrix(context: RewriteContext, node: ir.Node) -> Outcome:
    """``reshape(transpose(x), [N, -1]) @ w`` is ``reshape(x, [N, -1]) @ w'``, with the rows of ``w`` reordered."""
    flatten = context.producer(node.inputs[0], node, "Reshape", "Flatten")
    transpose = context.producer(flatten.inputs[0], flatten, "Transpose") if flatten is not None else None
    data = transpose.inputs[0] if transpose is not None else None
    if flatten is None or transpose is None or data is None or flag(node, "transA"):
        return NotApplied("")
    value, perm = node.inputs[1], ints(transpose, "perm", [])
    weight, inner = context.tensor(value), _inner_sizes(context, data, flatten, perm)
    if weight is None or value is None or len(weight.shape) != 2:
        return NotApplied("the weights are not a constant matrix")
    columns = flag(node, "transB")
    sizes = sizes_of(weight)
    if inner is None or prod(inner) != sizes[1 if columns else 0]:
        return NotApplied("the rows of the weights are not the flattened dimensions")
    if weight.size > SMALL_CONSTANT and len(value.uses()) > 1:
        return NotApplied("the weights are shared with another node")
    if not (context.only_used_here(flatten.outputs[0]) and context.only_used_here(transpose.outputs[0])):
        return NotApplied("the transposed data are also used elsewhere")
    order = [perm.index(axis) - 1 for axis in range(1, len(perm))]
    reorder = partial(_reordered, seen=tuple(inner), order=tuple(order), columns=bool(columns))
    op = context.before(node)
    op.origin = source_of(node)
    kernel = op.initializer(derived([weight], sizes, reorder), name=value.name or "weight")
    flat = op.reshape(data, [-1, prod(inner)])
    attributes = {name: attribute.value for name, attribute in node.attributes.items()}
    return Applied((op.emit(node.op_type, [flat, kernel, *node.inputs[2:]], attributes),))  # pyright: ignore[reportArgumentType]


def _inner_sizes(context: RewriteContext, data: ir.Value, flatten: ir.Node, perm: list[int]) -> list[int] | None:
    """Sizes, as the flattening sees them, of all dimensions but the first, which must stay first; None otherwise."""
    shape, flat = context.shape(data), context.shape(flatten.outputs[0])
    if shape is None or flat is None or len(flat) != 2 or not perm or perm[0] != 0:
        return None
    sizes = [shape[axis] for axis in perm[1:]]
    known = [size for size in sizes if isinstance(size, int)]
    return known if len(known) == len(sizes) and flat[1] == prod(known) else None


def _reordered(weight: np.ndarray, *, seen: tuple[int, ...], order: tuple[int, ...], columns: bool) -> np.ndarray:
    rows = weight.T if columns else weight
    moved = rows.reshape(*seen, -1).transpose(*order, len(order)).reshape(rows.shape)
    return moved.T if columns else moved
