"""Tensors made of nothing or of shapes: constants, ranges, masks, random numbers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import onnx_ir as ir

from modelwright.frontends.paddle.builder import PaddleBuilder
from modelwright.frontends.paddle.operators import paddle_op
from modelwright.hub.dtypes import FLOATS
from modelwright.hub.kernels import compute, kernel_dtype

_WRITTEN_OUT = 4096
"""Most elements that a constant is written out with."""

Target = ir.Value | list[ir.Value] | None


def _vector(op: PaddleBuilder, target: Target, stated: Sequence[int] | None) -> ir.Value:
    if isinstance(target, list):
        return op.joined(target)
    return op.ints(list(stated or [])) if target is None else op.vector(target)


def filled(op: PaddleBuilder, target: ir.Value, value: ir.Value) -> ir.Value:
    """A one-element value repeated to a shape; a constant where it is small."""
    sizes, number = op.constant_value(target), op.constant_value(value)
    if sizes is not None and number is not None and np.prod(sizes, initial=1) <= _WRITTEN_OUT:
        return op.constant(np.full([int(size) for size in sizes.reshape(-1)], number.reshape(-1)[0], number.dtype))
    return op.Expand(op.single(value), target)


def _number(op: PaddleBuilder, value: float, dtype: ir.DataType | None) -> ir.Value:
    return op.constant(np.asarray(value).astype((dtype or ir.DataType.FLOAT).numpy()))


@paddle_op("full")
def full(
    op: PaddleBuilder, *, shape: list[int], value: float, dtype: ir.DataType | None = ir.DataType.FLOAT
) -> ir.Value:
    """A stated number everywhere."""
    return filled(op, op.ints(list(shape)), _number(op, value, dtype))


@paddle_op("full_int_array")
def full_int_array(op: PaddleBuilder, *, value: list[int], dtype: ir.DataType | None = ir.DataType.INT64) -> ir.Value:
    """Stated integers."""
    return op.constant(np.asarray(value, (dtype or ir.DataType.INT64).numpy()).reshape(-1))


@paddle_op("full_with_tensor")
def full_with_tensor(
    op: PaddleBuilder,
    value: ir.Value,
    target: Target = None,
    *,
    shape: list[int] | None = None,
    dtype: ir.DataType | None = ir.DataType.FLOAT,
) -> ir.Value:
    """A number everywhere."""
    known = op.constant_value(value)
    wanted = dtype or ir.DataType.FLOAT
    number = op.cast(value, wanted) if known is None else op.constant(known.astype(wanted.numpy()))
    return filled(op, _vector(op, target, shape), number)


@paddle_op("full_like", "fill_any_like")
def full_like(
    op: PaddleBuilder,
    x: ir.Value,
    number: ir.Value | None = None,
    *,
    value: float = 0.0,
    dtype: ir.DataType | None = None,
) -> ir.Value:
    """A number everywhere, in the shape of another tensor."""
    wanted = dtype or op.dtype(x)
    known = None if number is None else op.constant_value(number)
    if number is not None and known is None:
        return filled(op, op.shape_of(x), op.cast(number, wanted))
    return filled(op, op.shape_of(x), _number(op, value if known is None else known.reshape(-1)[0], wanted))


@paddle_op("zeros_like")
def zeros_like(op: PaddleBuilder, x: ir.Value, *, dtype: ir.DataType | None = None) -> ir.Value:
    """Zeros in the shape of another tensor."""
    return full_like(op, x, dtype=dtype)


@paddle_op("ones_like")
def ones_like(op: PaddleBuilder, x: ir.Value, *, dtype: ir.DataType | None = None) -> ir.Value:
    """Ones in the shape of another tensor."""
    return full_like(op, x, value=1.0, dtype=dtype)


@paddle_op("fill_any", "fill")
def fill(op: PaddleBuilder, x: ir.Value, number: ir.Value | None = None, *, value: float = 0.0) -> ir.Value:
    """A number in every place of a tensor."""
    return full_like(op, x, number, value=value)


@paddle_op("full_batch_size_like")
def full_batch_size_like(
    op: PaddleBuilder,
    x: ir.Value,
    *,
    shape: list[int],
    value: float,
    dtype: ir.DataType | None = ir.DataType.FLOAT,
    input_dim_idx: int = 0,
    output_dim_idx: int = 0,
) -> ir.Value:
    """A number everywhere, one size taken from another tensor."""
    parts = [op.ints(size) for size in shape]
    parts[output_dim_idx] = op.dim_of(x, input_dim_idx)
    return filled(op, op.concat(parts, 0), _number(op, value, dtype))


@paddle_op("empty")
def empty(
    op: PaddleBuilder, target: Target = None, *, shape: list[int] | None = None, dtype: ir.DataType | None = None
) -> ir.Value:
    """A tensor of anything, for which zeros do."""
    return filled(op, _vector(op, target, shape), _number(op, 0, dtype))


@paddle_op("empty_like")
def empty_like(op: PaddleBuilder, x: ir.Value, *, dtype: ir.DataType | None = None) -> ir.Value:
    """Zeros in the shape of another tensor."""
    return full_like(op, x, dtype=dtype)


@paddle_op("assign_value")
def assign_value(
    op: PaddleBuilder,
    _target: ir.Value | None = None,
    *,
    shape: list[int],
    values: list[float] | None = None,
    dtype: ir.DataType | None = ir.DataType.FLOAT,
) -> ir.Value:
    """Stated numbers."""
    return op.constant(np.asarray(values or []).astype((dtype or ir.DataType.FLOAT).numpy()).reshape(shape))


@paddle_op("eye")
def eye(
    op: PaddleBuilder, rows: ir.Value, columns: ir.Value | None = None, *, dtype: ir.DataType | None = None
) -> ir.Value:
    """Ones on the diagonal."""
    height = op.need_int(rows, "the number of rows")
    width = height if columns is None else op.need_int(columns, "the number of columns")
    return op.constant(np.eye(height, width if width >= 0 else height, dtype=(dtype or ir.DataType.FLOAT).numpy()))


@paddle_op("arange", "range_v2")
def arange(
    op: PaddleBuilder, start: ir.Value, end: ir.Value, step: ir.Value, *, dtype: ir.DataType | None = None
) -> ir.Value:
    """Numbers from ``start`` to before ``end``."""
    wanted = dtype or op.output_dtype() or op.dtype(start)
    known = [op.constant_value(item) for item in (start, end, step)]
    if known[0] is not None and known[1] is not None and known[2] is not None:
        low, high, by = (item.reshape(-1)[0].astype(wanted.numpy()) for item in known if item is not None)
        return op.constant(np.arange(low, high, by).astype(wanted.numpy()))
    kernel = kernel_dtype(op, "Range", wanted)
    return op.cast(op.Range(*(op.cast(op.single(item), kernel) for item in (start, end, step))), wanted)


@paddle_op("linspace")
def linspace(
    op: PaddleBuilder, start: ir.Value, stop: ir.Value, count: ir.Value, *, dtype: ir.DataType | None = None
) -> ir.Value:
    """Evenly spaced numbers from ``start`` to ``stop``, both included."""
    wanted = dtype or op.output_dtype() or ir.DataType.FLOAT
    work = wanted if wanted in FLOATS else ir.DataType.DOUBLE
    number = op.need_int(count, "the number of points")
    low, high = (op.cast(op.single(item), work) for item in (start, stop))
    if number == 1:
        return op.cast(op.reshape(low, [1]), wanted)
    positions = op.constant(np.arange(number).astype(work.numpy()))
    step = op.Div(op.Sub(high, low), op.scalar(number - 1, low))
    from_low = op.Add(low, op.Mul(positions, step))
    back = op.constant(np.arange(number - 1, -1, -1).astype(work.numpy()))
    from_high = op.Sub(high, op.Mul(back, step))
    first_half = op.constant(np.arange(number) < number // 2)
    return op.cast(op.Where(first_half, from_low, from_high), wanted)


def _triangle(op: PaddleBuilder, x: ir.Value, diagonal: int, *, upper: bool) -> ir.Value:
    dtype = op.dtype(x)
    kernel = kernel_dtype(op, "Trilu", dtype)
    op.need_opset(14, "Trilu")
    number = op.constant(np.asarray(diagonal, np.int64))
    return op.cast(op.Trilu(op.cast(x, kernel), number, upper=int(upper)), dtype)


@paddle_op("tril")
def tril(op: PaddleBuilder, x: ir.Value, *, diagonal: int = 0) -> ir.Value:
    """What lies on or below a diagonal, else 0."""
    return _triangle(op, x, diagonal, upper=False)


@paddle_op("triu")
def triu(op: PaddleBuilder, x: ir.Value, *, diagonal: int = 0) -> ir.Value:
    """What lies on or above a diagonal, else 0."""
    return _triangle(op, x, diagonal, upper=True)


@paddle_op("tril_triu")
def tril_triu(op: PaddleBuilder, x: ir.Value, *, diagonal: int = 0, lower: bool = True) -> ir.Value:
    """One of the two triangles."""
    return _triangle(op, x, diagonal, upper=not lower)


@paddle_op("tril_indices")
def tril_indices(
    op: PaddleBuilder, *, rows: int, cols: int, offset: int, dtype: ir.DataType | None = ir.DataType.INT64
) -> ir.Value:
    """Rows and columns of the lower triangle."""
    return op.constant(np.stack(np.tril_indices(rows, offset, cols)).astype((dtype or ir.DataType.INT64).numpy()))


@paddle_op("triu_indices")
def triu_indices(
    op: PaddleBuilder, *, row: int, col: int, offset: int, dtype: ir.DataType | None = ir.DataType.INT64
) -> ir.Value:
    """Rows and columns of the upper triangle."""
    return op.constant(np.stack(np.triu_indices(row, offset, col)).astype((dtype or ir.DataType.INT64).numpy()))


@paddle_op("one_hot")
def one_hot(
    op: PaddleBuilder,
    x: ir.Value,
    depth: ir.Value | None = None,
    *,
    num_classes: int = 0,
    dtype: ir.DataType | None = None,
) -> ir.Value:
    """1 at the index given, else 0."""
    wanted = dtype or op.output_dtype() or ir.DataType.FLOAT
    count = op.ints(num_classes) if depth is None else op.vector(depth)
    made = op.OneHot(op.int64(x), count, op.constant(np.asarray([0, 1], np.float32)), axis=-1)
    return op.cast(made, wanted)


@paddle_op("sequence_mask")
def sequence_mask(
    op: PaddleBuilder,
    x: ir.Value,
    most: ir.Value | None = None,
    *,
    out_dtype: ir.DataType | None = None,
    max_len: int = -1,
) -> ir.Value:
    """Whether a position lies before a length."""
    known = None if most is None else op.constant_value(most)
    lengths = op.int64(x)
    if (most is None and max_len < 0) or (known is not None and int(known.reshape(-1)[0]) < 0):
        limit = op.reduce("ReduceMax", lengths, None, keepdims=False)
    else:
        limit = op.constant(np.asarray(max_len, np.int64)) if most is None else op.single(op.int64(most))
    zero, one = (op.constant(np.asarray(number, np.int64)) for number in (0, 1))
    inside = op.Less(op.Range(zero, limit, one), op.unsqueeze(lengths, [op.need_rank(x)]))
    return op.cast(inside, out_dtype or op.output_dtype() or ir.DataType.INT64)


@paddle_op("dropout")
def dropout(
    op: PaddleBuilder,
    x: ir.Value,
    _seed: ir.Value | None = None,
    probability: ir.Value | None = None,
    *,
    p: float = 0.5,
    is_test: bool = False,
    mode: str = "downgrade_in_infer",
    seed: int = 0,
    fix_seed: bool = False,
) -> ir.Value:
    """The tensor itself, or scaled by what training kept of it; nothing is dropped outside training."""
    del seed, fix_seed
    if not is_test:
        raise op.fail("is saved in training mode", hint="call eval() on the layer before saving it")
    if mode == "upscale_in_train":
        return op.Identity(x)
    keep = 1.0 - (p if probability is None else op.need_number(probability, "the probability"))
    return compute(op, "Mul", x, op.scalar(keep, x))
