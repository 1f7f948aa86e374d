"""Constants and tensors made of numbers."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import onnx_ir as ir

from modelwright.passes.opset.adapters import lower
from modelwright.passes.opset.builder import StepBuilder


@lower("Constant", version=12)
def constant(
    op: StepBuilder,
    *,
    value: ir.TensorProtocol | None = None,
    sparse_value: Any = None,
    value_float: float | None = None,
    value_floats: list[float] | None = None,
    value_int: int | None = None,
    value_ints: list[int] | None = None,
    value_string: str | None = None,
    value_strings: list[str] | None = None,
) -> ir.Value | None:
    """Numbers and texts become a tensor."""
    if value is not None or sparse_value is not None:
        return None
    reals = value_float if value_float is not None else value_floats
    whole = value_int if value_int is not None else value_ints
    texts = value_string if value_string is not None else value_strings
    if reals is not None:
        array = np.asarray(reals, np.float32)
    elif whole is not None:
        array = np.asarray(whole, np.int64)
    else:
        return op.constant(np.asarray(texts, object), name=op.origin)
    return op.Constant(value=ir.Tensor(array))


@lower("CastLike", version=15)
def cast_like(
    op: StepBuilder, x: ir.Value, target_type: ir.Value, *, saturate: int = 1, round_mode: str = "up"
) -> ir.Value:
    """A Cast to the dtype that the second input has."""
    del saturate, round_mode  # of dtypes that do not exist here
    return op.Cast(x, to=int(op.known_dtype(target_type)))


@lower("Trilu", version=14)
def trilu(op: StepBuilder, x: ir.Value, k: ir.Value | None = None, *, upper: int = 1) -> ir.Value:
    """Where the row and column say so the element, else 0."""
    rank = op.known_rank(x)
    rows, columns = (count_up(op, op.dim_of(x, axis)) for axis in (rank - 2, rank - 1))
    shift = op.Sub(op.unsqueeze(columns, [0]), op.unsqueeze(rows, [1]))
    limit = op.ints(0) if k is None else k
    outside = op.Less(shift, limit) if upper else op.Greater(shift, limit)
    zero = op.constant(np.zeros((), op.known_dtype(x).numpy()))
    return op.Where(outside, zero, x)


def count_up(op: StepBuilder, length: ir.Value) -> ir.Value:
    """``0 .. length - 1`` as int64[length], from an int64[1]; the places of ones, as Range exists since opset 11."""
    known = op.numbers(length)
    if known is not None:
        return op.constant(np.arange(known[0], dtype=np.int64))
    if op.opset >= 11:
        scalar = op.squeeze(length, [0])
        return op.Range(op.constant(np.asarray(0)), scalar, op.constant(np.asarray(1)))
    ones = op.ConstantOfShape(length, value=ir.Tensor(np.asarray([1], np.int64)))
    return op.squeeze(op.one(op.NonZero(ones)), [0])


@lower("Range", version=11)
def value_range(op: StepBuilder, start: ir.Value, limit: ir.Value, delta: ir.Value, *, stash_type: int = 1) -> ir.Value:
    """``start + delta * (0, 1, ...)``, as many as there are before ``limit``."""
    del stash_type  # of dtypes that Range has not here
    dtype = op.known_dtype(start)
    span = op.Cast(op.Sub(limit, start), to=int(ir.DataType.DOUBLE))
    count = op.Ceil(op.Div(span, op.Cast(delta, to=int(ir.DataType.DOUBLE))))
    zero = op.constant(np.asarray(0.0))
    whole = op.Cast(op.Where(op.Less(count, zero), zero, count), to=int(ir.DataType.INT64))
    steps = op.cast(count_up(op, op.unsqueeze(whole, [0])), dtype)
    return op.Add(start, op.Mul(steps, delta))


@lower("Shape", version=15)
def shape(op: StepBuilder, data: ir.Value, *, start: int = 0, end: int | None = None) -> Any:
    """All of the shape, then the part asked for."""
    if start == 0 and end is None:
        return op.Shape(data)
    return op.slice(op.Shape(data), [start], [end], [0])


@lower("Reshape", version=14)
def reshape(op: StepBuilder, data: ir.Value, target: ir.Value, *, allowzero: int = 0) -> Any:
    """A 0 copies a dimension; one that means an empty tensor has to be known, or be what copying gives."""
    if not allowzero:
        return None
    if op.numbers(target) is None and _copies_zeros(op, data):
        return op.Reshape(data, target)
    numbers = op.constant_numbers(target, "shape")
    if 0 not in numbers:
        return op.Reshape(data, target)
    source = op.shape(data)
    copied = [source[place] if source is not None and place < len(source) else None for place in range(len(numbers))]
    if any(number == 0 and copied[place] != 0 for place, number in enumerate(numbers)):
        return _fill(op, data, numbers)
    return op.Reshape(data, target)


def _copies_zeros(op: StepBuilder, data: ir.Value) -> bool:
    """Whether each size that can be 0 is that of the same dimension before, so that copying gives it, too."""
    before, after = op.shapes.shape(data), op.shapes.shape(op.node.outputs[0])
    if before is None or after is None:
        return False
    kept = [isinstance(size, str) and size == before[place] for place, size in enumerate(after[: len(before)])]
    return all(same or (isinstance(size, int) and size > 0) for same, size in itertools.zip_longest(kept, after))


def _fill(op: StepBuilder, data: ir.Value, numbers: list[int]) -> ir.Value:
    """An empty tensor of the shape."""
    empty = np.zeros(numbers, op.known_dtype(data).numpy())
    return op.constant(empty)


@lower("EyeLike", version=22)
def eye_like(op: StepBuilder, x: ir.Value, *, dtype: int | None = None, k: int = 0) -> Any:
    """bfloat16 by way of float32."""
    wanted = ir.DataType(dtype) if dtype is not None else op.known_dtype(x)
    if wanted is not ir.DataType.BFLOAT16:
        return None
    return op.Cast(op.EyeLike(op.cast(x, ir.DataType.FLOAT), dtype=int(ir.DataType.FLOAT), k=k), to=int(wanted))
