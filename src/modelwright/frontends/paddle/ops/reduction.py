"""Reductions."""

from __future__ import annotations

import onnx_ir as ir

from modelwright.frontends.paddle.builder import PaddleBuilder
from modelwright.frontends.paddle.operators import paddle_op
from modelwright.hub.kernels import reduce

_REDUCTIONS = {
    "max": "ReduceMax",
    "min": "ReduceMin",
    "amax": "ReduceMax",
    "amin": "ReduceMin",
    "mean": "ReduceMean",
    "prod": "ReduceProd",
    "sum": "ReduceSum",
}


def reduced_axes(op: PaddleBuilder, x: ir.Value, axis: ir.Value | list[int] | None, *, everything: bool) -> list[int]:
    """The axes that are reduced; all of them when none is named."""
    rank = op.need_rank(x)
    axes = [] if everything or axis is None else op.axes(axis, rank, "the axis")
    return axes or list(range(rank))


def _reduced(op: PaddleBuilder, op_type: str, x: ir.Value, axes: list[int], *, keepdim: bool) -> ir.Value:
    if not axes:
        return op.Identity(x)
    every = len(axes) == op.need_rank(x)
    return reduce(op, op_type, x, None if every else axes, keepdims=keepdim)


def _register(source: str, target: str) -> None:
    @paddle_op(source)
    def convert(
        op: PaddleBuilder,
        x: ir.Value,
        dims: ir.Value | None = None,
        *,
        axis: list[int] | None = None,
        keepdim: bool = False,
        reduce_all: bool = False,
        dtype: ir.DataType | None = None,
    ) -> ir.Value:
        axes = reduced_axes(op, x, axis if dims is None else dims, everything=reduce_all)
        wanted = dtype or op.output_dtype()
        if wanted is not None and source in ("sum", "prod", "mean"):
            x = op.cast(x, wanted)
        return _reduced(op, target, x, axes, keepdim=keepdim)

    convert.__doc__ = f"ONNX {target}; no axis means all. Sums of small integers are int64, as the program says."


for _source, _target in _REDUCTIONS.items():
    _register(_source, _target)


def _register_truth(source: str, target: str) -> None:
    @paddle_op(source)
    def convert(
        op: PaddleBuilder,
        x: ir.Value,
        dims: ir.Value | None = None,
        *,
        axis: list[int] | None = None,
        keepdim: bool = False,
        reduce_all: bool = False,
        dtype: ir.DataType | None = None,
    ) -> ir.Value:
        del dtype
        axes = reduced_axes(op, x, axis if dims is None else dims, everything=reduce_all)
        numbers = op.cast(op.cast(x, ir.DataType.BOOL), ir.DataType.INT32)
        return op.cast(_reduced(op, target, numbers, axes, keepdim=keepdim), ir.DataType.BOOL)

    convert.__doc__ = "Whether elements are true."


_register_truth("all", "ReduceMin")
_register_truth("any", "ReduceMax")


@paddle_op("mean_all")
def mean_all(op: PaddleBuilder, x: ir.Value) -> ir.Value:
    """The mean of all elements, of rank 0."""
    return op.reduce("ReduceMean", x, None, keepdims=False)


@paddle_op("logsumexp")
def logsumexp(
    op: PaddleBuilder,
    x: ir.Value,
    dims: ir.Value | None = None,
    *,
    axis: list[int] | None = None,
    keepdim: bool = False,
    reduce_all: bool = False,
) -> ir.Value:
    """Log of the sum of exponentials."""
    axes = reduced_axes(op, x, axis if dims is None else dims, everything=reduce_all)
    return _reduced(op, "ReduceLogSumExp", x, axes, keepdim=keepdim)


@paddle_op("nansum")
def nansum(
    op: PaddleBuilder,
    x: ir.Value,
    dims: ir.Value | None = None,
    *,
    axis: list[int] | None = None,
    keepdim: bool = False,
    dtype: ir.DataType | None = None,
) -> ir.Value:
    """The sum without what is not a number."""
    del dtype
    axes = reduced_axes(op, x, axis if dims is None else dims, everything=False)
    return _reduced(op, "ReduceSum", op.Where(op.IsNaN(x), op.scalar(0, x), x), axes, keepdim=keepdim)


@paddle_op("std")
def std(
    op: PaddleBuilder,
    x: ir.Value,
    dims: ir.Value | None = None,
    *,
    axis: list[int] | None = None,
    keepdim: bool = False,
    unbiased: bool = True,
    correction: float = 1.0,
) -> ir.Value:
    """The standard deviation; unbiased divides by one less than the count."""
    axes = reduced_axes(op, x, axis if dims is None else dims, everything=False)
    centered = op.Sub(x, op.reduce("ReduceMean", x, axes, keepdims=True))
    total = op.reduce("ReduceSum", op.Mul(centered, centered), axes, keepdims=keepdim)
    counted = op.reduce("ReduceProd", op.gather(op.shape_of(x), axes), None, keepdims=False)
    count = op.cast(counted, op.dtype(x))
    return op.Sqrt(op.Div(total, op.Sub(count, op.scalar(correction if unbiased else 0.0, x))))
