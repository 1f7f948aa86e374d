"""Reductions: sums, means, extremes, norms, positions of extremes, running sums."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from modelwright.frontends.tensorflow.builder import TensorFlowBuilder
from modelwright.frontends.tensorflow.operators import tf_op
from modelwright.frontends.tensorflow.ops.dtypes_support import constant_ints, int64
from modelwright.hub.kernels import kernel_dtype

_REDUCTIONS = {
    "Sum": "ReduceSum",
    "Mean": "ReduceMean",
    "Prod": "ReduceProd",
    "Max": "ReduceMax",
    "Min": "ReduceMin",
}


def _register_reduction(source: str, target: str) -> None:
    @tf_op(source)
    def convert(op: TensorFlowBuilder, x: ir.Value, axes: ir.Value, *, keep_dims: bool = False) -> ir.Value:
        return _reduce(op, target, x, axes, keepdims=keep_dims)

    convert.__doc__ = f"ONNX {target} over ``axes``, none of them reduces nothing."


for _source, _target in _REDUCTIONS.items():
    _register_reduction(_source, _target)


@tf_op("EuclideanNorm")
def euclidean_norm(op: TensorFlowBuilder, x: ir.Value, axes: ir.Value, *, keep_dims: bool = False) -> ir.Value:
    """The root of the sum of squares; over no axes that is the absolute value."""
    if constant_ints(op, axes) == []:
        return op.Abs(x)
    return _reduce(op, "ReduceL2", x, axes, keepdims=keep_dims)


@tf_op("All")
def reduce_all(op: TensorFlowBuilder, x: ir.Value, axes: ir.Value, *, keep_dims: bool = False) -> ir.Value:
    """Whether all are true: the smallest, as numbers."""
    return _reduce(op, "ReduceMin", x, axes, keepdims=keep_dims)


@tf_op("Any")
def reduce_any(op: TensorFlowBuilder, x: ir.Value, axes: ir.Value, *, keep_dims: bool = False) -> ir.Value:
    """Whether any is true: the largest, as numbers."""
    return _reduce(op, "ReduceMax", x, axes, keepdims=keep_dims)


def _reduce(op: TensorFlowBuilder, target: str, x: ir.Value, axes: ir.Value, *, keepdims: bool) -> ir.Value:
    """A reduction with casts where it has no kernel; axes that are computed need an input for them."""
    dtype = op.dtype(x)
    kernel = kernel_dtype(op, target, dtype)
    numbers = constant_ints(op, axes)
    source = op.cast(x, kernel)
    if numbers is not None:
        if not numbers:
            return op.Identity(x)
        rank = op.rank(x)
        full = rank is not None and len({axis % rank for axis in numbers}) == rank and not keepdims
        return op.cast(op.reduce(target, source, None if full else numbers, keepdims=keepdims), dtype)
    whole = _spans_all_axes(op, x, axes)
    if whole:
        return op.cast(op.reduce(target, source, None, keepdims=keepdims), dtype)
    if op.opset < (13 if target == "ReduceSum" else 18):
        op.need_constant(axes, "the axes to reduce")
    result: ir.Value = op.emit(  # pyright: ignore[reportAssignmentType]
        target, [source, int64(op, axes)], {"keepdims": int(keepdims), "noop_with_empty_axes": 1}
    )
    return op.cast(result, dtype)


def _spans_all_axes(op: TensorFlowBuilder, x: ir.Value, axes: ir.Value) -> bool:
    """Whether ``axes`` is ``range(rank(x))`` for an unknown rank, as TensorFlow writes reductions without axes."""
    producer = axes.producer()
    if producer is None or producer.op_type not in ("Range", "Cast"):
        return False
    source: ir.Node | None = producer
    while source is not None and source.op_type == "Cast":
        source = source.inputs[0].producer() if source.inputs[0] is not None else None
    if source is None or source.op_type != "Range":
        return False
    start, limit, step = source.inputs
    if start is None or limit is None or step is None:
        return False
    numbers = [constant_ints(op, start), constant_ints(op, step)]
    return numbers == [[0], [1]] and _is_rank_of(limit, x)


def _is_rank_of(value: ir.Value, x: ir.Value) -> bool:
    """Whether ``value`` is computed as the number of dimensions of ``x``."""
    node = value.producer()
    while node is not None and node.op_type in ("Cast", "Squeeze", "Reshape", "Identity"):
        node = node.inputs[0].producer() if node.inputs[0] is not None else None
    if node is None or node.op_type != "Size" or node.inputs[0] is None:
        return False
    shape = node.inputs[0].producer()
    return shape is not None and shape.op_type == "Shape" and shape.inputs[0] is x


@tf_op("ArgMax")
def arg_max(
    op: TensorFlowBuilder,
    x: ir.Value,
    dimension: ir.Value,
    *,
    output_type: ir.DataType = ir.DataType.INT64,
) -> ir.Value:
    """The position of the largest, the first of equals."""
    return _arg(op, "ArgMax", x, dimension, output_type)


@tf_op("ArgMin")
def arg_min(
    op: TensorFlowBuilder,
    x: ir.Value,
    dimension: ir.Value,
    *,
    output_type: ir.DataType = ir.DataType.INT64,
) -> ir.Value:
    """The position of the smallest, the first of equals."""
    return _arg(op, "ArgMin", x, dimension, output_type)


def _arg(op: TensorFlowBuilder, target: str, x: ir.Value, dimension: ir.Value, dtype: ir.DataType) -> ir.Value:
    axis = int(op.need_constant(dimension, "the dimension").reshape(-1)[0])
    source = op.cast(x, kernel_dtype(op, target, op.dtype(x)))
    positions: ir.Value = op.emit(  # pyright: ignore[reportAssignmentType]
        target, [source], {"axis": axis, "keepdims": 0}
    )
    return op.cast(positions, dtype)


@tf_op("Cumsum")
def cumsum(
    op: TensorFlowBuilder, x: ir.Value, axis: ir.Value, *, exclusive: bool = False, reverse: bool = False
) -> ir.Value:
    """Running sum along ``axis``, without the element itself if exclusive, from the end if reverse."""
    dtype = op.dtype(x)
    kernel = kernel_dtype(op, "CumSum", dtype)
    result: ir.Value = op.CumSum(op.cast(x, kernel), int64(op, axis), exclusive=int(exclusive), reverse=int(reverse))
    return op.cast(result, dtype)


@tf_op("Cumprod")
def cumprod(
    op: TensorFlowBuilder, x: ir.Value, axis: ir.Value, *, exclusive: bool = False, reverse: bool = False
) -> ir.Value:
    """Running product along ``axis``: a Loop over the axis that multiplies and collects.

    Logarithms would be shorter but cannot hold zeros and negative numbers.
    """
    place = int(op.need_constant(axis, "the axis").reshape(-1)[0])
    rank = op.need_rank(x)
    order = [place % rank, *(i for i in range(rank) if i != place % rank)]
    dtype = op.dtype(x)
    kernel = kernel_dtype(op, "Mul", dtype)
    rows = op.transpose(op.cast(x, kernel), order)
    rows = _flipped(op, rows) if reverse else rows
    result = _scan_product(op, rows, exclusive=exclusive)
    result = _flipped(op, result) if reverse else result
    return op.cast(op.transpose(result, [int(i) for i in np.argsort(order)]), dtype)


def _flipped(op: TensorFlowBuilder, x: ir.Value) -> ir.Value:
    return op.slice(x, [-1], [None], axes=[0], steps=[-1])


def _scan_product(op: TensorFlowBuilder, rows: ir.Value, *, exclusive: bool) -> ir.Value:
    """``Scan`` over the first axis whose state is the product so far."""
    dtype = op.dtype(rows)
    first = op.gather(rows, 0)
    start = op.Expand(op.scalar(1, rows), op.shape_of(first))
    state = ir.Value(name=op.names.unique(f"{op.origin}/product"), type=ir.TensorType(dtype))
    row = ir.Value(name=op.names.unique(f"{op.origin}/row"), type=ir.TensorType(dtype))
    imports = {"": op.opset}
    body = ir.Graph([state, row], [], nodes=[], opset_imports=imports, name=op.names.unique(f"{op.origin}/body"))
    inner = op.subgraph_builder(body)
    with inner.at(op.origin):
        product = inner.Mul(state, row)
        kept = inner.Identity(state if exclusive else product)
    for value in (product, kept):
        value.dtype = dtype
    body.outputs.extend([product, kept])
    _, result = op.Scan(start, rows, body=body, num_scan_inputs=1, outputs=2)
    return result
