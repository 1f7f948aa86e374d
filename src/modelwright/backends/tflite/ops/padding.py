"""Padding."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from modelwright.backends.tflite.builder import LiteBuilder
from modelwright.backends.tflite.operators import lite_op


@lite_op("Pad")
def pad(
    op: LiteBuilder,
    x: ir.Value,
    pads: ir.Value,
    value: ir.Value | None = None,
    axes: ir.Value | None = None,
    *,
    mode: str = "constant",
) -> ir.Value:
    """More at the borders, or less where the amount is negative."""
    rank = op.need_rank(x)
    amounts = op.constant_value(pads)
    if amounts is None:
        return _open_pad(op, x, pads, value, axes, mode)
    places = range(rank) if axes is None else [int(a) % rank for a in op.need_constant(axes, "the axes").reshape(-1)]
    table = np.zeros((rank, 2), np.int32)
    for number, place in enumerate(places):
        table[place] = amounts[number], amounts[number + len(places)]
    x = _cropped(op, x, table)
    table = np.maximum(table, 0)
    if not table.any():
        return x
    if mode == "constant":
        return (
            op.PAD(x, op.constant(table)) if value is None else op.PADV2(x, op.constant(table), op.to_shape(value, ()))
        )
    if mode == "reflect":
        return op.MIRROR_PAD(x, op.constant(table), mode="REFLECT", shape=op.result_shape())
    return _repeated_borders(op, x, table, mode)


def _cropped(op: LiteBuilder, x: ir.Value, table: np.ndarray) -> ir.Value:
    if not (table < 0).any():
        return x
    begin = np.maximum(-table[:, 0], 0).astype(np.int32)
    end = np.minimum(table[:, 1], 0).astype(np.int32)
    shape = op.shape(x)
    dims = None
    if shape is not None:
        dims = tuple(
            dim - int(low) + int(high) if isinstance(dim, int) else None
            for dim, low, high in zip(shape, begin, end, strict=True)
        )
    masks = sum(1 << axis for axis in range(len(end)) if not end[axis])
    return op.STRIDED_SLICE(x, op.constant(begin), op.constant(end), op.i32([1] * len(end)), end_mask=masks, shape=dims)


def _repeated_borders(op: LiteBuilder, x: ir.Value, table: np.ndarray, mode: str) -> ir.Value:
    """Modes ``edge`` and ``wrap``: entries of the dimension picked again."""
    for axis, (before, after) in enumerate(table.tolist()):
        if not before and not after:
            continue
        size = op.need_shape(x, [axis])[axis]
        places = np.arange(-before, size + after)
        places = np.clip(places, 0, size - 1) if mode == "edge" else places % size
        x = op.GATHER(x, op.constant(places.astype(np.int32)), axis=axis)
    return x


def _open_pad(
    op: LiteBuilder, x: ir.Value, pads: ir.Value, value: ir.Value | None, axes: ir.Value | None, mode: str
) -> ir.Value:
    """Amounts that are computed: a constant around all dimensions."""
    if mode != "constant" or axes is not None:
        raise op.fail("the amounts of padding are computed at run time", hint="export them as constants")
    rank = op.need_rank(x)
    table = op.moved(op.RESHAPE(op.int32(pads), op.i32(2, rank), shape=(2, rank)), (1, 0))
    shape = op.result_shape()
    if value is None:
        return op.PAD(x, table, shape=shape)
    return op.PADV2(x, table, op.to_shape(value, ()), shape=shape)
