"""Quantization as arithmetic, which is exact: MindSpore has no kernels on the processor that compute in integers."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from modelwright.backends.mindir.emitter import Emitter, Term
from modelwright.backends.mindir.operators import mind_op
from modelwright.backends.mindir.terms import axis_of, cast, reshape, scalar
from modelwright.errors import ConversionError

_FLOAT, _INT32 = ir.DataType.FLOAT, ir.DataType.INT32


@mind_op("DequantizeLinear")
def dequantize_linear(
    e: Emitter,
    x: ir.Value,
    scale: ir.Value,
    zero: ir.Value | None = None,
    *,
    axis: int = 1,
    block_size: int = 0,
    output_dtype: int = 0,
) -> Term:
    """``(x - zero) * scale``; the difference is exact in int32."""
    whole = e.term(x)
    if zero is not None and not _is_zero(e, zero):
        whole = e.op("Sub", cast(e, whole, _INT32), cast(e, _beside(e, zero, x, axis, block_size), _INT32))
    dtype = e.kind(scale).dtype
    result = e.op("Mul", cast(e, whole, dtype), _beside(e, scale, x, axis, block_size))
    wanted = ir.DataType(output_dtype) if output_dtype else dtype
    return result if wanted == dtype else cast(e, result, wanted)


@mind_op("QuantizeLinear", ignores=("saturate", "precision"))
def quantize_linear(
    e: Emitter,
    x: ir.Value,
    scale: ir.Value,
    zero: ir.Value | None = None,
    *,
    axis: int = 1,
    block_size: int = 0,
    output_dtype: int = 0,
) -> Term:
    """``saturate(round(x / scale) + zero)``, with halves to even."""
    dtype = ir.DataType.UINT8 if zero is None else e.kind(zero).dtype
    dtype = ir.DataType(output_dtype) if output_dtype else dtype
    limits = np.iinfo(dtype.numpy())
    factor = cast(e, _beside(e, scale, x, axis, block_size), _FLOAT)
    result = e.op("Round", e.op("Div", cast(e, e.term(x), _FLOAT), factor), 0)
    if zero is not None and not _is_zero(e, zero):
        result = e.op("Add", result, cast(e, _beside(e, zero, x, axis, block_size), _FLOAT))
    bounded = e.op("Minimum", result, scalar(e, limits.max, _FLOAT))
    return cast(e, e.op("Maximum", bounded, scalar(e, limits.min, _FLOAT)), dtype)


def _is_zero(e: Emitter, zero: ir.Value) -> bool:
    known = e.known(zero)
    return known is not None and not known.any()


def _beside(e: Emitter, item: ir.Value, x: ir.Value, axis: int, block: int) -> Term:
    """Scales or zero points in a shape that spreads over the data."""
    shape, rank = e.kind(item).shape, len(e.kind(x).shape)
    at = axis_of(axis, rank) if rank else 0
    if not shape or shape == (1,):
        return reshape(e, e.term(item), ())
    if block:
        return _blocks(e, item, x, at, block)
    return reshape(e, e.term(item), [-1 if place == at else 1 for place in range(rank)])


def _blocks(e: Emitter, item: ir.Value, x: ir.Value, axis: int, block: int) -> Term:
    size = e.kind(x).shape[axis]
    if not isinstance(size, int):
        raise ConversionError("how many blocks there are is not known", hint="fix the sizes of the inputs")
    return e.op("Gather", e.term(item), e.weight(np.arange(size, dtype=np.int64) // block), axis, 0)
