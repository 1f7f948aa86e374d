"""Reductions, extremes and sorting."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
import onnx_ir as ir

from modelwright.frontends.mindspore.builder import Argument, MindBuilder
from modelwright.frontends.mindspore.dtypes import named_dtype
from modelwright.frontends.mindspore.operators import mindspore_op
from modelwright.hub.dtypes import FLOATS

_PLAIN: Final = ("ReduceMean", "ReduceMax", "ReduceMin", "ReduceProd", "ReduceSum")


def _reduce(op: MindBuilder, name: str, x: ir.Value, axes: Argument, keep_dims: Argument) -> ir.Value:
    """Over the axes; over all for none. Axes that are computed are possible where they are an input."""
    along = [] if axes is None else op.integers(axes)
    if along is not None:
        return op.reduce(name, x, along or None, keepdims=bool(keep_dims))
    if name != "ReduceSum" and op.opset < 18:
        raise op.fail("its axes are computed while the model runs", hint="convert with --opset 18")
    return op.emit(name, [x, op.vector(axes)], {"keepdims": int(bool(keep_dims))})  # pyright: ignore[reportReturnType]


def _plain(name: str) -> Callable[..., ir.Value]:
    def convert(
        op: MindBuilder, x: ir.Value, axis: Argument = (), keep_dims: Argument = 0, skip_mode: Argument = 0
    ) -> ir.Value:
        if skip_mode and not op.integers(axis):
            return x
        return _reduce(op, name, x, axis, keep_dims)

    return convert


for _name in _PLAIN:
    mindspore_op(_name)(_plain(_name))


@mindspore_op("MeanExt", "SumExt", "ProdExt")
def extended(
    op: MindBuilder, x: ir.Value, axis: Argument = None, keep_dims: Argument = 0, dtype: Argument = None
) -> ir.Value:
    """Newer forms, which may change the dtype first."""
    wanted = named_dtype(dtype) if isinstance(dtype, int) else None
    name = f"Reduce{op.op_type.removesuffix('Ext')}"
    return _reduce(op, name, x if wanted is None else op.cast(x, wanted), axis, keep_dims)


@mindspore_op("ReduceStd")
def reduce_std(
    op: MindBuilder, x: ir.Value, axis: Argument = (), unbiased: Argument = 1, keep_dims: Argument = 0
) -> list[Argument]:
    """Standard deviation and mean."""
    sizes = op.need_sizes(x)
    along = op.need_ints(axis, "the axes") or list(range(len(sizes)))
    mean = op.reduce("ReduceMean", x, along, keepdims=True)
    centred = op.Sub(x, mean)
    total = op.reduce("ReduceSum", op.Mul(centred, centred), along, keepdims=bool(keep_dims))
    count = int(np.prod([sizes[place] for place in along])) - int(bool(unbiased))
    return [op.Sqrt(op.Div(total, op.scalar(count, x))), op.reduce("ReduceMean", x, along, keepdims=bool(keep_dims))]


@mindspore_op("Argmax", "Argmin")
def argmax(op: MindBuilder, x: ir.Value, axis: Argument = -1, output_type: Argument = 34) -> ir.Value:
    """Places of extremes, without the axis."""
    name = "ArgMax" if op.op_type == "Argmax" else "ArgMin"
    found: ir.Value = op.emit(name, [x], {"axis": op.need_int(axis, "the axis"), "keepdims": 0})  # pyright: ignore[reportAssignmentType]
    return op.cast(found, named_dtype(op.need_int(output_type, "the dtype")) or ir.DataType.INT32)


@mindspore_op("TopK")
def top_k(op: MindBuilder, x: ir.Value, k: Argument, *, sorted: bool = True) -> list[Argument]:  # noqa: A002
    """The largest along the last axis, with their places."""
    values, places = op.TopK(x, op.vector(k), axis=-1, sorted=int(sorted), outputs=2)
    return [values, op.cast(places, ir.DataType.INT32)]


@mindspore_op("Sort")
def sort(op: MindBuilder, x: ir.Value, *, axis: int = -1, descending: bool = False) -> list[Argument]:
    """In order along an axis, with places."""
    values, places = op.TopK(x, op.dim_of(x, axis), axis=axis, largest=int(descending), outputs=2)
    return [values, op.cast(places, ir.DataType.INT32)]


@mindspore_op("NonZero")
def non_zero(op: MindBuilder, x: ir.Value) -> ir.Value:
    """Places of what is not zero, a row each."""
    return op.transpose(op.NonZero(x), [1, 0])


@mindspore_op("Unique")
def unique(op: MindBuilder, x: ir.Value) -> list[Argument]:
    """Each number once, in order of appearance, and where each one went."""
    values, _, places, _ = op.Unique(x, sorted=0, outputs=4)
    dtype = op.dtype(x)
    return [values, op.cast(places, ir.DataType.INT32 if dtype in FLOATS else dtype)]


@mindspore_op("Max", "Min")
def extreme(op: MindBuilder, x: ir.Value) -> ir.Value:
    """The largest or smallest of all."""
    return op.reduce(f"Reduce{op.op_type}", x, None, keepdims=False)


@mindspore_op("ArgMaxWithValue", "ArgMinWithValue")
def extreme_with_place(op: MindBuilder, x: ir.Value, axis: Argument = 0, keep_dims: Argument = 0) -> list[Argument]:
    """Places of extremes, and these."""
    along, kind = op.need_int(axis, "the axis"), op.op_type.removesuffix("WithValue").removeprefix("Arg")
    places: ir.Value = op.emit(f"Arg{kind}", [x], {"axis": along, "keepdims": int(bool(keep_dims))})  # pyright: ignore[reportAssignmentType]
    values = op.reduce(f"Reduce{kind}", x, [along], keepdims=bool(keep_dims))
    return [op.cast(places, ir.DataType.INT32), values]
