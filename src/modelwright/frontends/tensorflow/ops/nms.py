"""Non-maximum suppression: boxes that overlap a better one are dropped."""

from __future__ import annotations

import onnx_ir as ir

from modelwright.frontends.tensorflow.builder import TensorFlowBuilder
from modelwright.frontends.tensorflow.operators import tf_op


@tf_op("NonMaxSuppression")
def non_max_suppression(
    op: TensorFlowBuilder,
    boxes: ir.Value,
    scores: ir.Value,
    max_output_size: ir.Value,
    *,
    iou_threshold: float = 0.5,
) -> ir.Value:
    """Indices of the boxes kept, the best score first, int32."""
    return _select(op, boxes, scores, max_output_size, op.scalar(iou_threshold, _float(op, scores)), None)


@tf_op("NonMaxSuppressionV2")
def non_max_suppression_v2(
    op: TensorFlowBuilder, boxes: ir.Value, scores: ir.Value, max_output_size: ir.Value, iou_threshold: ir.Value
) -> ir.Value:
    """``NonMaxSuppression`` with a tensor for the threshold."""
    return _select(op, boxes, scores, max_output_size, iou_threshold, None)


@tf_op("NonMaxSuppressionV3")
def non_max_suppression_v3(
    op: TensorFlowBuilder,
    boxes: ir.Value,
    scores: ir.Value,
    max_output_size: ir.Value,
    iou_threshold: ir.Value,
    score_threshold: ir.Value,
) -> ir.Value:
    """``NonMaxSuppressionV2`` that drops boxes without a score above ``score_threshold``."""
    return _select(op, boxes, scores, max_output_size, iou_threshold, score_threshold)


@tf_op("NonMaxSuppressionV4")
def non_max_suppression_v4(
    op: TensorFlowBuilder,
    boxes: ir.Value,
    scores: ir.Value,
    max_output_size: ir.Value,
    iou_threshold: ir.Value,
    score_threshold: ir.Value,
    *,
    pad_to_max_output_size: bool = False,
) -> tuple[ir.Value, ...]:
    """Indices, padded with zeros to ``max_output_size`` if asked for, and how many of them count."""
    selected = _select(op, boxes, scores, max_output_size, iou_threshold, score_threshold)
    kept = selected if not pad_to_max_output_size else _padded(op, selected, max_output_size)
    return (kept, _count(op, selected)) if op.node.outputs > 1 else (kept,)


@tf_op("NonMaxSuppressionV5")
def non_max_suppression_v5(
    op: TensorFlowBuilder,
    boxes: ir.Value,
    scores: ir.Value,
    max_output_size: ir.Value,
    iou_threshold: ir.Value,
    score_threshold: ir.Value,
    soft_nms_sigma: ir.Value,
    *,
    pad_to_max_output_size: bool = False,
) -> tuple[ir.Value, ...]:
    """Indices, their scores and how many count; scores that decay with overlap have no ONNX form."""
    if float(op.need_constant(soft_nms_sigma, "soft_nms_sigma")) != 0:
        raise op.fail("soft suppression has no ONNX form", hint="cut the graph before this node with --outputs")
    selected = _select(op, boxes, scores, max_output_size, iou_threshold, score_threshold)
    values = op.gather(scores, selected)
    kept = selected
    if pad_to_max_output_size:
        kept, values = _padded(op, selected, max_output_size), _padded(op, values, max_output_size)
    return (kept, values, _count(op, selected))[: op.node.outputs]


def _select(
    op: TensorFlowBuilder,
    boxes: ir.Value,
    scores: ir.Value,
    max_output_size: ir.Value,
    iou_threshold: ir.Value,
    score_threshold: ir.Value | None,
) -> ir.Value:
    """Indices of the boxes kept, int32; boxes are two opposite corners, of shape ``[n, 4]``."""
    found = op.NonMaxSuppression(
        op.unsqueeze(_float(op, boxes), [0]),
        op.unsqueeze(_float(op, scores), [0, 1]),
        op.cast(max_output_size, ir.DataType.INT64),
        _float(op, iou_threshold),
        None if score_threshold is None else _float(op, score_threshold),
    )
    return op.cast(op.gather(found, 2, axis=1), ir.DataType.INT32)


def _float(op: TensorFlowBuilder, x: ir.Value) -> ir.Value:
    return op.cast(x, ir.DataType.FLOAT)


def _padded(op: TensorFlowBuilder, x: ir.Value, size: ir.Value) -> ir.Value:
    """A vector filled up with zeros."""
    missing = op.Sub(op.reshape(op.cast(size, ir.DataType.INT64), [1]), op.shape_of(x))
    return op.pad(x, op.concat([op.ints(0), missing], 0))


def _count(op: TensorFlowBuilder, x: ir.Value) -> ir.Value:
    return op.cast(op.squeeze(op.shape_of(x), [0]), ir.DataType.INT32)
