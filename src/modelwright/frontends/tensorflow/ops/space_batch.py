"""Blocks of space moved into the batch and back, as dilated convolutions are written in older graphs.

Between ``SpaceToBatchND`` with blocks ``b`` and ``BatchToSpaceND`` a convolution with steps of 1 sees every ``b``-th
element: it is one convolution with ``b`` times the dilation, on a tensor padded by what goes in minus what is cropped.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import onnx_ir as ir

from modelwright.frontends.tensorflow.builder import TensorFlowBuilder
from modelwright.frontends.tensorflow.operators import tf_op

_KEY = "space_to_batch"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Blocks:
    """Where a value with blocks in its batch came from; kept in the value's ``meta``.

    Attributes:
        source: The tensor before.
        sizes: The blocks along the axes after the batch.
        paddings: Begin and end along these axes, int64 ``[axes, 2]``.
    """

    source: ir.Value
    sizes: tuple[int, ...]
    paddings: ir.Value


@tf_op("SpaceToBatchND")
def space_to_batch_nd(op: TensorFlowBuilder, x: ir.Value, block_shape: ir.Value, paddings: ir.Value) -> ir.Value:
    """Pads, cuts the axes after the batch into blocks, and moves places inside blocks before the batch."""
    return _space_to_batch(op, x, op.need_constant(block_shape, "the block's shape").tolist(), paddings)


@tf_op("SpaceToBatch")
def space_to_batch(op: TensorFlowBuilder, x: ir.Value, paddings: ir.Value, *, block_size: int) -> ir.Value:
    """``SpaceToBatchND`` with square blocks."""
    return _space_to_batch(op, x, [block_size, block_size], paddings)


@tf_op("BatchToSpaceND")
def batch_to_space_nd(op: TensorFlowBuilder, x: ir.Value, block_shape: ir.Value, crops: ir.Value) -> ir.Value:
    """Spreads the first part of the batch over blocks of space, then crops."""
    return _batch_to_space(op, x, op.need_constant(block_shape, "the block's shape").tolist(), crops)


@tf_op("BatchToSpace")
def batch_to_space(op: TensorFlowBuilder, x: ir.Value, crops: ir.Value, *, block_size: int) -> ir.Value:
    """``BatchToSpaceND`` with square blocks."""
    return _batch_to_space(op, x, [block_size, block_size], crops)


def _space_to_batch(op: TensorFlowBuilder, x: ir.Value, sizes: Sequence[int], paddings: ir.Value) -> ir.Value:
    rank, count = op.need_rank(x), len(sizes)
    amounts = _as_int64(op, paddings)
    padded = _pad(op, x, amounts, list(range(1, 1 + count)), rank)
    small = [_scaled(op, padded, axis + 1, size, divide=True) for axis, size in enumerate(sizes)]
    rest = [_scaled(op, padded, axis, 1) for axis in range(1 + count, rank)]
    cut: list[int | ir.Value] = [0]
    for piece, size in zip(small, sizes, strict=True):
        cut += [piece, size]
    blocks = op.reshape(padded, _shape(op, [*cut, *rest]))
    inner, outer = [2 + 2 * axis for axis in range(count)], [1 + 2 * axis for axis in range(count)]
    moved = op.transpose(blocks, [*inner, 0, *outer, *range(1 + 2 * count, rank + count)])
    result = op.reshape(moved, _shape(op, [-1, *small, *rest]))
    result.meta[_KEY] = _Blocks(source=x, sizes=tuple(sizes), paddings=amounts)
    return result


def _batch_to_space(op: TensorFlowBuilder, x: ir.Value, sizes: Sequence[int], crops: ir.Value) -> ir.Value:
    cut = _as_int64(op, crops)
    dilated = _dilated_convolution(op, x, sizes, cut)
    if dilated is not None:
        return dilated
    rank, count = op.need_rank(x), len(sizes)
    small = [_scaled(op, x, axis, 1) for axis in range(1, rank)]
    blocks = op.reshape(x, _shape(op, [*sizes, -1, *small]))
    perm = [count]
    for axis in range(count):
        perm += [count + 1 + axis, axis]
    moved = op.transpose(blocks, [*perm, *range(2 * count + 1, rank + count)])
    large = [_scaled(op, x, axis + 1, size) for axis, size in enumerate(sizes)]
    whole = op.reshape(moved, _shape(op, [-1, *large, *small[count:]]))
    return _crop(op, whole, cut, list(range(1, 1 + count)))


def _as_int64(op: TensorFlowBuilder, amounts: ir.Value) -> ir.Value:
    known = op.constant_value(amounts)
    return op.cast(amounts, ir.DataType.INT64) if known is None else op.constant(known.astype(np.int64))


def _scaled(op: TensorFlowBuilder, x: ir.Value, axis: int, factor: int, *, divide: bool = False) -> int | ir.Value:
    """A dimension times (or divided by) ``factor``, as a number where it is known."""
    shape = op.shape(x)
    dim = shape[axis] if shape is not None else None
    if isinstance(dim, int):
        return dim // factor if divide else dim * factor
    value = op.dim_of(x, axis)
    if factor == 1:
        return value
    return op.Div(value, op.ints(factor)) if divide else op.Mul(value, op.ints(factor))


def _shape(op: TensorFlowBuilder, pieces: Sequence[int | ir.Value]) -> ir.Value:
    """A shape for Reshape; the only unknown dimension is left to it."""
    unknown = [index for index, piece in enumerate(pieces) if not isinstance(piece, int)]
    if len(unknown) == 1 and -1 not in [piece for piece in pieces if isinstance(piece, int)]:
        pieces = [piece if isinstance(piece, int) else -1 for piece in pieces]
    if all(isinstance(piece, int) for piece in pieces):
        return op.ints([piece for piece in pieces if isinstance(piece, int)])
    return op.concat([op.ints(piece) if isinstance(piece, int) else piece for piece in pieces], 0)


def _pad(op: TensorFlowBuilder, x: ir.Value, amounts: ir.Value, axes: Sequence[int], rank: int) -> ir.Value:
    """Pads (or crops, where negative) ``axes`` by ``amounts``, int64 ``[axes, 2]``."""
    known = op.constant_value(amounts)
    if known is not None:
        pads = np.zeros((2, rank), np.int64)
        pads[:, list(axes)] = known.T
        return op.pad(x, pads.reshape(-1).tolist()) if pads.any() else x
    columns = [op.gather(amounts, column, axis=1) for column in (0, 1)]
    before, after = op.ints([0] * axes[0]), op.ints([0] * (rank - 1 - axes[-1]))
    padded = op.pad(x, op.concat([before, columns[0], after, before, columns[1], after], 0))
    shape = op.shape(x)
    if shape is not None:
        padded.shape = ir.Shape([None if axis in axes else dim for axis, dim in enumerate(shape)])
    return padded


def _crop(op: TensorFlowBuilder, x: ir.Value, crops: ir.Value, axes: Sequence[int]) -> ir.Value:
    known = op.constant_value(crops)
    if known is not None:
        ends = [-int(end) if end else None for end in known[:, 1]]
        return op.slice(x, known[:, 0].tolist(), ends, axes) if known.any() else x
    starts, cut = (op.gather(crops, column, axis=1) for column in (0, 1))
    sizes = op.gather(op.shape_of(x), list(axes))
    return op.Slice(x, starts, op.Sub(sizes, cut), op.ints(list(axes)))


def _dilated_convolution(op: TensorFlowBuilder, y: ir.Value, sizes: Sequence[int], crops: ir.Value) -> ir.Value | None:
    """The convolution between two block operators as one with dilation; None if ``y`` is something else."""
    found = _convolution_on_blocks(y, tuple(sizes))
    if found is None:
        return None
    conv, blocks = found
    axes = len(conv.attributes["strides"].as_ints())
    factors = [*sizes, *([1] * (axes - len(sizes)))]
    steps = conv.attributes["dilations"].as_ints() if "dilations" in conv.attributes else [1] * axes
    pads = conv.attributes["pads"].as_ints() if "pads" in conv.attributes else [0] * (2 * axes)
    own = np.asarray([[pads[i] * factors[i], pads[i + axes] * factors[i]] for i in range(axes)], np.int64)
    outer, inner = op.constant_value(blocks.paddings), op.constant_value(crops)
    attributes: dict[str, object] = {
        "dilations": [step * factor for step, factor in zip(steps, factors, strict=True)],
        "strides": [1] * axes,
        "group": conv.attributes["group"].as_int() if "group" in conv.attributes else None,
        "kernel_shape": list(conv.attributes["kernel_shape"].as_ints()) if "kernel_shape" in conv.attributes else None,
    }
    source = op.transpose(blocks.source, [0, axes + 1, *range(1, axes + 1)])
    if outer is not None and inner is not None:
        own[: len(sizes)] += outer - inner
        if (own < 0).any():
            return None
        attributes["pads"] = own.T.reshape(-1).tolist() if own.any() else None
    else:
        known = len(sizes)
        amounts = op.Add(op.Sub(blocks.paddings, crops), op.constant(own[:known]))
        source = _pad(op, source, amounts, list(range(2, 2 + known)), axes + 2)
        if own[known:].any():
            return None
    result = op.Conv(source, conv.inputs[1], **attributes)
    return op.transpose(result, [0, *range(2, axes + 2), 1])


def _convolution_on_blocks(y: ir.Value, sizes: tuple[int, ...]) -> tuple[ir.Node, _Blocks] | None:
    """The Conv that made channels-last ``y`` of a tensor with the same blocks, with the blocks."""
    conv = _behind_transpose(y, to_first=False)
    node = conv.producer() if conv is not None else None
    if node is None or node.op_type != "Conv" or "auto_pad" in node.attributes or len(node.inputs) != 2:
        return None
    source = node.inputs[0]
    before = _behind_transpose(source, to_first=True) if source is not None else None
    blocks = before.meta.get(_KEY) if before is not None else None
    if not isinstance(blocks, _Blocks) or blocks.sizes != sizes:
        return None
    return (node, blocks) if set(node.attributes["strides"].as_ints()) == {1} else None


def _behind_transpose(value: ir.Value, *, to_first: bool) -> ir.Value | None:
    """What a transposition from channels-last to channels-first (or the opposite) takes, if ``value`` is its result."""
    node = value.producer()
    if node is None or node.op_type != "Transpose":
        return None
    perm = list(node.attributes["perm"].as_ints())
    rank = len(perm)
    expected = [0, rank - 1, *range(1, rank - 1)] if to_first else [0, *range(2, rank), 1]
    return node.inputs[0] if perm == expected else None
