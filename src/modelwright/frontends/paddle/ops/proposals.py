"""Region proposals of two-stage detectors: made from a head's scores, and shared out over the levels of a pyramid."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
import onnx_ir as ir

from modelwright.frontends.paddle.builder import PaddleBuilder
from modelwright.frontends.paddle.operators import paddle_op
from modelwright.frontends.paddle.ops.detection import image_of_rows

_LARGEST_STEP: Final = math.log(1000.0 / 16.0)
"""By how much a box may grow, as a logarithm."""


def _int(op: PaddleBuilder, number: int) -> ir.Value:
    return op.constant(np.asarray(number, np.int64))


def _floats(op: PaddleBuilder, *numbers: float) -> ir.Value:
    return op.constant(np.asarray(numbers, np.float32))


@paddle_op("generate_proposals")
def generate_proposals(
    op: PaddleBuilder,
    scores: ir.Value,
    deltas: ir.Value,
    image_size: ir.Value,
    anchors: ir.Value,
    variances: ir.Value,
    *,
    pre_nms_top_n: int = 6000,
    post_nms_top_n: int = 1000,
    nms_thresh: float = 0.5,
    min_size: float = 0.1,
    eta: float = 1.0,
    pixel_offset: bool = True,
) -> tuple[ir.Value, ir.Value, ir.Value]:
    """The best boxes of each image after suppression, their scores ``[K, 1]``, and how many each image has.

    Scores are ``[N, A, H, W]``, deltas ``[N, 4 A, H, W]``, anchors and variances ``[H, W, A, 4]`` or ``[H W A, 4]``. An
    image without any box gets one of zeros.
    """
    if eta < 1.0:
        raise op.fail("a shrinking threshold (eta) is not supported", hint="save the model with eta 1")
    if nms_thresh <= 0:
        raise op.fail(f"a threshold of {nms_thresh} means no suppression", hint="save the model with nms_thresh over 0")
    more = 1.0 if pixel_offset else 0.0
    points = op.reshape(op.transpose(scores, [0, 2, 3, 1]), [0, -1])
    count = op.dim_of(points, 1)
    if pre_nms_top_n > 0:
        count = op.Min(count, op.ints(pre_nms_top_n))
    best, where = op.TopK(points, count, axis=1, outputs=2)
    batch = op.dim_of(scores, 0)
    offsets = op.reshape(op.transpose(deltas, [0, 2, 3, 1]), op.concat([batch, op.ints(-1, 4)], 0))
    moves = rows_of_images(op, offsets, where)
    base, spread = (op.gather(op.reshape(item, [-1, 4]), where) for item in (anchors, variances))
    boxes = _inside(op, _moved(op, base, op.Mul(moves, spread), more), image_size, more)
    fits = _large_enough(op, boxes, image_size, max(min_size, 1.0), pixel_offset=pixel_offset)
    return _suppressed(op, boxes, best, fits, post_nms_top_n, nms_thresh, more)


def rows_of_images(op: PaddleBuilder, rows: ir.Value, where: ir.Value) -> ir.Value:
    """Of ``[N, M, 4]`` the rows ``[N, K]`` of each image."""
    images = op.Range(_int(op, 0), op.squeeze(op.dim_of(where, 0), [0]), _int(op, 1))
    image = op.Expand(op.unsqueeze(images, [1]), op.shape_of(where))
    return op.GatherND(rows, op.concat([op.unsqueeze(image, [2]), op.unsqueeze(where, [2])], 2))


def _parts(op: PaddleBuilder, rows: ir.Value) -> tuple[ir.Value, ir.Value]:
    """The first two and the last two of four columns."""
    return op.slice(rows, [0], [2], [2]), op.slice(rows, [2], [4], [2])


def _moved(op: PaddleBuilder, anchors: ir.Value, moves: ir.Value, more: float) -> ir.Value:
    """Anchors ``[N, K, 4]`` moved and grown."""
    low, high = _parts(op, anchors)
    shift, growth = _parts(op, moves)
    size = op.Add(op.Sub(high, low), op.scalar(more, anchors))
    centre = op.Add(op.Add(low, op.Mul(size, op.scalar(0.5, anchors))), op.Mul(shift, size))
    half = op.Mul(op.Mul(op.Exp(op.Min(growth, op.scalar(_LARGEST_STEP, anchors))), size), op.scalar(0.5, anchors))
    return op.concat([op.Sub(centre, half), op.Sub(op.Add(centre, half), op.scalar(more, anchors))], 2)


def _limits(op: PaddleBuilder, boxes: ir.Value, image_size: ir.Value) -> ir.Value:
    """Width and height of each image, ``[N, 1, 2]``."""
    return op.unsqueeze(op.gather(op.cast(image_size, op.dtype(boxes)), [1, 0], 1), [1])


def _inside(op: PaddleBuilder, boxes: ir.Value, image_size: ir.Value, more: float) -> ir.Value:
    """Boxes cut off at the image's edges."""
    limit = op.Sub(_limits(op, boxes, image_size), op.scalar(more, boxes))
    return op.Max(op.Min(boxes, op.concat([limit, limit], 2)), op.scalar(0, boxes))


def _large_enough(
    op: PaddleBuilder, boxes: ir.Value, image_size: ir.Value, least: float, *, pixel_offset: bool
) -> ir.Value:
    """``[N, K]`` booleans: whether both sides are at least that long, and the middle lies in the image."""
    low, high = _parts(op, boxes)
    size = op.Add(op.Sub(high, low), op.scalar(1.0 if pixel_offset else 0.0, boxes))
    fits = op.GreaterOrEqual(size, op.scalar(least, boxes))
    if pixel_offset:
        middle = op.Add(low, op.Mul(size, op.scalar(0.5, boxes)))
        fits = op.And(fits, op.LessOrEqual(middle, _limits(op, boxes, image_size)))
    return op.cast(op.reduce("ReduceMin", op.cast(fits, ir.DataType.INT32), [2], keepdims=False), ir.DataType.BOOL)


def _suppressed(
    op: PaddleBuilder, boxes: ir.Value, points: ir.Value, fits: ir.Value, most: int, threshold: float, more: float
) -> tuple[ir.Value, ir.Value, ir.Value]:
    """What suppression keeps; scores tell boxes that do not fit, and the row of zeros for images without any."""
    lowest = op.scalar(float(np.finfo(np.float32).min), points)
    batch = op.dim_of(points, 0)
    found = op.reduce("ReduceMax", op.cast(fits, ir.DataType.INT32), [1], keepdims=True)
    none = op.Equal(found, op.constant(np.asarray(0, np.int32)))
    ranked = op.concat([op.Where(fits, points, lowest), op.Where(none, op.scalar(0, points), lowest)], 1)
    points = op.concat([points, op.Expand(op.scalar(0, points), op.concat([batch, op.ints(1)], 0))], 1)
    boxes = op.concat([boxes, op.Expand(op.scalar(0, boxes), op.concat([batch, op.ints(1, 4)], 0))], 1)
    picked = op.NonMaxSuppression(
        op.Add(boxes, _floats(op, 0, 0, more, more)) if more else boxes,
        op.unsqueeze(ranked, [1]),
        op.constant(np.asarray([most if most > 0 else 2**31 - 1], np.int64)),
        _floats(op, threshold),
        _floats(op, float(np.finfo(np.float32).min)),
    )
    image, spot = op.gather(picked, 0, 1), op.gather(picked, 2, 1)
    place = op.concat([op.unsqueeze(image, [1]), op.unsqueeze(spot, [1])], 1)
    return op.GatherND(boxes, place), op.unsqueeze(op.GatherND(points, place), [1]), counted(op, image, batch)


def counted(op: PaddleBuilder, image: ir.Value, images: ir.Value) -> ir.Value:
    """How many rows each image has, int32."""
    numbers = op.Range(_int(op, 0), op.squeeze(images, [0]), _int(op, 1))
    mine = op.Equal(op.unsqueeze(numbers, [1]), op.unsqueeze(image, [0]))
    return op.reduce("ReduceSum", op.cast(mine, ir.DataType.INT32), [1], keepdims=False)


@paddle_op("distribute_fpn_proposals")
def distribute_fpn_proposals(
    op: PaddleBuilder,
    boxes: ir.Value,
    counts: ir.Value | None = None,
    *,
    min_level: int,
    max_level: int,
    refer_level: int,
    refer_scale: int,
    pixel_offset: bool = True,
) -> tuple[list[ir.Value], list[ir.Value], ir.Value]:
    """Boxes ``[M, 4]`` by the level that their size belongs to, how many of each image are there, and the way back.

    The level is ``floor(log2(sqrt(area) / refer_scale + 1e-8) + refer_level)``, kept within the levels there are. The
    way back, ``[M, 1]``, says where each box stands in all levels joined.
    """
    level = _level(op, boxes, refer_level, refer_scale, pixel_offset=pixel_offset)
    level = op.clip(level, float(min_level), float(max_level))
    images = op.Expand(_int(op, 0), op.dim_of(boxes, 0)) if counts is None else image_of_rows(op, counts)
    total = op.ints(1) if counts is None else op.dim_of(op.vector(counts), 0)
    places: list[ir.Value] = []
    for number in range(min_level, max_level + 1):
        here = op.Equal(level, op.scalar(number, boxes))
        places.append(op.reshape(op.NonZero(here), [-1]))
    order = op.concat(places, 0)
    _, back = op.TopK(order, op.dim_of(order, 0), axis=0, largest=0, outputs=2)
    rows = [op.gather(boxes, item) for item in places]
    numbers = [counted(op, op.gather(images, item), total) for item in places]
    return rows, numbers, op.cast(op.unsqueeze(back, [1]), ir.DataType.INT32)


def _level(op: PaddleBuilder, boxes: ir.Value, level: int, scale: int, *, pixel_offset: bool) -> ir.Value:
    low, high = op.slice(boxes, [0], [2], [1]), op.slice(boxes, [2], [4], [1])
    side = op.Sub(high, low)
    least = op.reduce("ReduceMin", side, [1], keepdims=False)
    size = op.Add(side, op.scalar(1.0 if pixel_offset else 0.0, boxes))
    area = op.reduce("ReduceProd", size, [1], keepdims=False)
    area = op.Where(op.Less(least, op.scalar(0, boxes)), op.scalar(0, boxes), area)
    share = op.Add(op.Div(op.Sqrt(area), op.scalar(scale, boxes)), op.scalar(1e-8, boxes))
    power = op.Div(op.Log(share), op.scalar(math.log(2.0), boxes))
    return op.Floor(op.Add(power, op.scalar(level, boxes)))
