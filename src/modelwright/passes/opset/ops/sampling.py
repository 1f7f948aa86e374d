"""GridSample below opset 16, or in three dimensions below 20: gathered corner by corner."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx_ir as ir

from modelwright.passes.opset.adapters import lift, lower
from modelwright.passes.opset.builder import StepBuilder
from modelwright.passes.opset.ops.constants import count_up
from modelwright.passes.opset.rounding import round_half_even

_OLD_MODES = {"linear": "bilinear", "cubic": "bicubic"}
_NEW_MODES = {old: new for new, old in _OLD_MODES.items()}
_CUBIC = -0.75


@lift("GridSample", version=20)
def lift_mode(
    op: StepBuilder,
    x: ir.Value,
    grid: ir.Value,
    *,
    align_corners: int = 0,
    mode: str = "bilinear",
    padding_mode: str = "zeros",
) -> Any:
    """Modes have other names."""
    attributes = {"align_corners": align_corners, "padding_mode": padding_mode}
    return op.emit("GridSample", [x, grid], {**attributes, "mode": _NEW_MODES.get(mode, mode)})


@lower("GridSample", version=20)
def lower_mode(
    op: StepBuilder,
    x: ir.Value,
    grid: ir.Value,
    *,
    align_corners: int = 0,
    mode: str = "linear",
    padding_mode: str = "zeros",
) -> Any:
    """Modes have other names; three dimensions are gathered."""
    if op.known_rank(x) != 4:
        return sample(op, x, grid, align_corners=align_corners, mode=mode, padding_mode=padding_mode)
    attributes = {"align_corners": align_corners, "padding_mode": padding_mode}
    return op.emit("GridSample", [x, grid], {**attributes, "mode": _OLD_MODES.get(mode, mode)})


@lower("GridSample", version=16)
def sample(
    op: StepBuilder,
    x: ir.Value,
    grid: ir.Value,
    *,
    align_corners: int = 0,
    mode: str = "bilinear",
    padding_mode: str = "zeros",
) -> Any:
    """Corners around each point, weighted by their nearness, and gathered from the flattened input.

    Padding treats each corner: ``zeros`` gives those outside no weight, ``border`` and ``reflection`` move them inside.
    """
    dtype = op.known_dtype(x)
    wide = ir.DataType.FLOAT if dtype is not ir.DataType.DOUBLE else dtype
    points = op.cast(grid, wide)
    count = op.known_rank(x) - 2
    sides = [
        _side(op, x, points, axis, count, align=bool(align_corners), mode=_NEW_MODES.get(mode, mode))
        for axis in range(count)
    ]
    rows = _rows(op, op.cast(x, wide), count)
    offset = _batch_offset(op, x, sides, count)
    total: ir.Value | None = None
    for corner in itertools.product(*(side.corners for side in sides)):
        term = _corner(op, rows, offset, sides, corner, padding_mode, align=bool(align_corners))
        total = term if total is None else op.Add(total, term)
    if total is None:
        raise op.fail("it has no spatial axis")
    channels_first = [0, count + 1, *range(1, count + 1)]
    return op.cast(op.Transpose(total, perm=channels_first), dtype)


@dataclass(frozen=True, slots=True)
class _Side:
    """One spatial axis: its length as a real scalar and as int64[1], and the corners (place, weight) of each point."""

    length: ir.Value
    size: ir.Value
    corners: list[tuple[ir.Value, ir.Value | None]]


def _side(op: StepBuilder, x: ir.Value, points: ir.Value, axis: int, count: int, *, align: bool, mode: str) -> _Side:
    size = op.dim_of(x, axis + 2)
    length = op.squeeze(op.cast(size, op.known_dtype(points)), [0])
    chosen = op.Gather(points, op.constant(np.asarray(count - 1 - axis)), axis=count + 1)
    one, half = op.scalar(1.0, points), op.scalar(0.5, points)
    if align:
        place = op.Mul(op.Mul(op.Add(chosen, one), half), op.Sub(length, one))
    else:
        place = op.Mul(op.Sub(op.Mul(op.Add(chosen, one), length), one), half)
    if mode == "nearest":
        return _Side(length, size, [(round_half_even(op, place), None)])
    low = op.Floor(place)
    part = op.Sub(place, low)
    if mode == "linear":
        return _Side(length, size, [(low, op.Sub(one, part)), (op.Add(low, one), part)])
    weights = _cubic_weights(op, part)
    return _Side(
        length,
        size,
        [(op.Add(low, op.scalar(step, low)), w) for step, w in zip((-1.0, 0.0, 1.0, 2.0), weights, strict=True)],
    )


def _cubic_weights(op: StepBuilder, part: ir.Value) -> list[ir.Value]:
    """Keys' kernel at the distances ``1 + t``, ``t``, ``1 - t`` and ``2 - t``, as polynomials in ``t``."""
    a = _CUBIC
    rows = ([0.0, a, -2 * a, a], [1.0, 0.0, -(a + 3), a + 2], [0.0, -a, 2 * a + 3, -(a + 2)], [0.0, 0.0, a, -a])
    return [_polynomial(op, part, row) for row in rows]


def _polynomial(op: StepBuilder, t: ir.Value, coefficients: list[float]) -> ir.Value:
    result = op.Mul(t, op.scalar(coefficients[-1], t))
    for number in coefficients[-2:0:-1]:
        result = op.Mul(op.Add(result, op.scalar(number, t)), t)
    return op.Add(result, op.scalar(coefficients[0], t))


def _rows(op: StepBuilder, x: ir.Value, count: int) -> ir.Value:
    """The input as one row of channels for each place of each batch."""
    channels_last = [0, *range(2, count + 2), 1]
    return op.Reshape(op.Transpose(x, perm=channels_last), op.concat([op.ints(-1), op.dim_of(x, 1)], 0))


def _batch_offset(op: StepBuilder, x: ir.Value, sides: list[_Side], count: int) -> ir.Value:
    """The first row of each batch, shaped to meet the points."""
    places = sides[0].size
    for side in sides[1:]:
        places = op.Mul(places, side.size)
    first = op.Mul(count_up(op, op.dim_of(x, 0)), places)
    return op.Reshape(first, op.ints(-1, [1] * count))


def _corner(
    op: StepBuilder,
    rows: ir.Value,
    offset: ir.Value,
    sides: list[_Side],
    corner: tuple[tuple[ir.Value, ir.Value | None], ...],
    padding: str,
    *,
    align: bool,
) -> ir.Value:
    """What one corner of each point gives: its row times its weight."""
    index, weight = offset, None
    for level, (side, (place, nearness)) in enumerate(zip(sides, corner, strict=True)):
        inside, share = _padded(op, place, side, padding, align=align)
        stride = None if level == len(sides) - 1 else _stride(op, sides[level + 1 :])
        index = op.Add(index, inside if stride is None else op.Mul(inside, stride))
        for factor in (nearness, share):
            if factor is not None:
                weight = factor if weight is None else op.Mul(weight, factor)
    picked = op.Gather(rows, index, axis=0)
    return picked if weight is None else op.Mul(picked, op.unsqueeze(weight, [len(sides) + 1]))


def _stride(op: StepBuilder, sides: list[_Side]) -> ir.Value:
    stride = sides[0].size
    for side in sides[1:]:
        stride = op.Mul(stride, side.size)
    return stride


def _padded(
    op: StepBuilder, place: ir.Value, side: _Side, padding: str, *, align: bool
) -> tuple[ir.Value, ir.Value | None]:
    """The place inside the input, as int64, and 1 or 0 for whether it counts."""
    last = op.Sub(side.length, op.scalar(1.0, place))
    if padding == "reflection":
        place = _reflected(op, place, side, last, align=align)
    bounded = op.Min(op.Max(place, op.scalar(0.0, place)), last)
    index = op.Cast(bounded, to=int(ir.DataType.INT64))
    if padding != "zeros":
        return index, None
    stays = op.Not(op.Or(op.Less(place, op.scalar(0.0, place)), op.Greater(place, last)))
    return index, op.Cast(stays, to=int(op.known_dtype(place)))


def _reflected(op: StepBuilder, place: ir.Value, side: _Side, last: ir.Value, *, align: bool) -> ir.Value:
    """A whole place mirrored at the ends: at the outermost elements' middles with ``align``, else at their edges."""
    one = op.scalar(1.0, place)
    if align:
        period = op.Max(op.Mul(last, op.scalar(2.0, place)), one)
        turned = op.Sub(place, op.Mul(period, op.Floor(op.Div(place, period))))
        return op.Min(turned, op.Sub(period, turned))
    period = op.Mul(side.length, op.scalar(2.0, place))
    turned = op.Sub(place, op.Mul(period, op.Floor(op.Div(place, period))))
    return op.Min(turned, op.Sub(op.Sub(period, one), turned))
