"""Choosing elements, and reductions."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from modelwright.frontends.caffe.builder import CaffeBuilder
from modelwright.frontends.caffe.operators import caffe_layer


@caffe_layer("ArgMax", param="argmax_param")
def argmax(
    op: CaffeBuilder, x: ir.Value, *, axis: int | None = None, top_k: int = 1, out_max_val: bool = False
) -> ir.Value:
    """Where the ``top_k`` largest elements are, as floats; of equal ones the last is taken first.

    Along an axis: their places, or with ``out_max_val`` themselves. Without: the places in each item flattened,
    ``[N, 1, k]``, and with ``out_max_val`` the elements too, ``[N, 2, k]``.
    """
    if axis is not None:
        values, places = _largest(op, x, op.axis(x, axis), top_k)
        return values if out_max_val else places
    values, places = _largest(op, op.flat_tail(x, 1), 1, top_k)
    rows = [places, values] if out_max_val else [places]
    stacked = op.concat([op.unsqueeze(item, [1]) for item in rows], 1)
    return op.unsqueeze(stacked, list(range(3, len(op.dims(x)))))


def _largest(op: CaffeBuilder, x: ir.Value, axis: int, count: int) -> tuple[ir.Value, ir.Value]:
    """The largest elements and their places; the blob is turned round, because TopK prefers the first of equals."""
    size = op.size(x, axis)
    if not 1 <= count <= size:
        raise op.fail(f"takes {count} elements of {size}")
    turned = op.slice(x, [-1], [None], [axis], [-1])
    values, places = op.TopK(turned, op.ints(count), axis=axis, outputs=2)
    return values, op.cast(op.Sub(op.constant(np.int64(size - 1)), places), ir.DataType.FLOAT)


_REDUCTIONS = {"SUM": "ReduceSum", "ASUM": "ReduceL1", "SUMSQ": "ReduceSumSquare", "MEAN": "ReduceMean"}


@caffe_layer("Reduction", param="reduction_param")
def reduction(op: CaffeBuilder, x: ir.Value, *, operation: str = "SUM", axis: int = 0, coeff: float = 1.0) -> ir.Value:
    """All axes from ``axis`` on summed up (or their absolute values, squares, mean), times ``coeff``."""
    axes = list(range(op.axis(x, axis), len(op.dims(x))))
    return op.scaled(op.reduce(_REDUCTIONS[operation], x, axes, keepdims=False), coeff, 0.0)


@caffe_layer("Filter")
def filter_(op: CaffeBuilder, *bottoms: ir.Value) -> list[ir.Value]:
    """The items of each blob for which the last bottom is not 0."""
    if len(bottoms) < 2:
        raise op.fail("has no selector", hint="its last bottom selects items of the others")
    wanted = op.cast(op.reshape(bottoms[-1], [-1]), ir.DataType.BOOL)
    return [op.Compress(x, wanted, axis=0) for x in bottoms[:-1]]


@caffe_layer("BatchReindex")
def batch_reindex(op: CaffeBuilder, x: ir.Value, places: ir.Value) -> ir.Value:
    """The items of a blob in the order that the second bottom lists."""
    return op.gather(x, op.cast(op.reshape(places, [-1]), ir.DataType.INT64))
