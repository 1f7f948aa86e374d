"""Non-maximum suppression: boxes that overlap a better one are dropped."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from modelwright.frontends.tflite.builder import TFLiteBuilder
from modelwright.frontends.tflite.flexbuffers import read_options
from modelwright.frontends.tflite.operators import tflite_op


@tflite_op("NON_MAX_SUPPRESSION_V4")
def non_max_suppression_v4(
    op: TFLiteBuilder,
    boxes: ir.Value,
    scores: ir.Value,
    size: ir.Value,
    iou_threshold: ir.Value,
    score_threshold: ir.Value,
) -> tuple[ir.Value, ...]:
    """Indices of the boxes kept, padded with zeros to ``size``, and how many of them count; both int32."""
    selected = _select(op, boxes, scores, size, iou_threshold, score_threshold)
    return _padded(op, selected, size), _count(op, selected)


@tflite_op("NON_MAX_SUPPRESSION_V5")
def non_max_suppression_v5(
    op: TFLiteBuilder,
    boxes: ir.Value,
    scores: ir.Value,
    size: ir.Value,
    iou_threshold: ir.Value,
    score_threshold: ir.Value,
    soft_nms_sigma: ir.Value,
) -> tuple[ir.Value, ...]:
    """Indices, their scores and how many count; scores that decay with overlap have no ONNX form."""
    if float(op.need_constant(soft_nms_sigma, "soft_nms_sigma").reshape(-1)[0]) != 0:
        raise op.fail("soft suppression has no ONNX form")
    selected = _select(op, boxes, scores, size, iou_threshold, score_threshold)
    values = op.gather(scores, selected)
    return _padded(op, selected, size), _padded(op, values, size), _count(op, selected)


def _select(
    op: TFLiteBuilder,
    boxes: ir.Value,
    scores: ir.Value,
    size: ir.Value,
    iou_threshold: ir.Value,
    score_threshold: ir.Value,
) -> ir.Value:
    """Indices of the boxes kept, int32 ``[kept]``; boxes are two opposite corners, ``[n, 4]``."""
    found = op.NonMaxSuppression(
        op.unsqueeze(boxes, [0]),
        op.unsqueeze(scores, [0, 1]),
        op.vector(size),
        op.reshape(iou_threshold, [1]),
        op.reshape(score_threshold, [1]),
    )
    return op.cast(op.gather(found, 2, axis=1), ir.DataType.INT32)


def _padded(op: TFLiteBuilder, x: ir.Value, size: ir.Value) -> ir.Value:
    """A vector filled up with zeros."""
    missing = op.Sub(op.vector(size), op.Shape(x))
    return op.pad(x, op.concat([op.ints(0), missing], 0))


def _count(op: TFLiteBuilder, x: ir.Value) -> ir.Value:
    return op.cast(op.squeeze(op.Shape(x), [0]), ir.DataType.INT32)


@tflite_op("TFLite_Detection_PostProcess")
def detection_postprocess(
    op: TFLiteBuilder, codes: ir.Value, scores: ir.Value, anchors: ir.Value
) -> tuple[ir.Value, ...]:
    """Boxes from their codes, then the best that do not overlap: boxes, classes, scores and their number.

    ``codes`` is ``[1, n, 4]`` (y, x, h, w relative to ``anchors``, ``[n, 4]`` of centre y, centre x, height and width,
    each divided by its scale option), ``scores`` ``[1, n, classes]``, whose first ``classes - num_classes`` are the
    background. Each box keeps its best class and boxes of all classes compete, the operator's fast mode.
    """
    options = read_options(op.node.custom_options)
    if options.get("use_regular_nms"):
        raise op.fail("suppression class by class (use_regular_nms) has no converter")
    if int(options.get("max_classes_per_detection", 1)) != 1:
        raise op.fail("several classes for one box have no converter")
    limit = int(options["max_detections"])
    known = op.shape(scores)
    total = known[-1] if known is not None else None
    if not isinstance(total, int):
        raise op.fail("the number of classes is unknown")
    first = total - int(options["num_classes"])
    corners = _decoded(op, codes, anchors, options)
    rated = op.slice(scores, [first], [total], [2])
    best = op.reduce("ReduceMax", rated, [2], keepdims=False)
    found = op.NonMaxSuppression(
        corners,
        op.unsqueeze(best, [1]),
        op.ints(limit),
        op.constant(np.asarray([options["nms_iou_threshold"]], np.float32)),
        op.constant(np.asarray([options["nms_score_threshold"]], np.float32)),
    )
    kept = op.gather(found, 2, axis=1)
    classes = op.gather(op.cast(op.ArgMax(rated, axis=2, keepdims=0), ir.DataType.FLOAT), kept, axis=1)
    parts = [op.gather(corners, kept, axis=1), classes, op.gather(best, kept, axis=1)]
    missing = op.Sub(op.ints(limit), op.Shape(kept))
    zero = op.ints(0)
    filled = [
        op.pad(part, op.concat([zero, zero, *([zero] * deep), zero, missing, *([zero] * deep)], 0))
        for part, deep in zip(parts, (1, 0, 0), strict=True)
    ]
    return *filled, op.cast(op.Shape(kept), ir.DataType.FLOAT)


def _decoded(op: TFLiteBuilder, codes: ir.Value, anchors: ir.Value, options: dict[str, float]) -> ir.Value:
    """``[1, n, 4]``: corners y1, x1, y2, x2."""
    scales = [float(options[name]) for name in ("y_scale", "x_scale", "h_scale", "w_scale")]
    moved = op.Div(op.slice(codes, [0], [4], [2]), op.constant(np.asarray(scales, np.float32)))
    centres, sizes = op.slice(anchors, [0], [2], [1]), op.slice(anchors, [2], [4], [1])
    middle = op.Add(op.Mul(op.slice(moved, [0], [2], [2]), sizes), centres)
    half = op.Mul(op.Mul(op.Exp(op.slice(moved, [2], [4], [2])), sizes), op.constant(np.float32(0.5)))
    return op.concat([op.Sub(middle, half), op.Add(middle, half)], 2)
