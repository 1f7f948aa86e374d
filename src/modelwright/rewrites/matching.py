"""What rules ask about operands: which one is constant, how it broadcasts, what a node's only user is."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import onnx_ir as ir

from modelwright.hub.dtypes import FLOATS
from modelwright.rewrites.context import RewriteContext
from modelwright.rewrites.tensors import sizes_of
from modelwright.rewrites.uniform import uniform_of


def split_constant(context: RewriteContext, node: ir.Node) -> tuple[ir.Value, ir.Value, int] | None:
    """A two-operand node's varying operand, its constant one and the place of the constant; None otherwise."""
    if len(node.inputs) != 2:
        return None
    left, right = node.inputs
    if left is None or right is None:
        return None
    constants = (_is_constant(context, left), _is_constant(context, right))
    if constants == (False, True):
        return left, right, 1
    return (right, left, 0) if constants == (True, False) else None


def _is_constant(context: RewriteContext, value: ir.Value) -> bool:
    return context.tensor(value) is not None or uniform_of(context, value) is not None


def scalar_operand(context: RewriteContext, node: ir.Node) -> tuple[ir.Value, float] | None:
    """A two-operand node's varying operand and the number that is the other one; None otherwise."""
    found = split_constant(context, node)
    if found is None:
        return None
    number = context.scalar(found[1])
    return None if number is None else (found[0], number)


def keeps_shape(context: RewriteContext, value: ir.Value, constant: ir.Value) -> bool:
    """Whether a constant broadcast with ``value`` leaves its shape: it has no more dimensions and no larger ones."""
    sizes, shape = constant_sizes(context, constant), context.shape(value)
    if sizes is None or shape is None:
        return False
    if len(sizes) > len(shape):
        return False
    return all(size in (1, dim) for size, dim in zip(reversed(sizes), reversed(shape), strict=False))


def constant_sizes(context: RewriteContext, constant: ir.Value) -> tuple[int, ...] | None:
    """The shape of an initializer or of a uniform tensor; None for any other value."""
    tensor, uniform = context.tensor(constant), uniform_of(context, constant)
    return sizes_of(tensor) if tensor is not None else uniform.shape if uniform is not None else None


def along_axis(array: np.ndarray, rank: int, axis: int) -> np.ndarray | None:
    """A constant that varies along one axis only, flattened to ``[1]`` or ``[C]``.

    Args:
        array: Broadcast against data of ``rank`` dimensions.
        rank: Number of dimensions of the data.
        axis: The axis along which it may vary, not negative.

    Returns:
        float64 values, or None if it varies along another axis or has more dimensions.
    """
    if array.ndim > rank:
        return None
    sizes = (1,) * (rank - array.ndim) + array.shape
    if any(size != 1 for place, size in enumerate(sizes) if place != axis):
        return None
    return array.astype(np.float64).reshape(-1)


def is_close(number: float | None, wanted: float, *, relative: float = 1e-6) -> bool:
    """Whether a constant of the model is ``wanted`` up to the rounding of float32."""
    return number is not None and abs(number - wanted) <= relative * max(abs(wanted), 1e-30)


def is_floating(context: RewriteContext, value: ir.Value) -> bool:
    """Whether the value is known to be floating point."""
    return context.shapes.dtype(value) in FLOATS


def other(node: ir.Node, value: ir.Value) -> ir.Value | None:
    """The operand of a two-operand node that is not ``value``; ``value`` itself if it is both."""
    left, right = node.inputs
    return right if left is value else left if right is value else None


def same_order(perm: Sequence[int]) -> bool:
    """Whether a perm moves nothing."""
    return list(perm) == list(range(len(perm)))
