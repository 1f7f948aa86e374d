"""Non-maximum suppression."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from modelwright.backends.tflite.builder import FLOAT, INT32, INT64, LiteBuilder
from modelwright.backends.tflite.operators import lite_op

_MOST_CLASSES = 256


@lite_op("NonMaxSuppression")
def non_max_suppression(
    op: LiteBuilder,
    boxes: ir.Value,
    scores: ir.Value,
    most: ir.Value | None = None,
    overlap: ir.Value | None = None,
    least: ir.Value | None = None,
    *,
    center_point_box: int = 0,
) -> ir.Value:
    """NON_MAX_SUPPRESSION_V4 for each image and class, its results one below the other."""
    images, classes, count = op.need_shape(scores)
    if images * classes > _MOST_CLASSES:
        raise op.fail(f"{images * classes} images and classes, each of which takes operators of its own")
    if center_point_box:
        boxes = _corners(op, boxes)
    limit = op.i32_scalar(0) if most is None else _limit(op, most, count)
    factor = _beyond(op, op.constant(np.asarray(0, np.float32)) if overlap is None else op.to_shape(overlap, ()))
    lowest = op.constant(np.asarray(np.finfo(np.float32).min, np.float32))
    bound = lowest if least is None else op.to_shape(least, ())
    rows = [
        _selected(op, boxes, scores, (image, number), count, (limit, factor, bound))
        for image in range(images)
        for number in range(classes)
    ]
    return op.cast(op.join(rows), INT64)


def _beyond(op: LiteBuilder, overlap: ir.Value) -> ir.Value:
    """The next number: TFLite drops a box whose overlap reaches the bound, ONNX one whose overlap exceeds it."""
    factor = op.constant(np.nextafter(np.float32(1), np.float32(2)))
    return op.MAXIMUM(op.MUL(overlap, factor), op.constant(np.asarray(1e-30, np.float32)))


def _limit(op: LiteBuilder, most: ir.Value, count: int) -> ir.Value:
    wide = op.cast(op.to_shape(most, ()), INT64)
    return op.int32(op.MINIMUM(wide, op.constant(np.asarray(count, np.int64))))


def _corners(op: LiteBuilder, boxes: ir.Value) -> ir.Value:
    """Centre and size to two corners, rows before columns."""
    x, y, width, height = op.UNPACK(boxes, axis=2, num=4, outputs=4)
    half_width, half_height = (op.MUL(size, op.constant(np.asarray(0.5, np.float32))) for size in (width, height))
    corners = (op.SUB(y, half_height), op.SUB(x, half_width), op.ADD(y, half_height), op.ADD(x, half_width))
    return op.PACK(*corners, axis=2, values_count=4)


def _selected(
    op: LiteBuilder,
    boxes: ir.Value,
    scores: ir.Value,
    place: tuple[int, int],
    count: int,
    limits: tuple[ir.Value, ir.Value, ir.Value],
) -> ir.Value:
    """Image, class and box of what is selected of one image and class."""
    image, number = place
    own = op.STRIDED_SLICE(
        boxes,
        op.i32(image, 0, 0),
        op.i32(image + 1, count, 4),
        op.i32(1, 1, 1),
        shrink_axis_mask=1,
        shape=(count, 4),
    )
    marks = op.STRIDED_SLICE(
        scores,
        op.i32(image, number, 0),
        op.i32(image + 1, number + 1, count),
        op.i32(1, 1, 1),
        shrink_axis_mask=3,
        shape=(count,),
    )
    chosen, valid = op.NON_MAX_SUPPRESSION_V4(
        op.cast(own, FLOAT), op.cast(marks, FLOAT), *limits, outputs=2, dtype=[INT32, INT32], shape=[(None,), ()]
    )
    length = op.to_shape(valid, (1,))
    kept = op.STRIDED_SLICE(chosen, op.i32(0), length, op.i32(1), shape=(None,))
    column = op.to_shape(kept, (None, 1))
    side = op.join([length, op.i32(1)])
    fixed = [op.FILL(side, op.i32_scalar(value), shape=(None, 1)) for value in place]
    return op.CONCATENATION(*fixed, column, axis=1, shape=(None, 3))
