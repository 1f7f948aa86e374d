"""Convolutions and products that TensorFlow's own optimizer merged with what follows them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import onnx_ir as ir

from modelwright.frontends.tensorflow.builder import TensorFlowBuilder
from modelwright.frontends.tensorflow.operators import tf_op
from modelwright.frontends.tensorflow.ops.activation import bias_add, leaky_relu, relu, relu6
from modelwright.frontends.tensorflow.ops.convolution import conv2d, depthwise_conv2d
from modelwright.frontends.tensorflow.ops.normalization import fused_batch_norm

_PLAIN: dict[str, str] = {"Elu": "Elu", "Sigmoid": "Sigmoid", "Tanh": "Tanh"}
_IGNORED = ("num_args", "num_host_args", "TArgs", "use_cudnn_on_gpu", "filter_format")


@tf_op("_FusedConv2D", "_FusedDepthwiseConv2dNative", ignores=_IGNORED)
def fused_conv2d(
    op: TensorFlowBuilder,
    x: ir.Value,
    weights: ir.Value,
    *args: ir.Value,
    strides: Sequence[int],
    padding: str,
    fused_ops: Sequence[str] = (),
    explicit_paddings: Sequence[int] = (),
    data_format: str = "NHWC",
    dilations: Sequence[int] = (1, 1, 1, 1),
    epsilon: float = 0.0001,
    leakyrelu_alpha: float = 0.2,
) -> ir.Value:
    """A convolution, then ``fused_ops``: a bias or a normalization with ``args``, and an activation."""
    convolution: Callable[..., ir.Value] = conv2d if op.node.op_type == "_FusedConv2D" else depthwise_conv2d
    y = convolution(
        op,
        x,
        weights,
        strides=strides,
        padding=padding,
        explicit_paddings=explicit_paddings,
        data_format=data_format,
        dilations=dilations,
    )
    return _apply(op, y, args, fused_ops, data_format=data_format, epsilon=epsilon, alpha=leakyrelu_alpha)


@tf_op("_FusedMatMul", ignores=("num_args", "TArgs"))
def fused_mat_mul(
    op: TensorFlowBuilder,
    a: ir.Value,
    b: ir.Value,
    *args: ir.Value,
    transpose_a: bool = False,
    transpose_b: bool = False,
    fused_ops: Sequence[str] = (),
    epsilon: float = 0.0001,
    leakyrelu_alpha: float = 0.2,
) -> ir.Value:
    """The product of two matrices, then ``fused_ops``."""
    left, right = (op.transpose(x, [1, 0]) if turned else x for x, turned in ((a, transpose_a), (b, transpose_b)))
    y = op.MatMul(left, right)
    return _apply(op, y, args, fused_ops, data_format="NHWC", epsilon=epsilon, alpha=leakyrelu_alpha)


def _apply(
    op: TensorFlowBuilder,
    y: ir.Value,
    args: Sequence[ir.Value],
    fused_ops: Sequence[str],
    *,
    data_format: str,
    epsilon: float,
    alpha: float,
) -> ir.Value:
    """Applies operators in order; those with operands take them from ``args``."""
    rest = list(args)
    for name in fused_ops:
        if name == "BiasAdd":
            y = bias_add(op, y, rest.pop(0), data_format=data_format)
        elif name == "Add":
            y = op.Add(y, rest.pop(0))
        elif name == "FusedBatchNorm":
            statistics, rest = rest[:4], rest[4:]
            options = {"epsilon": epsilon, "data_format": data_format, "is_training": False}
            y = fused_batch_norm(op, y, *statistics, **options)[0]
        else:
            y = _activate(op, y, name, alpha)
    return y


def _activate(op: TensorFlowBuilder, y: ir.Value, name: str, alpha: float) -> ir.Value:
    if name == "LeakyRelu":
        return leaky_relu(op, y, alpha=alpha)
    if name in ("Relu", "Relu6"):
        return relu(op, y) if name == "Relu" else relu6(op, y)
    if name not in _PLAIN:
        raise op.fail(f"is merged with {name}, which is not known", hint="export the graph before it is optimized")
    return getattr(op, _PLAIN[name])(y)
