"""Matrix products and tables of vectors."""

from __future__ import annotations

from math import prod

import onnx_ir as ir

from modelwright.frontends.caffe.builder import CaffeBuilder
from modelwright.frontends.caffe.operators import caffe_layer

_TRAINING = ("weight_filler", "bias_filler")


@caffe_layer("InnerProduct", param="inner_product_param", ignores=_TRAINING, weights=1)
def inner_product(
    op: CaffeBuilder, x: ir.Value, *, num_output: int, bias_term: bool = True, axis: int = 1, transpose: bool = False
) -> ir.Value:
    """The axes from ``axis`` on, flattened to K, times weights ``[num_output, K]``, transposed ``[K, num_output]``."""
    place = op.axis(x, axis)
    depth = prod(op.sizes(x, range(place, len(op.dims(x)))))
    flat = op.flat_tail(x, place)
    weights = op.weight(0, [depth, num_output] if transpose else [num_output, depth])
    bias = op.weight(1, [num_output]) if bias_term else None
    y = op.Gemm(flat, weights, bias, transB=None if transpose else 1)
    if place == 1:
        return y
    front = op.dims(x)[:place]
    return op.reshape(y, [*([-1] if front else []), *op.sizes(x, range(1, place)), num_output])


@caffe_layer("Embed", param="embed_param", ignores=_TRAINING, weights=1)
def embed(op: CaffeBuilder, x: ir.Value, *, num_output: int, input_dim: int, bias_term: bool = True) -> ir.Value:
    """Row ``x`` of weights ``[input_dim, num_output]``; the result has an axis more than ``x``."""
    rows = op.gather(op.weight(0, [input_dim, num_output]), op.cast(x, ir.DataType.INT64))
    return op.Add(rows, op.weight(1, [num_output])) if bias_term else rows
