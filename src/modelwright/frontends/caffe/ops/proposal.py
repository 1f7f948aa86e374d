"""Faster R-CNN's region proposals."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import onnx_ir as ir

from modelwright.frontends.caffe.builder import CaffeBuilder
from modelwright.frontends.caffe.operators import caffe_layer


@caffe_layer("Proposal", param="proposal_param")
def proposal(
    op: CaffeBuilder,
    scores: ir.Value,
    deltas: ir.Value,
    info: ir.Value,
    *,
    feat_stride: int = 16,
    base_size: int = 16,
    min_size: int = 16,
    ratio: Sequence[float] = (0.5, 1.0, 2.0),
    scale: Sequence[float] = (8.0, 16.0, 32.0),
    pre_nms_topn: int = 6000,
    post_nms_topn: int = 300,
    nms_thresh: float = 0.7,
) -> list[ir.Value]:
    """Rows of image index 0 and corners, ``[R, 5]``, and their scores ``[R, 1]`` if there is a second top.

    Bottoms: probabilities ``[1, 2 A, H, W]`` (the second half is the foreground's), offsets ``[1, 4 A, H, W]`` and
    ``[1, 3]`` of height, width and scale of the image. Corners are inclusive, so that sizes have a 1 added.
    """
    anchors = base_anchors(base_size, ratio, scale)
    count = len(anchors)
    height, width = op.sizes(scores, [2, 3])
    if op.size(scores, 0) != 1 or op.size(scores, 1) != 2 * count or op.size(deltas, 1) != 4 * count:
        raise op.fail(f"{count} anchors do not fit bottoms of shapes {op.sizes(scores)} and {op.sizes(deltas)}")
    limits = op.reshape(info, [-1])
    size = op.concat([op.gather(limits, [1]), op.gather(limits, [0])], 0)
    boxes = _clipped(op, _moved(op, _shifted(anchors, height, width, feat_stride), deltas, count), size)
    best = op.reshape(op.transpose(op.slice(scores, [count], [2 * count], [1]), [0, 2, 3, 1]), [-1])
    extent = op.Add(op.Sub(op.slice(boxes, [2], [4], [1]), op.slice(boxes, [0], [2], [1])), op.number(1.0))
    least = op.Mul(op.gather(limits, [2]), op.number(float(min_size)))
    large = op.reduce("ReduceMin", op.cast(op.GreaterOrEqual(extent, least), ir.DataType.FLOAT), [1], keepdims=False)
    rated = op.Where(op.Greater(large, op.number(0.5)), best, op.number(-1.0))
    total = height * width * count
    kept, order = op.TopK(rated, op.ints(min(total, pre_nms_topn)), axis=0, outputs=2)
    ordered = op.gather(boxes, order)
    wider = op.Add(ordered, op.floats(0.0, 0.0, 1.0, 1.0))
    selected = op.NonMaxSuppression(
        op.unsqueeze(wider, [0]),
        op.unsqueeze(kept, [0, 1]),
        op.ints(post_nms_topn),
        op.floats(nms_thresh),
        op.floats(-0.5),
    )
    index = op.gather(selected, 2, axis=1)
    found = op.gather(ordered, index)
    rows = op.pad(found, [0, 1, 0, 0])
    rows.dtype, rows.shape = ir.DataType.FLOAT, ir.Shape([f"{op.layer.name}_rows", 5])
    return [rows, op.unsqueeze(op.gather(kept, index), [1])]


def base_anchors(base: int, ratios: Sequence[float], scales: Sequence[float]) -> np.ndarray:
    """Corners of the anchors at the first place, float32 ``[ratios * scales, 4]``.

    Sizes are those of squares of the same area, rounded to whole pixels (halves to even), then scaled.
    """
    middle = (base - 1) / 2
    found: list[list[float]] = []
    for ratio in ratios:
        width = np.round(np.sqrt(base * base / ratio))
        height = np.round(width * ratio)
        for scale in scales:
            half = [(width * scale - 1) / 2, (height * scale - 1) / 2]
            found.append([middle - half[0], middle - half[1], middle + half[0], middle + half[1]])
    return np.array(found, np.float32)


def _shifted(anchors: np.ndarray, height: int, width: int, stride: int) -> np.ndarray:
    """The anchors at all places, ``[height * width * anchors, 4]``."""
    columns, rows = np.meshgrid(np.arange(width) * stride, np.arange(height) * stride)
    shifts = np.stack([columns, rows, columns, rows], -1).reshape(-1, 1, 4)
    return (anchors[None] + shifts).reshape(-1, 4).astype(np.float32)


def _moved(op: CaffeBuilder, anchors: np.ndarray, deltas: ir.Value, count: int) -> ir.Value:
    """Corners of the anchors moved and resized by the offsets dx, dy, log width, log height."""
    height, width = op.sizes(deltas, [2, 3])
    rows = op.transpose(op.reshape(deltas, [count, 4, height, width]), [2, 3, 0, 1])
    flat = op.reshape(rows, [-1, 4])
    size = anchors[:, 2:] - anchors[:, :2] + 1
    centre = anchors[:, :2] + np.float32(0.5) * size
    middle = op.Add(op.Mul(op.slice(flat, [0], [2], [1]), op.constant(size)), op.constant(centre))
    half = op.Mul(op.Mul(op.Exp(op.slice(flat, [2], [4], [1])), op.constant(size)), op.number(0.5))
    return op.concat([op.Sub(middle, half), op.Add(middle, half)], 1)


def _clipped(op: CaffeBuilder, boxes: ir.Value, size: ir.Value) -> ir.Value:
    """Corners within the image, whose width and height are given."""
    last = op.Sub(op.concat([size, size], 0), op.number(1.0))
    return op.Max(op.Min(boxes, last), op.number(0.0))
