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
    images, classes = op.need_shape(scores, [0, 1])[:2]
    if images * classes > _MOST_CLASSES:
        raise op.fail(f"{images * classes} images and classes, each of which takes operators of its own")
    if center_point_box:
        boxes = _corners(op, boxes)
    limit = op.i32_scalar(0) if most is None else _limit(op, most, scores)
    factor = _beyond(op, op.constant(np.asarray(0, np.float32)) if overlap is None else op.to_shape(overlap, ()))
    lowest = op.constant(np.asarray(np.finfo(np.float32).min, np.float32))
    bound = lowest if least is None else op.to_shape(least, ())
    rows = [
        _selected(op, boxes, scores, (image, number), (limit, factor, bound))
        for image in range(images)
        for number in range(classes)
    ]
    return op.cast(op.join(rows), INT64)


def _beyond(op: LiteBuilder, overlap: ir.Value) -> ir.Value:
    """The next number: TFLite drops a box whose overlap reaches the bound, ONNX one whose overlap exceeds it."""
    factor = op.constant(np.nextafter(np.float32(1), np.float32(2)))
    return op.MAXIMUM(op.MUL(overlap, factor), op.constant(np.asarray(1e-30, np.float32)))


def _limit(op: LiteBuilder, most: ir.Value, scores: ir.Value) -> ir.Value:
    """As many as are wanted, at most all."""
    wide = op.cast(op.to_shape(most, ()), INT64)
    return op.int32(op.MINIMUM(wide, op.cast(op.to_shape(op.size_of(scores, 2), ()), INT64)))


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
    limits: tuple[ir.Value, ir.Value, ir.Value],
) -> ir.Value:
    """Image, class and box of what is selected of one image and class."""
    image, number = place
    count = (op.shape(scores) or (None,))[-1]
    own = op.STRIDED_SLICE(
        boxes,
        op.i32(image, 0, 0),
        op.i32(image + 1, 0, 4),
        op.i32(1, 1, 1),
        end_mask=2,
        shrink_axis_mask=1,
        shape=(count, 4),
    )
    marks = op.STRIDED_SLICE(
        scores,
        op.i32(image, number, 0),
        op.i32(image + 1, number + 1, 0),
        op.i32(1, 1, 1),
        end_mask=4,
        shrink_axis_mask=3,
        shape=(count,),
    )
    limit, factor, bound = limits
    order, ranks = _by_rank(op, op.cast(marks, FLOAT), bound)
    sorted_boxes = op.GATHER(op.cast(own, FLOAT), order, axis=0)
    chosen, valid = op.NON_MAX_SUPPRESSION_V4(
        sorted_boxes, ranks, limit, factor, op.constant(np.asarray(0, np.float32)),
        outputs=2, dtype=[INT32, INT32], shape=[(None,), ()],
    )  # fmt: skip
    length = op.to_shape(valid, (1,))
    kept = op.GATHER(order, op.STRIDED_SLICE(chosen, op.i32(0), length, op.i32(1), shape=(None,)), axis=0)
    column = op.to_shape(kept, (None, 1))
    side = op.join([length, op.i32(1)])
    fixed = [op.FILL(side, op.i32_scalar(value), shape=(None, 1)) for value in place]
    return op.CONCATENATION(*fixed, column, axis=1, shape=(None, 3))


def _by_rank(op: LiteBuilder, scores: ir.Value, bound: ir.Value) -> tuple[ir.Value, ir.Value]:
    """The order of the scores, the first of equal ones first, and ranks that take their place.

    TFLite leaves the order of boxes of the same score open. Ranks are all different; those of scores that do not exceed
    the bound are negative.
    """
    shape = op.shape(scores)
    count = op.to_shape(op.size_of(scores, 0), ())
    found, order = op.TOPK_V2(scores, count, outputs=2, shape=[shape, shape])
    if shape is not None and isinstance(shape[0], int):
        ranks = op.constant(np.arange(shape[0], 0, -1, dtype=np.float32))
    else:
        first, none, step = op.cast(count, FLOAT), *(op.constant(np.asarray(n, np.float32)) for n in (0, -1))
        ranks = op.RANGE(first, none, step, shape=shape)
    return order, op.SELECT_V2(op.GREATER(found, bound), ranks, op.constant(np.asarray(-1, np.float32)))
