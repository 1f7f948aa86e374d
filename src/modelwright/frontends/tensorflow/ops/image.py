"""Crops of images by boxes, and the contrast of images."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import onnx_ir as ir

from modelwright.frontends.tensorflow.builder import TensorFlowBuilder
from modelwright.frontends.tensorflow.operators import tf_op


@tf_op("AdjustContrastv2")
def adjust_contrast(op: TensorFlowBuilder, images: ir.Value, contrast_factor: ir.Value) -> ir.Value:
    """``(x - mean) * factor + mean`` with the mean of each channel of each image, ``[..., H, W, C]``."""
    wide = op.cast(images, ir.DataType.FLOAT)
    mean = op.reduce("ReduceMean", wide, [-3, -2], keepdims=True)
    return op.cast(op.Add(op.Mul(op.Sub(wide, mean), contrast_factor), mean), op.attribute_dtype("T"))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Places:
    """Where crops sample an image along one axis.

    Attributes:
        exact: Coordinates, float32 ``[boxes, size]``.
        outside: Whether they lie outside the image.
        last: The axis' last index, float32.
    """

    exact: ir.Value
    outside: ir.Value
    last: ir.Value


@tf_op("CropAndResize")
def crop_and_resize(
    op: TensorFlowBuilder,
    image: ir.Value,
    boxes: ir.Value,
    box_ind: ir.Value,
    crop_size: ir.Value,
    *,
    method: str = "bilinear",
    extrapolation_value: float = 0.0,
) -> ir.Value:
    """Crops ``[y1, x1, y2, x2]`` (in parts of height - 1 and width - 1) of image ``box_ind``, resized to ``crop_size``.

    Each pixel is gathered: a size of 1 samples the box's middle, other sizes its corners and evenly between them.
    What lies outside the image is ``extrapolation_value``. float32 whatever the image is.
    """
    sizes = [int(size) for size in op.need_constant(crop_size, "the crop's size")]
    pixels = op.cast(image, ir.DataType.FLOAT)
    rows, columns = (_places(op, pixels, boxes, axis, size) for axis, size in enumerate(sizes))
    if method == "nearest":
        y = _pixels(op, pixels, box_ind, _rounded(op, rows.exact), _rounded(op, columns.exact), rows, columns)
    else:
        y = _interpolated(op, pixels, box_ind, rows, columns)
    outside = op.Or(op.unsqueeze(rows.outside, [2]), op.unsqueeze(columns.outside, [1]))
    return op.Where(op.unsqueeze(outside, [3]), op.scalar(extrapolation_value, y), y)


def _places(op: TensorFlowBuilder, pixels: ir.Value, boxes: ir.Value, axis: int, size: int) -> _Places:
    last = op.cast(op.Sub(op.dim_of(pixels, 1 + axis), op.ints(1)), ir.DataType.FLOAT)
    start, end = (op.slice(boxes, [column], [column + 1], [1]) for column in (axis, axis + 2))
    if size > 1:
        steps = op.constant(np.arange(size, dtype=np.float32).reshape(1, size))
        step = op.Div(op.Mul(op.Sub(end, start), last), op.scalar(size - 1, last))
        exact = op.Add(op.Mul(start, last), op.Mul(steps, step))
    else:
        exact = op.Mul(op.Mul(op.Add(start, end), op.scalar(0.5, last)), last)
    outside = op.Or(op.Less(exact, op.scalar(0, exact)), op.Greater(exact, last))
    return _Places(exact=exact, outside=outside, last=last)


def _interpolated(
    op: TensorFlowBuilder, pixels: ir.Value, box_ind: ir.Value, rows: _Places, columns: _Places
) -> ir.Value:
    top, left = op.Floor(rows.exact), op.Floor(columns.exact)
    bottom, right = op.Ceil(rows.exact), op.Ceil(columns.exact)
    down = op.unsqueeze(op.Sub(rows.exact, top), [2, 3])
    along = op.unsqueeze(op.Sub(columns.exact, left), [1, 3])

    def line(row: ir.Value) -> ir.Value:
        first = _pixels(op, pixels, box_ind, row, left, rows, columns)
        second = _pixels(op, pixels, box_ind, row, right, rows, columns)
        return op.Add(first, op.Mul(op.Sub(second, first), along))

    upper, lower = line(top), line(bottom)
    return op.Add(upper, op.Mul(op.Sub(lower, upper), down))


def _pixels(
    op: TensorFlowBuilder,
    pixels: ir.Value,
    box_ind: ir.Value,
    row: ir.Value,
    column: ir.Value,
    rows: _Places,
    columns: _Places,
) -> ir.Value:
    """``pixels[box_ind, row, column]`` for each box: ``[boxes, height, width, channels]``."""
    images = op.unsqueeze(op.cast(box_ind, ir.DataType.INT64), [1, 2])
    parts = [
        images,
        op.unsqueeze(_index(op, row, rows.last), [2]),
        op.unsqueeze(_index(op, column, columns.last), [1]),
    ]
    zero = op.Mul(op.Add(op.Add(*parts[:2]), parts[2]), op.ints(0))
    return op.GatherND(pixels, op.concat([op.unsqueeze(op.Add(part, zero), [3]) for part in parts], 3))


def _index(op: TensorFlowBuilder, place: ir.Value, last: ir.Value) -> ir.Value:
    inside = op.Min(op.Max(place, op.scalar(0, place)), last)
    return op.cast(inside, ir.DataType.INT64)


def _rounded(op: TensorFlowBuilder, place: ir.Value) -> ir.Value:
    """Rounded, halves away from zero (places inside an image are not negative)."""
    return op.Floor(op.Add(place, op.scalar(0.5, place)))
