"""Suppression of overlapping boxes: ``multiclass_nms3``, ``matrix_nms``, ``nms``."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from modelwright.frontends.paddle.builder import PaddleBuilder
from modelwright.frontends.paddle.operators import paddle_op

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

    Boxes are ``[N, M, 4]``, scores ``[N, C, M]``; rows of an image stand by class, then by falling score, as Paddle
    gives them. The results are the rows, where each box stood in ``[N * M]``, and the number of rows of each image.
    """
    if rois is not None or op.need_rank(boxes) != 3 or nms_eta < 1.0:
        raise op.fail(
            "boxes by class or by number of regions, and shrinking thresholds, are not supported",
            hint="save the model without its suppression and do that outside",
        )
    picked = _picked(op, boxes, scores, score_threshold, nms_top_k, nms_threshold, normalized=normalized)
    if background_label >= 0:
        labels = op.gather(picked, [1], 1)
        keep = op.Not(op.Equal(op.reshape(labels, [-1]), op.ints(background_label)))
        picked = op.Compress(picked, keep, axis=0)
    image, label, spot = (op.gather(picked, index, 1) for index in range(3))
    points = op.GatherND(scores, picked)
    order = _kept(op, image, label, points, keep_top_k)
    image, label, spot, points = (op.gather(item, order) for item in (image, label, spot, points))
    corners = op.GatherND(boxes, op.concat([op.unsqueeze(image, [1]), op.unsqueeze(spot, [1])], 1))
    label = op.cast(label, op.dtype(boxes))
    rows = op.concat([op.unsqueeze(label, [1]), op.unsqueeze(op.cast(points, op.dtype(boxes)), [1]), corners], 1)
    place = op.Add(op.Mul(image, op.squeeze(op.dim_of(boxes, 1), [0])), spot)
    return rows, op.cast(op.unsqueeze(place, [1]), ir.DataType.INT32), _counts(op, image, op.dim_of(boxes, 0))


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


def _kept(op: PaddleBuilder, image: ir.Value, label: ir.Value, points: ir.Value, keep_top_k: int) -> ir.Value:
    """Positions of the best ``keep_top_k`` of each image, by image, class and falling score.

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
    places = op.Range(zero, op.Size(by_score), one)
    classes = _int(op, 1 << 20)
    key = op.Add(op.Mul(op.Add(op.Mul(images, classes), labels), op.Size(by_score)), places)
    _, order = op.TopK(key, count, axis=0, largest=0, outputs=2)
    return op.gather(by_score, order)


def _counts(op: PaddleBuilder, image: ir.Value, images: ir.Value) -> ir.Value:
    """How many rows each image has."""
    numbers = op.Range(_int(op, 0), op.squeeze(images, [0]), _int(op, 1))
    mine = op.Equal(op.unsqueeze(numbers, [1]), op.unsqueeze(image, [0]))
    return op.reduce("ReduceSum", op.cast(mine, ir.DataType.INT32), [1], keepdims=False)


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


@paddle_op("matrix_nms")
def matrix_nms(
    op: PaddleBuilder,
    boxes: ir.Value,
    scores: ir.Value,
    *,
    score_threshold: float,
    nms_top_k: int,
    keep_top_k: int,
    post_threshold: float = 0.0,
    use_gaussian: bool = False,
    gaussian_sigma: float = 2.0,
    background_label: int = 0,
    normalized: bool = True,
) -> tuple[ir.Value, ir.Value, ir.Value]:
    """Scores fall with the overlap with better boxes of the class; then the best of the image.

    Boxes are ``[1, M, 4]``, scores ``[1, C, M]``: one image, which is what detectors are saved for. A box's score is
    multiplied by the least of ``decay(overlap with a better one) / decay(that one's largest overlap)``.
    """
    if op.sizes(boxes)[0] != 1:
        raise op.fail("is converted for one image", hint="give --input_shape_dict with a batch of 1")
    points = op.squeeze(scores, [0])
    if background_label >= 0:
        classes = op.need_size(points, 0, "the number of classes")
        rest = [index for index in range(classes) if index != background_label]
        labels = op.constant(np.asarray(rest, np.int64))
        points = op.gather(points, labels)
    else:
        labels = op.Range(_int(op, 0), op.squeeze(op.dim_of(points, 0), [0]), _int(op, 1))
    count = op.dim_of(points, 1)
    if nms_top_k >= 0:
        count = op.Min(count, op.ints(nms_top_k))
    best, where = op.TopK(points, count, axis=1, outputs=2)
    corners = op.gather(op.squeeze(boxes, [0]), where)
    valid = op.Greater(best, op.scalar(score_threshold, best))
    overlap = _overlaps(op, corners, normalized=normalized)
    decayed = op.Mul(best, _decay(op, overlap, valid, use_gaussian=use_gaussian, sigma=gaussian_sigma))
    decayed = op.Where(valid, decayed, op.scalar(-1, best))
    keep = op.Greater(decayed, op.scalar(max(post_threshold, 0.0), best)) if post_threshold > 0 else valid
    return _chosen(op, labels, decayed, op.And(keep, valid), corners, where, keep_top_k)


def _overlaps(op: PaddleBuilder, corners: ir.Value, *, normalized: bool) -> ir.Value:
    """``[C, K, K]``: intersection over union of each two boxes of a class."""
    more = 0.0 if normalized else 1.0
    left, right = op.unsqueeze(corners, [2]), op.unsqueeze(corners, [1])
    low = op.Max(op.slice(left, [0], [2], [3]), op.slice(right, [0], [2], [3]))
    high = op.Min(op.slice(left, [2], [4], [3]), op.slice(right, [2], [4], [3]))
    apart = op.Less(high, low)
    sides = op.Where(apart, op.scalar(0, corners), op.Add(op.Sub(high, low), op.scalar(more, corners)))
    common = op.reduce("ReduceProd", sides, [3], keepdims=False)
    size = op.Add(op.Sub(op.slice(corners, [2], [4], [2]), op.slice(corners, [0], [2], [2])), op.scalar(more, corners))
    area = op.reduce("ReduceProd", size, [2], keepdims=False)
    union = op.Sub(op.Add(op.unsqueeze(area, [2]), op.unsqueeze(area, [1])), common)
    return op.Div(common, union)


def _decay(op: PaddleBuilder, overlap: ir.Value, valid: ir.Value, *, use_gaussian: bool, sigma: float) -> ir.Value:
    """``[C, K]``: the factor of each box, 1 for the best of its class."""
    zero, one = op.scalar(0, overlap), op.scalar(1, overlap)
    mask = op.And(op.unsqueeze(valid, [2]), op.unsqueeze(valid, [1]))
    below = op.cast(op.Trilu(op.cast(mask, op.dtype(overlap)), _int(op, -1), upper=0), ir.DataType.BOOL)
    better = op.Where(below, overlap, zero)
    largest = op.unsqueeze(op.reduce("ReduceMax", better, [2], keepdims=False), [1])
    if use_gaussian:
        difference = op.Sub(op.Mul(largest, largest), op.Mul(better, better))
        factor = op.Exp(op.Mul(difference, op.scalar(sigma, overlap)))
    else:
        factor = op.Div(op.Sub(one, better), op.Sub(one, largest))
    return op.reduce("ReduceMin", op.Where(below, factor, one), [2], keepdims=False)


def _chosen(
    op: PaddleBuilder,
    labels: ir.Value,
    points: ir.Value,
    keep: ir.Value,
    corners: ir.Value,
    where: ir.Value,
    keep_top_k: int,
) -> tuple[ir.Value, ir.Value, ir.Value]:
    """The rows of what is kept, by falling score."""
    spread = op.Expand(op.unsqueeze(labels, [1]), op.shape_of(points))
    flags = op.reshape(keep, [-1])
    found = [op.Compress(op.reshape(item, [-1]), flags, axis=0) for item in (spread, points, where)]
    boxes = op.Compress(op.reshape(corners, [-1, 4]), flags, axis=0)
    count = op.reshape(op.Size(found[1]), [1])
    if keep_top_k >= 0:
        count = op.Min(count, op.ints(keep_top_k))
    best, order = op.TopK(found[1], count, axis=0, outputs=2)
    label = op.unsqueeze(op.cast(op.gather(found[0], order), op.dtype(points)), [1])
    rows = op.concat([label, op.unsqueeze(best, [1]), op.gather(boxes, order)], 1)
    index = op.cast(op.unsqueeze(op.gather(found[2], order), [1]), ir.DataType.INT32)
    return rows, index, op.cast(count, ir.DataType.INT32)
