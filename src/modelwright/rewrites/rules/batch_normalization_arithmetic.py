"""BatchNormalization followed by arithmetic with one number a channel, as Caffe's Scale layers write it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import onnx_ir as ir

from modelwright.hub.shape_rules.windows import flag
from modelwright.rewrites.affine import Affine
from modelwright.rewrites.context import RewriteContext
from modelwright.rewrites.matching import along_axis, split_constant
from modelwright.rewrites.normalization import batch_normalization_affine
from modelwright.rewrites.rule import Applied, Group, NotApplied, Outcome, rewrite
from modelwright.rewrites.rules.convolution_affine import affine_of
from modelwright.rewrites.uniform import Uniform, constant_array, emit_uniform, is_uniform, uniform_of


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rows:
    """Scale and bias of a normalization, float64, ``[C]``; ``spelt`` if they are initializers."""

    scale: np.ndarray
    bias: np.ndarray
    spelt: bool


@rewrite("BatchNormalization + arithmetic by channel", "Add", "Sub", "Mul", "Div", group=Group.FUSE, since=7)
def batch_normalization_arithmetic(context: RewriteContext, node: ir.Node) -> Outcome:
    """``(gamma * z + beta) * s + t`` has ``gamma * s`` and ``beta * s + t`` instead, where ``z`` is normalized."""
    found = split_constant(context, node)
    normalization = context.producer(found[0], node, "BatchNormalization") if found is not None else None
    if found is None or normalization is None:
        return NotApplied("")
    if not context.only_used_here(found[0]) or isinstance(
        batch_normalization_affine(context, normalization), NotApplied
    ):
        return NotApplied("the normalization is used elsewhere, or its statistics are not constants")
    rows, affine = _rows(context, normalization), _affine(context, node, found)
    if rows is None or affine is None:
        return NotApplied("the constant does not vary along the channels only")
    scale = rows.scale if affine.scale is None else rows.scale * affine.scale
    bias = rows.bias if affine.scale is None else rows.bias * affine.scale
    bias = bias if affine.shift is None else bias + affine.shift
    if scale.shape != rows.scale.shape or bias.shape != scale.shape or not np.all(np.isfinite([scale, bias])):
        return NotApplied("the constants do not fit the channels")
    dtype = context.shapes.dtype(normalization.inputs[1]) if normalization.inputs[1] is not None else None
    if dtype is None:
        return NotApplied("")
    op = context.before(node)
    new = [_emit(context, node, row.astype(dtype.numpy()), spelt=rows.spelt) for row in (scale, bias)]
    attributes = {name: item.value for name, item in normalization.attributes.items()}
    inputs = [normalization.inputs[0], *new, *normalization.inputs[3:5]]
    return Applied((op.emit("BatchNormalization", inputs, attributes),))  # pyright: ignore[reportArgumentType]


def _rows(context: RewriteContext, node: ir.Node) -> _Rows | None:
    values = list(node.inputs[1:3])
    arrays = [constant_array(context, value) for value in values]
    if arrays[0] is None or arrays[1] is None or arrays[0].ndim != 1 or not flag(node, "spatial", 1):
        return None
    spelt = any(uniform_of(context, value) is None for value in values)
    return _Rows(scale=arrays[0].astype(np.float64), bias=arrays[1].astype(np.float64), spelt=spelt)


def _affine(context: RewriteContext, node: ir.Node, found: tuple[ir.Value, ir.Value, int]) -> Affine | None:
    rank, array = context.rank(found[0]), constant_array(context, found[1])
    row = along_axis(array, rank, 1) if array is not None and rank is not None and rank > 1 else None
    return affine_of(node.op_type, row, constant_first=found[2] == 0) if row is not None else None


def _emit(context: RewriteContext, node: ir.Node, row: np.ndarray, *, spelt: bool) -> ir.Value:
    op = context.before(node)
    if spelt or not is_uniform(row):
        return op.constant(row)
    return emit_uniform(op, Uniform(shape=row.shape, number=np.asarray(row[0])))
