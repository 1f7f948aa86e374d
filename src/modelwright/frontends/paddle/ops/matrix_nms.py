"""``matrix_nms``: overlapping boxes lose score instead of being suppressed."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from modelwright.frontends.paddle.builder import PaddleBuilder
from modelwright.frontends.paddle.operators import paddle_op
from modelwright.frontends.paddle.ops.proposals import rows_of_images


def _int(op: PaddleBuilder, number: int) -> ir.Value:
    return op.constant(np.asarray(number, np.int64))


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
    """Scores fall with the overlap with better boxes of the class; then the best of each image.

    Boxes are ``[N, M, 4]``, scores ``[N, C, M]``. A box's score is multiplied by the least of ``decay(overlap with a
    better one) / decay(that one's largest overlap)``.
    """
    labels = _labels(op, scores, background_label)
    points = op.reshape(op.gather(scores, labels, 1), op.concat([op.ints(-1), op.dim_of(scores, 2)], 0))
    count = op.dim_of(points, 1)
    if nms_top_k >= 0:
        count = op.Min(count, op.ints(nms_top_k))
    best, where = op.TopK(points, count, axis=1, outputs=2)
    batch = op.dim_of(scores, 0)
    by_image = op.reshape(where, op.concat([batch, op.ints(-1)], 0))
    found = rows_of_images(op, boxes, by_image)
    corners = op.reshape(found, op.concat([op.shape_of(where), op.ints(4)], 0))
    valid = op.Greater(best, op.scalar(score_threshold, best))
    overlap = _overlaps(op, corners, normalized=normalized)
    decayed = op.Mul(best, _decay(op, overlap, valid, use_gaussian=use_gaussian, sigma=gaussian_sigma))
    keep = op.And(valid, op.Greater(decayed, op.scalar(post_threshold, best))) if post_threshold > 0 else valid
    lowest = op.scalar(float(np.finfo(np.float32).min), best)
    ranked = op.reshape(op.Where(keep, decayed, lowest), op.concat([batch, op.ints(-1)], 0))
    named = op.reshape(op.Expand(op.unsqueeze(labels, [1]), op.concat([op.ints(1), count], 0)), [-1])
    return _chosen(op, ranked, named, by_image, boxes, lowest, keep_top_k)


def _labels(op: PaddleBuilder, scores: ir.Value, background_label: int) -> ir.Value:
    """The classes but the background."""
    if background_label < 0:
        return op.Range(_int(op, 0), op.squeeze(op.dim_of(scores, 1), [0]), _int(op, 1))
    classes = op.need_size(scores, 1, "the number of classes")
    return op.constant(np.asarray([index for index in range(classes) if index != background_label], np.int64))


def _overlaps(op: PaddleBuilder, corners: ir.Value, *, normalized: bool) -> ir.Value:
    """``[C, K, K]``: intersection over union of each two boxes of a class."""
    more = 0.0 if normalized else 1.0
    begin, end = op.slice(corners, [0], [2], [2]), op.slice(corners, [2], [4], [2])
    begins, ends = ([op.unsqueeze(item, [axis]) for axis in (2, 1)] for item in (begin, end))
    apart = op.Or(op.Greater(begins[1], ends[0]), op.Less(ends[1], begins[0]))
    sides = op.Add(op.Sub(op.Min(*ends), op.Max(*begins)), op.scalar(more, corners))
    common = op.reduce("ReduceProd", op.Where(apart, op.scalar(0, corners), sides), [3], keepdims=False)
    size = op.Sub(end, begin)
    zero = op.scalar(0, corners)
    empty = op.Less(op.reduce("ReduceMin", size, [2], keepdims=False), zero)
    area = op.reduce("ReduceProd", op.Add(size, op.scalar(more, corners)), [2], keepdims=False)
    area = op.Where(empty, zero, area)
    union = op.Sub(op.Add(op.unsqueeze(area, [2]), op.unsqueeze(area, [1])), common)
    return op.Where(op.Greater(common, zero), op.Div(common, union), zero)


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
    points: ir.Value,
    labels: ir.Value,
    where: ir.Value,
    boxes: ir.Value,
    lowest: ir.Value,
    keep_top_k: int,
) -> tuple[ir.Value, ir.Value, ir.Value]:
    """The rows of what is kept of each image, by falling score.

    Args:
        op: The builder.
        points: ``[N, C * K]``; the lowest number for what is not kept.
        labels: ``[C * K]``.
        where: ``[N, C * K]``: which box of its image each one is.
        boxes: ``[N, M, 4]``.
        lowest: That lowest number.
        keep_top_k: How many at most; -1 for all.
    """
    count = op.dim_of(points, 1)
    if keep_top_k >= 0:
        count = op.Min(count, op.ints(keep_top_k))
    best, order = op.TopK(points, count, axis=1, outputs=2)
    kept = op.Greater(best, lowest)
    flags = op.reshape(kept, [-1])
    spot = op.GatherElements(where, order, axis=1)
    label = op.cast(op.gather(labels, order), op.dtype(points))
    rows = op.concat([op.unsqueeze(label, [2]), op.unsqueeze(best, [2]), rows_of_images(op, boxes, spot)], 2)
    rows = op.Compress(op.reshape(rows, [-1, 6]), flags, axis=0)
    images = op.Range(_int(op, 0), op.squeeze(op.dim_of(points, 0), [0]), _int(op, 1))
    first = op.unsqueeze(op.Mul(images, op.squeeze(op.dim_of(boxes, 1), [0])), [1])
    index = op.Compress(op.reshape(op.Add(spot, first), [-1, 1]), flags, axis=0)
    counts = op.reduce("ReduceSum", op.cast(kept, ir.DataType.INT32), [1], keepdims=False)
    return rows, op.cast(index, ir.DataType.INT32), counts
