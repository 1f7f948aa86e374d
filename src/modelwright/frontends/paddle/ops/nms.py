"""Suppression of overlapping boxes: ``multiclass_nms3`` and ``nms``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import onnx_ir as ir

from modelwright.frontends.paddle.builder import PaddleBuilder
from modelwright.frontends.paddle.operators import paddle_op
from modelwright.frontends.paddle.ops.detection import image_of_rows
from modelwright.frontends.paddle.ops.proposals import counted

_ALL = 2**31 - 1


def _int(op: PaddleBuilder, number: int) -> ir.Value:
    return op.constant(np.asarray(number, np.int64))


def _vector(op: PaddleBuilder, *numbers: float) -> ir.Value:
    return op.constant(np.asarray(numbers, np.float32))


@paddle_op("multiclass_nms3")
def multiclass_nms(
    op: PaddleBuilder,
    boxes: ir.Value,
    scores: ir.Value,
    rois: ir.Value | None = None,
    *,
    score_threshold: float,
    nms_top_k: int,
    keep_top_k: int,
    nms_threshold: float = 0.3,
    normalized: bool = True,
    nms_eta: float = 1.0,
    background_label: int = 0,
) -> tuple[ir.Value, ir.Value, ir.Value]:
    """Suppression a class, then the best of each image: rows ``label, score, x1, y1, x2, y2``.

    Boxes are ``[N, M, 4]``, scores ``[N, C, M]``; with the number of regions of each image both are of regions and
    classes: ``[M, C, 4]`` and ``[M, C]``. Rows of an image stand by class, then by falling score, as Paddle gives
    them. The results are the rows, where each box stood among all, and the number of rows of each image.
    """
    if nms_eta < 1.0:
        raise op.fail("a shrinking threshold (nms_eta below 1) is not supported", hint="save the model with nms_eta 1")
    found = _of_images(op, boxes, scores) if rois is None else _of_regions(op, boxes, scores, rois)
    picked = _picked(op, found.boxes, found.scores, score_threshold, nms_top_k, nms_threshold, normalized=normalized)
    image, label, spot = _separate(op, picked, found.classes)
    if background_label >= 0:
        keep = op.Not(op.Equal(label, _int(op, background_label)))
        image, label, spot = (op.Compress(item, keep, axis=0) for item in (image, label, spot))
    chosen = _columns(op, [image, label, spot])
    points = op.GatherND(scores, op.gather(chosen, found.score_columns, 1))
    order = _kept(op, image, label, points, keep_top_k, None if rois is None else spot)
    chosen = op.gather(chosen, order)
    points = op.GatherND(scores, op.gather(chosen, found.score_columns, 1))
    corners = op.GatherND(boxes, op.gather(chosen, found.box_columns, 1))
    rows = op.concat([op.cast(op.gather(chosen, [1], 1), op.dtype(boxes)), op.unsqueeze(points, [1]), corners], 1)
    first, second = (op.gather(chosen, [column], 1) for column in found.box_columns)
    place = op.Add(op.Mul(first, found.width), second)
    return rows, op.cast(place, ir.DataType.INT32), counted(op, op.gather(chosen, 0, 1), found.images)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Candidates:
    """Boxes and scores as ONNX's suppression takes them, and how its results are read.

    Attributes:
        boxes: ``[B, M, 4]``.
        scores: ``[B, C, M]``.
        images: The number of images, ``[1]``.
        classes: The number of classes, ``[1]``, where each image and class is a batch entry of its own; else None.
        score_columns: Which of image, class and box find a score as it was given.
        box_columns: Likewise for a box.
        width: How many places the second of ``box_columns`` has.
    """

    boxes: ir.Value
    scores: ir.Value
    images: ir.Value
    classes: ir.Value | None
    score_columns: list[int]
    box_columns: list[int]
    width: ir.Value


def _columns(op: PaddleBuilder, values: Sequence[ir.Value]) -> ir.Value:
    return op.concat([op.unsqueeze(value, [1]) for value in values], 1)


def _separate(op: PaddleBuilder, picked: ir.Value, classes: ir.Value | None) -> tuple[ir.Value, ir.Value, ir.Value]:
    """Image, class and box of suppression's rows."""
    entry, label, spot = (op.gather(picked, index, 1) for index in range(3))
    if classes is None:
        return entry, label, spot
    return op.Div(entry, classes), op.Mod(entry, classes), spot


def _of_images(op: PaddleBuilder, boxes: ir.Value, scores: ir.Value) -> _Candidates:
    """``[N, M, 4]`` and ``[N, C, M]`` as they are."""
    return _Candidates(
        boxes=boxes,
        scores=scores,
        images=op.dim_of(boxes, 0),
        classes=None,
        score_columns=[0, 1, 2],
        box_columns=[0, 2],
        width=op.dim_of(boxes, 1),
    )


def _of_regions(op: PaddleBuilder, boxes: ir.Value, scores: ir.Value, counts: ir.Value) -> _Candidates:
    """``[M, C, 4]`` and ``[M, C]``: each image and class is a batch entry of its own, of one class.

    Regions of other images have the lowest score there, which is over no threshold.
    """
    classes, regions = op.dim_of(scores, 1), op.dim_of(scores, 0)
    total = op.dim_of(op.vector(counts), 0)
    numbers = op.Range(_int(op, 0), op.squeeze(total, [0]), _int(op, 1))
    mine = op.Equal(op.unsqueeze(numbers, [1, 2]), op.unsqueeze(image_of_rows(op, counts), [0, 1]))
    lowest = op.scalar(float(np.finfo(np.float32).min), scores)
    points = op.Where(mine, op.unsqueeze(op.transpose(scores, [1, 0]), [0]), lowest)
    whole = op.concat([total, classes, regions, op.ints(4)], 0)
    corners = op.Expand(op.unsqueeze(op.transpose(boxes, [1, 0, 2]), [0]), whole)
    return _Candidates(
        boxes=op.reshape(corners, op.concat([op.ints(-1), regions, op.ints(4)], 0)),
        scores=op.reshape(points, op.concat([op.ints(-1, 1), regions], 0)),
        images=total,
        classes=classes,
        score_columns=[2, 1],
        box_columns=[2, 1],
        width=classes,
    )


def _picked(
    op: PaddleBuilder,
    boxes: ir.Value,
    scores: ir.Value,
    score_threshold: float,
    nms_top_k: int,
    nms_threshold: float,
    *,
    normalized: bool,
) -> ir.Value:
    """Image, class and box of what suppression keeps.

    Only the best ``nms_top_k`` of a class take part: the others' scores are put under the threshold first. Boxes in
    pixels reach one further, which widening them says.
    """
    if not normalized:
        boxes = op.Add(boxes, _vector(op, 0.0, 0.0, 1.0, 1.0))
    limited = scores
    size = op.sizes(scores)[2]
    if nms_top_k > 0 and (size is None or size > nms_top_k):
        count = op.Min(op.dim_of(scores, 2), op.ints(nms_top_k))
        best, _ = op.TopK(scores, count, axis=2, outputs=2)
        least = op.reduce("ReduceMin", best, [2], keepdims=True)
        floor = op.constant(np.asarray(np.finfo(np.float32).min, np.float32))
        limited = op.Where(op.GreaterOrEqual(scores, least), scores, floor)
    return op.NonMaxSuppression(
        boxes,
        limited,
        op.constant(np.asarray([_ALL], np.int64)),
        _vector(op, nms_threshold),
        _vector(op, score_threshold),
    )


def _kept(
    op: PaddleBuilder, image: ir.Value, label: ir.Value, points: ir.Value, keep_top_k: int, spot: ir.Value | None
) -> ir.Value:
    """Positions of the best ``keep_top_k`` of each image, by image, class and falling score; by ``spot`` if given.

    Sorting by score alone gives each row's rank among those of its image; the rows kept are then sorted by class.
    """
    zero, one = _int(op, 0), _int(op, 1)
    total = op.Size(points)
    _, by_score = op.TopK(points, op.reshape(total, [1]), axis=0, outputs=2)
    images = op.gather(image, by_score)
    if keep_top_k >= 0:
        same = op.Equal(op.unsqueeze(images, [1]), op.unsqueeze(images, [0]))
        numbers = op.Range(zero, total, one)
        before = op.And(same, op.Less(op.unsqueeze(numbers, [0]), op.unsqueeze(numbers, [1])))
        rank = op.reduce("ReduceSum", op.cast(before, ir.DataType.INT64), [1], keepdims=False)
        by_score = op.Compress(by_score, op.Less(rank, _int(op, keep_top_k)), axis=0)
        images = op.gather(image, by_score)
    labels = op.gather(label, by_score)
    count = op.reshape(op.Size(by_score), [1])
    places = op.Range(zero, op.Size(by_score), one) if spot is None else op.gather(spot, by_score)
    many = _int(op, 1 << 20)
    key = op.Add(op.Mul(op.Add(op.Mul(images, many), labels), many), places)
    _, order = op.TopK(key, count, axis=0, largest=0, outputs=2)
    return op.gather(by_score, order)


@paddle_op("nms")
def nms(op: PaddleBuilder, boxes: ir.Value, *, threshold: float = 1.0) -> ir.Value:
    """Positions of the boxes that suppression keeps, in the order given."""
    total = op.dim_of(boxes, 0)
    falling = op.Neg(op.cast(op.Range(_int(op, 0), op.squeeze(total, [0]), _int(op, 1)), ir.DataType.FLOAT))
    picked = op.NonMaxSuppression(
        op.unsqueeze(boxes, [0]),
        op.unsqueeze(falling, [0, 1]),
        op.constant(np.asarray([_ALL], np.int64)),
        _vector(op, threshold),
    )
    return op.gather(picked, 2, 1)
