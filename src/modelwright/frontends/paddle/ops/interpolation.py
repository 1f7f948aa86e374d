"""Resizing of images, rows and volumes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import onnx_ir as ir

from modelwright.frontends.paddle.builder import PaddleBuilder
from modelwright.frontends.paddle.operators import paddle_op
from modelwright.frontends.paddle.windows import channels_back, channels_first

_KINDS = {"nearest": "nearest", "linear": "linear", "bilinear": "linear", "trilinear": "linear", "bicubic": "cubic"}


@paddle_op("nearest_interp", "linear_interp", "bilinear_interp", "trilinear_interp", "bicubic_interp")
def interpolate(
    op: PaddleBuilder,
    x: ir.Value,
    out_size: ir.Value | None = None,
    sizes: list[ir.Value] | ir.Value | None = None,
    factors: ir.Value | None = None,
    *,
    data_format: str = "NCHW",
    out_d: int = -1,
    out_h: int = -1,
    out_w: int = -1,
    scale: list[float] | float | None = None,
    interp_method: str = "bilinear",
    align_corners: bool = True,
    align_mode: int = 1,
) -> ir.Value:
    """Samples an image anew.

    The size comes from, in this order: a list of sizes, a tensor of sizes, scale factors, attributes. A result of
    ``size * factor`` is rounded down, and positions are scaled by the factor itself.
    """
    x = channels_first(op, x, data_format)
    rank = op.need_rank(x) - 2
    stated = [out_d, out_h, out_w][3 - rank :] if rank > 1 else [out_w]
    given = sizes if sizes is not None else out_size
    attributes = _mode(interp_method, align_corners=align_corners, align_mode=align_mode)
    numbers = _factors(op, factors, scale, rank)
    if given is not None:
        target = op.joined(given) if isinstance(given, list) else op.vector(given)
        y = _to_sizes(op, x, target, attributes)
    elif numbers is not None:
        y = _by_factors(op, x, numbers, attributes)
    elif all(size > 0 for size in stated):
        y = _to_sizes(op, x, op.ints(stated), attributes)
    else:
        raise op.fail("says neither a size nor a factor")
    return channels_back(op, y, data_format, rank + 2)


def _mode(method: str, *, align_corners: bool, align_mode: int) -> dict[str, object]:
    """ONNX's words for how positions and values are computed."""
    kind = _KINDS.get(method, method)
    if align_corners:
        place = "align_corners"
    elif kind == "nearest" or (kind == "linear" and align_mode == 1):
        place = "asymmetric"
    else:
        place = "half_pixel"
    found: dict[str, object] = {"mode": kind, "coordinate_transformation_mode": place}
    if kind == "nearest":
        found["nearest_mode"] = "round_prefer_ceil" if align_corners else "floor"
    if kind == "cubic":
        found["cubic_coeff_a"] = -0.75
    return found


def _factors(
    op: PaddleBuilder, factors: ir.Value | None, scale: list[float] | float | None, rank: int
) -> list[float] | None:
    if factors is not None:
        found = [float(item) for item in op.need_constant(factors, "the scale factor").reshape(-1)]
    else:
        found = [float(item) for item in (scale if isinstance(scale, Sequence) else [scale or 0.0])]
    found = found * rank if len(found) == 1 else found
    return found if found and all(item > 0 for item in found) else None


def _to_sizes(op: PaddleBuilder, x: ir.Value, target: ir.Value, attributes: dict[str, object]) -> ir.Value:
    head = op.slice(op.shape_of(x), [0], [2])
    return op.Resize(x, None, None, op.concat([head, target], 0), **attributes)


def _by_factors(op: PaddleBuilder, x: ir.Value, numbers: list[float], attributes: dict[str, object]) -> ir.Value:
    """Positions of ONNX's Resize are scaled by the factors that it is given, as Paddle's are."""
    factors = op.constant(np.asarray([1.0, 1.0, *numbers], np.float32))
    return op.Resize(x, None, factors, None, **attributes)


@paddle_op("grid_sample")
def grid_sample(
    op: PaddleBuilder,
    x: ir.Value,
    grid: ir.Value,
    *,
    mode: str = "bilinear",
    padding_mode: str = "zeros",
    align_corners: bool = True,
) -> ir.Value:
    """Samples at positions in [-1, 1]."""
    op.need_opset(16 if op.need_rank(x) == 4 else 20, "GridSample")
    kind = {"bilinear": "linear"}.get(mode, mode) if op.opset >= 20 else mode
    return op.GridSample(x, grid, mode=kind, padding_mode=padding_mode, align_corners=int(align_corners))


@paddle_op("affine_grid")
def affine_grid(
    op: PaddleBuilder,
    theta: ir.Value,
    target: ir.Value | list[ir.Value] | None = None,
    *,
    output_shape: list[int] | None = None,
    align_corners: bool = True,
) -> ir.Value:
    """Positions of an image's points after an affine transform, ``[N, H, W, 2]``."""
    size = (
        op.joined(target)
        if isinstance(target, list)
        else op.ints(list(output_shape or []))
        if target is None
        else target
    )
    shape = op.need_ints(size, "the output's shape")
    axes = [_positions(count, align_corners=align_corners) for count in shape[2:]]
    grids = np.meshgrid(*axes, indexing="ij")
    points = np.stack([*reversed(grids), np.ones_like(grids[0])], -1).reshape(1, -1, len(axes) + 1)
    base = op.constant(points.astype(op.dtype(theta).numpy()))
    made = op.MatMul(base, op.transpose(theta, [0, 2, 1]))
    return op.reshape(made, [-1, *shape[2:], len(axes)])


def _positions(count: int, *, align_corners: bool) -> np.ndarray:
    found = np.linspace(-1.0, 1.0, count) if count > 1 else np.zeros(1) if not align_corners else -np.ones(1)
    return found if align_corners else found * (count - 1) / count
