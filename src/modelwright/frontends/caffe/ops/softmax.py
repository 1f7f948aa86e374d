"""Softmax, and losses that contain an activation: that is what they give when no label is there."""

from __future__ import annotations

import onnx_ir as ir

from modelwright.frontends.caffe.builder import CaffeBuilder
from modelwright.frontends.caffe.operators import caffe_layer


@caffe_layer("Softmax", "SoftmaxWithLoss", param="softmax_param", ignores=("engine",))
def softmax(op: CaffeBuilder, x: ir.Value, *, axis: int = 1) -> list[ir.Value]:
    """Softmax along ``axis``; the loss layer's results are all taken to be it."""
    return [op.Softmax(x, axis=op.axis(x, axis))] * op.layer.tops


@caffe_layer("SigmoidCrossEntropyLoss")
def sigmoid_loss(op: CaffeBuilder, x: ir.Value) -> list[ir.Value]:
    """The sigmoid in the loss."""
    return [op.Sigmoid(x)] * op.layer.tops
