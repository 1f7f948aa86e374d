"""Activations fused into other operators."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from modelwright.frontends.tflite.builder import TFLiteBuilder


def activate(op: TFLiteBuilder, x: ir.Value, name: str) -> ir.Value:
    """The fused activation of that name.

    Raises:
        ConversionError: It has no ONNX form.
    """
    if name == "NONE":
        return x
    if name == "RELU":
        return op.Relu(x)
    if name in BOUNDS:
        return op.Clip(x, *(op.constant(np.asarray(bound, op.dtype(x).numpy())) for bound in BOUNDS[name]))
    if name == "TANH":
        return op.Tanh(x)
    raise op.fail(f"has the fused activation {name}")


BOUNDS = {"RELU6": (0, 6), "RELU_N1_TO_1": (-1, 1), "RELU_0_TO_1": (0, 1)}
"""Activations that clip, with their bounds."""
