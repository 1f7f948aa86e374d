"""Non-maximum suppression over the classes and images of a batch."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from modelwright.frontends.tensorflow.builder import TensorFlowBuilder
from modelwright.frontends.tensorflow.operators import tf_op

_NONE = -np.inf


@tf_op("CombinedNonMaxSuppression")
def combined_non_max_suppression(
    op: TensorFlowBuilder,
    boxes: ir.Value,
    scores: ir.Value,
    max_output_size_per_class: ir.Value,
    max_total_size: ir.Value,
    iou_threshold: ir.Value,
    score_threshold: ir.Value,
    *,
    pad_per_class: bool = False,
    clip_boxes: bool = True,
) -> tuple[ir.Value, ...]:
    """The best boxes of every image over all classes.

    Args:
        op: The builder.
        boxes: ``[images, boxes, classes or 1, 4]``, float32.
        scores: ``[images, boxes, classes]``.
        max_output_size_per_class: Boxes kept of each class; a constant.
        max_total_size: Boxes kept of each image; a constant.
        iou_threshold: Overlap from which the worse box is dropped.
        score_threshold: Boxes need a better score.
        pad_per_class: Give ``max_output_size_per_class * classes`` results if that is less than ``max_total_size``.
        clip_boxes: Clip the results to 0 .. 1.

    Returns:
        Boxes ``[images, n, 4]``, scores and classes ``[images, n]``, all filled up with zeros, and the number of boxes
        of each image, int32.
    """
    sizes = [int(op.need_constant(size, "the size")) for size in (max_output_size_per_class, max_total_size)]
    shape, scored = op.shape(boxes), op.shape(scores)
    classes = scored[2] if scored is not None else None
    if shape is None or shape[2] not in (1, classes) or not isinstance(classes, int):
        raise op.fail("the number of classes is unknown", hint="give the input's shape with --inputs name[...]")
    total = min(sizes[1], sizes[0] * classes) if pad_per_class else sizes[1]
    by_class = op.transpose(scores, [0, 2, 1])
    limits = op.ints(sizes[0]), iou_threshold, score_threshold
    kept = _kept_scores(op, boxes, by_class, limits, shared=shape[2] == 1)
    padded = op.pad(kept, [0, 0, 0, total], value=op.scalar(_NONE, kept))
    best, places = op.TopK(padded, op.ints(total), axis=1, outputs=2)
    valid = op.Greater(best, op.scalar(_NONE, best))
    found = op.Where(valid, places, op.constant(np.zeros(1, np.int64)))
    count = op.dim_of(boxes, 1)
    label = op.Div(found, count)
    row = op.Sub(found, op.Mul(label, count))
    flat = op.reshape(boxes, [0, -1, 4])
    if shape[2] != 1:
        row = op.Add(op.Mul(row, op.ints(classes)), label)
    chosen = op.GatherND(flat, op.unsqueeze(row, [2]), batch_dims=1)
    if clip_boxes:
        chosen = op.clip(chosen, 0, 1)
    zero = op.scalar(0, best)
    return (
        op.Where(op.unsqueeze(valid, [2]), chosen, zero),
        op.Where(valid, best, zero),
        op.Where(valid, op.cast(label, ir.DataType.FLOAT), zero),
        op.reduce("ReduceSum", op.cast(valid, ir.DataType.INT32), [1], keepdims=False),
    )


def _kept_scores(
    op: TensorFlowBuilder,
    boxes: ir.Value,
    by_class: ir.Value,
    limits: tuple[ir.Value, ir.Value, ir.Value],
    *,
    shared: bool,
) -> ir.Value:
    """``[images, classes * boxes]``: the scores of boxes kept, minus infinity elsewhere.

    Args:
        op: The builder.
        boxes: ``[images, boxes, classes or 1, 4]``.
        by_class: Scores, ``[images, classes, boxes]``.
        limits: Inputs of NonMaxSuppression after the scores.
        shared: All classes have the same boxes.
    """
    if shared:
        layout = by_class
        found = op.NonMaxSuppression(op.squeeze(boxes, [2]), layout, *limits)
    else:
        rows = op.dim_of(boxes, 1)
        minus, one, four = op.ints(-1), op.ints(1), op.ints(4)
        each = op.reshape(op.transpose(boxes, [0, 2, 1, 3]), op.concat([minus, rows, four], 0))
        layout = op.reshape(by_class, op.concat([minus, one, rows], 0))
        found = op.NonMaxSuppression(each, layout, *limits)
    nothing = op.Expand(op.scalar(_NONE, by_class), op.shape_of(layout))
    dense = op.ScatterND(nothing, found, op.GatherND(layout, found))
    images = op.dim_of(by_class, 0)
    return op.reshape(dense, op.concat([images, op.ints(-1)], 0))
