"""Pooling of regions of interest; regions are rows of image index and corners x1, y1, x2, y2 in the image."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from modelwright.frontends.caffe.builder import CaffeBuilder
from modelwright.frontends.caffe.operators import caffe_layer


@caffe_layer("ROIPooling", param="roi_pooling_param")
def roi_pooling(
    op: CaffeBuilder, x: ir.Value, rois: ir.Value, *, pooled_h: int, pooled_w: int, spatial_scale: float = 1.0
) -> ir.Value:
    """The largest element in each of ``pooled_h`` by ``pooled_w`` parts of each region, ``[R, C, ph, pw]``."""
    rows = op.reshape(rois, [-1, 5])
    return op.MaxRoiPool(x, rows, pooled_shape=[pooled_h, pooled_w], spatial_scale=spatial_scale)


@caffe_layer("PSROIPooling", param="psroi_pooling_param")
def psroi_pooling(
    op: CaffeBuilder, x: ir.Value, rois: ir.Value, *, spatial_scale: float, output_dim: int, group_size: int
) -> ir.Value:
    """The mean of each part of a region in the channels that belong to that part, ``[R, output_dim, g, g]``.

    Region corners are rounded to whole pixels, the far ones to their far edge, before ``spatial_scale``; each side is
    at least 0.1. The sums are differences of sums over rectangles, in float64.
    """
    channels, height, width = op.sizes(x, [1, 2, 3])
    if channels != output_dim * group_size * group_size:
        raise op.fail(f"has {channels} channels, not {output_dim} x {group_size} x {group_size}")
    rows = op.reshape(rois, [-1, 5])
    image = op.cast(op.gather(rows, [0], axis=1), ir.DataType.INT64)
    edges_x = _edges(op, rows, 1, spatial_scale, group_size, width)
    edges_y = _edges(op, rows, 2, spatial_scale, group_size, height)
    sums = _rectangle_sums(op, x)
    return _bins(op, sums, image, edges_x, edges_y, (output_dim, group_size))


def _edges(
    op: CaffeBuilder, rows: ir.Value, column: int, scale: float, group: int, limit: int
) -> tuple[ir.Value, ir.Value]:
    """First and last-plus-one element of each part along one axis, int64 ``[R, group]``."""
    half, one = op.number(0.5), op.number(1.0)
    near, far = op.gather(rows, [column], axis=1), op.gather(rows, [column + 2], axis=1)
    start = op.Mul(_rounded(op, near, half), op.number(scale))
    end = op.Mul(op.Add(_rounded(op, far, half), one), op.number(scale))
    size = op.Div(op.Max(op.Sub(end, start), op.number(0.1)), op.number(float(group)))
    steps = op.constant(np.arange(group, dtype=np.float32).reshape(1, group))
    first = op.Floor(op.Add(op.Mul(steps, size), start))
    behind = op.Ceil(op.Add(op.Mul(op.Add(steps, one), size), start))
    whole = [op.cast(op.clip(item, 0.0, float(limit)), ir.DataType.INT64) for item in (first, behind)]
    return whole[0], whole[1]


def _rounded(op: CaffeBuilder, x: ir.Value, half: ir.Value) -> ir.Value:
    """C's ``round``: halves go away from zero."""
    return op.Mul(op.Sign(x), op.Floor(op.Add(op.Abs(x), half)))


def _rectangle_sums(op: CaffeBuilder, x: ir.Value) -> ir.Value:
    """Sums over all elements before and above, with a row and a column of zeros in front, float64."""
    wide = op.pad(op.cast(x, ir.DataType.DOUBLE), [0, 0, 1, 1, 0, 0, 0, 0])
    along = op.CumSum(wide, op.constant(np.int64(2)))
    return op.CumSum(along, op.constant(np.int64(3)))


def _bins(
    op: CaffeBuilder,
    sums: ir.Value,
    image: ir.Value,
    edges_x: tuple[ir.Value, ir.Value],
    edges_y: tuple[ir.Value, ir.Value],
    sizes: tuple[int, int],
) -> ir.Value:
    depth, group = sizes
    numbers = np.arange(depth * group * group, dtype=np.int64).reshape(1, depth, group, group)
    channel = op.constant(numbers)
    x1, x2 = (op.unsqueeze(item, [1, 2]) for item in edges_x)
    y1, y2 = (op.unsqueeze(item, [1, 3]) for item in edges_y)
    batch = op.unsqueeze(image, [2, 3])

    def corner(y: ir.Value, x: ir.Value) -> ir.Value:
        nothing = op.constant(np.zeros((1, depth, group, group), np.int64))
        parts = [op.Add(part, nothing) for part in (batch, channel, y, x)]
        shape = op.Shape(op.Add(parts[0], parts[2]))
        return op.GatherND(sums, op.concat([op.unsqueeze(op.Expand(part, shape), [4]) for part in parts], 4))

    total = op.Add(op.Sub(corner(y2, x2), op.Add(corner(y1, x2), corner(y2, x1))), corner(y1, x1))
    area = op.Mul(op.Max(op.Sub(y2, y1), op.ints(0)), op.Max(op.Sub(x2, x1), op.ints(0)))
    mean = op.Div(total, op.cast(op.Max(area, op.ints(1)), ir.DataType.DOUBLE))
    zero = op.constant(np.float64(0))
    return op.cast(op.Where(op.Greater(area, op.ints(0)), mean, zero), ir.DataType.FLOAT)
