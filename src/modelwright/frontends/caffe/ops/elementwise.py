"""Arithmetic of several blobs, and with weights by channel."""

from __future__ import annotations

from collections.abc import Sequence

import onnx_ir as ir

from modelwright.frontends.caffe.builder import CaffeBuilder
from modelwright.frontends.caffe.operators import caffe_layer


@caffe_layer("Eltwise", param="eltwise_param", ignores=("stable_prod_grad",))
def eltwise(op: CaffeBuilder, *bottoms: ir.Value, operation: str = "SUM", coeff: Sequence[float] = ()) -> ir.Value:
    """Product, sum with coefficients, or maximum of blobs of one shape."""
    if len(bottoms) < 2:
        raise op.fail(f"combines {len(bottoms)} blob", hint="an Eltwise has two bottoms or more")
    _check_shapes(op, bottoms)
    if coeff and operation != "SUM":
        raise op.fail(f"has coefficients for {operation}", hint="only SUM takes coeff")
    if coeff and len(coeff) != len(bottoms):
        raise op.fail(f"has {len(coeff)} coefficients for {len(bottoms)} bottoms")
    if operation == "MAX":
        return op.Max(*bottoms)
    if operation == "PROD":
        return _chain(op, "Mul", bottoms)
    return _chain(
        op, "Add", [op.scaled(x, scale, 0.0) for x, scale in zip(bottoms, coeff or [1.0] * len(bottoms), strict=True)]
    )


def _check_shapes(op: CaffeBuilder, bottoms: Sequence[ir.Value]) -> None:
    """ONNX would broadcast; Caffe does not."""
    first = op.dims(bottoms[0])
    for other in bottoms[1:]:
        found = op.dims(other)
        pairs = list(zip(first, found, strict=False))
        if len(first) != len(found) or any(isinstance(a, int) and isinstance(b, int) and a != b for a, b in pairs):
            raise op.fail(f"its bottoms have different shapes, {list(first)} and {list(found)}")


def _chain(op: CaffeBuilder, op_type: str, values: Sequence[ir.Value]) -> ir.Value:
    result = values[0]
    for value in values[1:]:
        result = getattr(op, op_type)(result, value)
    return result


@caffe_layer("Scale", param="scale_param", ignores=("filler", "bias_filler"), weights=1)
def scale(
    op: CaffeBuilder,
    x: ir.Value,
    factor: ir.Value | None = None,
    *,
    axis: int = 1,
    num_axes: int = 1,
    bias_term: bool = False,
) -> ir.Value:
    """``x`` times a blob that covers ``num_axes`` axes from ``axis`` on: the second bottom, else weights.

    A bias of the same shape is the next of the weights. ``num_axes`` -1 means all axes that follow, 0 one number.
    """
    place = op.axis(x, axis)
    if factor is not None:
        y = op.Mul(x, _against(op, factor, x, place))
        shape = _covered(op, x, place, len(op.dims(factor)))
        return op.Add(y, op.weight(0, shape)) if bias_term else y
    shape = _covered(op, x, place, num_axes)
    y = op.Mul(x, op.weight(0, shape))
    return op.Add(y, op.weight(1, shape)) if bias_term else y


@caffe_layer("Bias", param="bias_param", ignores=("filler",), weights=1)
def bias(
    op: CaffeBuilder, x: ir.Value, amount: ir.Value | None = None, *, axis: int = 1, num_axes: int = 1
) -> ir.Value:
    """``x`` plus a blob that covers ``num_axes`` axes from ``axis`` on: the second bottom, else weights."""
    place = op.axis(x, axis)
    if amount is not None:
        return op.Add(x, _against(op, amount, x, place))
    return op.Add(x, op.weight(0, _covered(op, x, place, num_axes)))


@caffe_layer("Axpy")
def axpy(op: CaffeBuilder, factor: ir.Value, x: ir.Value, y: ir.Value) -> ir.Value:
    """``factor * x + y``, with a factor for each channel, ``[N, C]`` or ``[N, C, 1, 1]``."""
    if len(op.dims(factor)) == 2:
        factor = op.unsqueeze(factor, list(range(2, len(op.dims(x)))))
    return op.Add(op.Mul(factor, x), y)


def _covered(op: CaffeBuilder, x: ir.Value, place: int, count: int) -> list[int]:
    """The shape of weights that cover ``count`` axes of ``x``, with ones for those that follow."""
    rank = len(op.dims(x))
    end = rank if count == -1 else place + count
    if end > rank or count < -1:
        raise op.fail(f"covers {count} axes from axis {place} on, but its bottom has the shape {list(op.dims(x))}")
    return [*op.sizes(x, range(place, end)), *([1] * (rank - end))] if count else [1]


def _against(op: CaffeBuilder, y: ir.Value, x: ir.Value, place: int) -> ir.Value:
    """``y`` with axes of 1 behind it, so that its first axis is axis ``place`` of ``x``."""
    known, rank = op.dims(y), len(op.dims(x))
    missing = rank - place - len(known)
    if missing < 0:
        raise op.fail(f"a bottom of shape {list(known)} does not fit from axis {place} on into {list(op.dims(x))}")
    pairs = list(zip(known, op.dims(x)[place:], strict=False))
    if any(isinstance(a, int) and isinstance(b, int) and a != b for a, b in pairs):
        raise op.fail(f"a bottom of shape {list(known)} does not fit from axis {place} on into {list(op.dims(x))}")
    return op.unsqueeze(y, [len(known) + index for index in range(missing)])
