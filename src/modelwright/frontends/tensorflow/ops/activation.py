"""Activations and the bias before them."""

from __future__ import annotations

from collections.abc import Callable

import onnx_ir as ir

from modelwright.frontends.tensorflow.builder import TensorFlowBuilder
from modelwright.frontends.tensorflow.operators import tf_op
from modelwright.frontends.tensorflow.ops.convolution_precision import FLOAT_ONLY, in_float
from modelwright.hub.dtypes import INTEGERS

_BFLOAT16 = frozenset({ir.DataType.BFLOAT16})
_SHORT = frozenset({ir.DataType.INT16, ir.DataType.UINT16})
_SAME_MEANING = {
    "Elu": ("Elu", FLOAT_ONLY),
    "Selu": ("Selu", FLOAT_ONLY),
    "Softplus": ("Softplus", FLOAT_ONLY),
    "Softmax": ("Softmax", _BFLOAT16),
    "LogSoftmax": ("LogSoftmax", _BFLOAT16),
}
"""TensorFlow's operator to ONNX's, which has the same defaults (Softmax: the last axis), and the dtypes it lacks."""

Activation = Callable[[TensorFlowBuilder, ir.Value], ir.Value]


def _register(name: str, onnx_name: str, dtypes: frozenset[ir.DataType]) -> None:
    @tf_op(name)
    def activation(op: TensorFlowBuilder, x: ir.Value) -> ir.Value:  # pyright: ignore[reportUnusedFunction]
        return in_float(op, getattr(op, onnx_name), x, dtypes=dtypes)


for _name, _row in _SAME_MEANING.items():
    _register(_name, *_row)


@tf_op("Relu")
def relu(op: TensorFlowBuilder, x: ir.Value) -> ir.Value:
    """``max(x, 0)``, for integers too."""
    if op.attribute_dtype("T") in INTEGERS:
        return _clip(op, x, None)
    return in_float(op, op.Relu, x, dtypes=_BFLOAT16)


@tf_op("Relu6")
def relu6(op: TensorFlowBuilder, x: ir.Value) -> ir.Value:
    """``min(max(x, 0), 6)``."""
    return _clip(op, x, 6)


@tf_op("LeakyRelu")
def leaky_relu(op: TensorFlowBuilder, x: ir.Value, *, alpha: float = 0.2) -> ir.Value:
    """``x`` where positive, else ``alpha * x``."""

    def compute(x: ir.Value) -> ir.Value:
        return op.LeakyRelu(x, alpha=alpha)

    return in_float(op, compute, x)


@tf_op("BiasAdd")
def bias_add(op: TensorFlowBuilder, x: ir.Value, bias: ir.Value, *, data_format: str = "NHWC") -> ir.Value:
    """Adds ``bias`` to the channels: the last axis, or axis 1 for ``NCHW``."""
    if data_format[1] == "C":
        rank = op.need_rank(x)
        bias = op.unsqueeze(bias, list(range(1, rank - 1)))
    return op.Add(x, bias)


@tf_op("BiasAddV1")
def bias_add_v1(op: TensorFlowBuilder, x: ir.Value, bias: ir.Value) -> ir.Value:
    """Adds ``bias`` to the last axis."""
    return op.Add(x, bias)


def _clip(op: TensorFlowBuilder, x: ir.Value, high: float | None) -> ir.Value:
    """Clips at 0 and ``high``; ONNX Runtime has no kernel for 16-bit integers."""

    def compute(x: ir.Value) -> ir.Value:
        return op.clip(x, 0, high)

    return in_float(op, compute, x, dtypes=_SHORT, through=ir.DataType.INT32)
