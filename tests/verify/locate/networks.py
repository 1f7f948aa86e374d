"""Networks with random weights of realistic scale, whose every layer has an effect on the outputs.

Each function gives an ONNX model with named nodes. The same seed gives the same network.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

OPSET = 17


class Net:
    """A network in the making."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)
        self.nodes: list[onnx.NodeProto] = []
        self.weights: list[onnx.TensorProto] = []

    def weight(self, *shape: int, scale: float | None = None, centre: float = 0.0) -> str:
        """A float32 weight; the scale is that of He initialization unless given."""
        fan = int(np.prod(shape[1:])) if len(shape) > 1 else 1
        spread = (2.0 / fan) ** 0.5 if scale is None else scale
        return self.constant((self.rng.normal(size=shape) * spread + centre).astype(np.float32))

    def constant(self, array: Any) -> str:
        """An initializer."""
        name = f"w{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(np.asarray(array), name))
        return name

    def add(self, op_type: str, *inputs: str, outputs: int = 1, **attributes: Any) -> Any:
        """A node; its outputs' names."""
        name = f"{op_type.lower()}_{len(self.nodes)}"
        made = [f"{name}:{index}" for index in range(outputs)]
        self.nodes.append(helper.make_node(op_type, list(inputs), made, name=name, **attributes))
        return made[0] if outputs == 1 else made

    def conv(
        self, x: str, cin: int, cout: int, size: int = 3, *, stride: int = 1, group: int = 1, bias: bool = False
    ) -> str:
        """Conv with SAME-like padding."""
        pad = size // 2
        w = self.weight(cout, cin // group, size, size)
        extra = [self.weight(cout, scale=0.1)] if bias else []
        return self.add(
            "Conv", x, w, *extra, kernel_shape=[size, size], strides=[stride] * 2, pads=[pad] * 4, group=group
        )

    def norm(self, x: str, channels: int) -> str:
        """BatchNormalization with uneven statistics."""
        gamma, beta = self.weight(channels, scale=0.2, centre=1.0), self.weight(channels, scale=0.2)
        mean = self.weight(channels, scale=0.2)
        var = self.constant(self.rng.uniform(0.5, 1.5, channels).astype(np.float32))
        return self.add("BatchNormalization", x, gamma, beta, mean, var, epsilon=1e-3)

    def linear(self, x: str, cin: int, cout: int) -> str:
        """MatMul and Add."""
        return self.add(
            "Add", self.add("MatMul", x, self.weight(cin, cout, scale=cin**-0.5)), self.weight(cout, scale=0.1)
        )

    def model(self, inputs: dict[str, tuple[int, Sequence[Any]]], outputs: Sequence[str]) -> onnx.ModelProto:
        """The finished model; outputs have no declared shape."""
        graph = helper.make_graph(
            self.nodes,
            "network",
            [helper.make_tensor_value_info(name, dtype, list(shape)) for name, (dtype, shape) in inputs.items()],
            [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in outputs],
            self.weights,
        )
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=8)


def residual(seed: int = 0, *, blocks: int = 8, width: int = 16, size: int = 24) -> onnx.ModelProto:
    """ResNet-like: Conv, BatchNormalization, Relu, shortcuts."""
    net = Net(seed)
    x = net.add("Relu", net.norm(net.conv("image", 3, width), width))
    x = net.add("MaxPool", x, kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1])
    for block in range(blocks):
        grow = block % 4 == 3
        wide = width * 2 if grow else width
        y = net.add("Relu", net.norm(net.conv(x, width, wide, stride=2 if grow else 1), wide))
        y = net.norm(net.conv(y, wide, wide), wide)
        short = net.norm(net.conv(x, width, wide, 1, stride=2), wide) if grow else x
        x = net.add("Relu", net.add("Mul", net.add("Add", y, short), net.constant(np.float32(0.7))))
        width = wide
    x = net.add("Flatten", net.add("GlobalAveragePool", x))
    y = net.add("Gemm", x, net.weight(width, 10, scale=0.2), net.weight(10, scale=0.1), alpha=1.0, beta=1.0)
    return net.model({"image": (TensorProto.FLOAT, ["N", 3, size, size])}, [net.add("Softmax", y, axis=1)])


def mobile(seed: int = 0, *, blocks: int = 6, width: int = 16, size: int = 24) -> onnx.ModelProto:
    """MobileNet-like: depthwise Convs, squeeze and excitation, HardSwish, Clip, LeakyRelu."""
    net = Net(seed)
    x = net.add("HardSwish", net.norm(net.conv("image", 3, width, stride=2), width))
    for block in range(blocks):
        wide = width * 3
        y = net.norm(net.conv(x, width, wide, 1), wide)
        y = (
            net.add("Clip", y, net.constant(np.float32(-1)), net.constant(np.float32(2.5)))
            if block % 2
            else net.add("LeakyRelu", y, alpha=0.1)
        )
        y = net.norm(net.conv(y, wide, wide, 5 if block % 3 else 3, group=wide), wide)
        s = net.conv(net.add("GlobalAveragePool", y), wide, 8, 1, bias=True)
        s = net.add("HardSigmoid", net.conv(net.add("Elu", s, alpha=0.7), 8, wide, 1, bias=True), alpha=0.2, beta=0.4)
        y = net.norm(net.conv(net.add("Mul", y, s), wide, width, 1), width)
        x = net.add("Add", x, y)
    x = net.add("AveragePool", x, kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1], count_include_pad=1)
    x = net.add("ReduceMean", x, axes=[2, 3], keepdims=0)
    return net.model({"image": (TensorProto.FLOAT, ["N", 3, size, size])}, [net.linear(x, width, 7)])


def attention(seed: int = 0, *, layers: int = 3, width: int = 32, heads: int = 4) -> onnx.ModelProto:
    """BERT-like: embeddings, attention, LayerNormalization both as an operator and spelled out, Erf-GELU."""
    net = Net(seed)
    x = net.add("Gather", net.weight(50, width, scale=1.0), "ids", axis=0)
    x = net.add("Add", x, net.weight(9, width, scale=0.5))
    split = net.constant(np.int64([0, 0, heads, width // heads]))
    whole = net.constant(np.int64([0, 0, width]))
    for layer in range(layers):
        q, k, v = (net.add("Reshape", net.linear(x, width, width), split) for _ in range(3))
        q, v = (net.add("Transpose", item, perm=[0, 2, 1, 3]) for item in (q, v))
        scores = net.add("MatMul", q, net.add("Transpose", k, perm=[0, 2, 3, 1]))
        scores = net.add("Mul", scores, net.constant(np.float32((width // heads) ** -0.5)))
        y = net.add("MatMul", net.add("Softmax", scores, axis=-1), v)
        y = net.add("Reshape", net.add("Transpose", y, perm=[0, 2, 1, 3]), whole)
        x = _layer_norm(net, net.add("Add", x, net.linear(y, width, width)), width, spelled=layer % 2 == 1)
        y = net.linear(x, width, 2 * width)
        half = net.add("Mul", y, net.constant(np.float32(0.5)))
        erf = net.add("Erf", net.add("Div", y, net.constant(np.float32(2**0.5))))
        y = net.add("Mul", half, net.add("Add", erf, net.constant(np.float32(1))))
        x = _layer_norm(net, net.add("Add", x, net.linear(y, 2 * width, width)), width, spelled=layer % 2 == 0)
    pooled = net.add("Tanh", net.linear(net.add("ReduceMean", x, axes=[1], keepdims=0), width, width))
    return net.model({"ids": (TensorProto.INT64, ["N", 9])}, [net.linear(pooled, width, 5), net.linear(x, width, 2)])


def _layer_norm(net: Net, x: str, width: int, *, spelled: bool) -> str:
    gamma, beta = net.weight(width, scale=0.2, centre=1.0), net.weight(width, scale=0.2)
    if not spelled:
        return net.add("LayerNormalization", x, gamma, beta, axis=-1, epsilon=1e-5)
    centred = net.add("Sub", x, net.add("ReduceMean", x, axes=[-1], keepdims=1))
    var = net.add("ReduceMean", net.add("Pow", centred, net.constant(np.float32(2))), axes=[-1], keepdims=1)
    std = net.add("Sqrt", net.add("Add", var, net.constant(np.float32(1e-5))))
    return net.add("Add", net.add("Mul", net.add("Div", centred, std), gamma), beta)


def pyramid(seed: int = 0, *, width: int = 12, size: int = 32) -> onnx.ModelProto:
    """U-Net-like with two heads: ConvTranspose, Resize, Concat, InstanceNormalization, PRelu, Split, Pad."""
    net = Net(seed)
    kept, x, cin = [], "image", 3
    for level in range(3):
        wide = width << level
        x = net.add("InstanceNormalization", net.conv(x, cin, wide), *_scales(net, wide), epsilon=1e-3)
        x = net.add("PRelu", x, net.weight(wide, 1, 1, scale=0.1, centre=0.2))
        kept.append((x, wide))
        x = net.add("Relu", net.conv(x, wide, wide, stride=2, bias=True))
        cin = wide
    for level, (skip, wide) in enumerate(reversed(kept)):
        if level % 2:
            w = net.weight(cin, wide, 2, 2, scale=cin**-0.5)
            x = net.add("ConvTranspose", x, w, net.weight(wide, scale=0.1), kernel_shape=[2, 2], strides=[2, 2])
        else:
            scales = net.constant(np.float32([1, 1, 2, 2]))
            x = net.add("Resize", x, "", scales, mode="linear", coordinate_transformation_mode="half_pixel")
            x = net.conv(x, cin, wide, 1, bias=True)
        x = net.add("Concat", x, skip, axis=1)
        x = net.add("LeakyRelu", net.norm(net.conv(x, 2 * wide, wide), wide), alpha=0.2)
        cin = wide
    mask = net.add("Sigmoid", net.conv(x, cin, 2, 1, bias=True))
    low, high = net.add("Split", net.conv(x, cin, 8, bias=True), outputs=2, axis=1)
    box = net.add("Sub", net.add("Exp", net.add("Tanh", low)), net.add("Softplus", high))
    padded = net.add("Pad", box, net.constant(np.int64([0, 0, 1, 0, 0, 0, 0, 1])), net.constant(np.float32(0.3)))
    return net.model({"image": (TensorProto.FLOAT, ["N", 3, size, size])}, [mask, padded])


def _scales(net: Net, channels: int) -> tuple[str, str]:
    return net.weight(channels, scale=0.2, centre=1.0), net.weight(channels, scale=0.2)


def recurrent(seed: int = 0, *, width: int = 12) -> onnx.ModelProto:
    """Conv over time, LSTM in both directions, GRU, and a decision at the end (ArgMax) besides the scores."""
    net = Net(seed)
    x = net.add("Transpose", "series", perm=[0, 2, 1])
    w = net.weight(width, 5, 3)
    x = net.add("Selu", net.add("Conv", x, w, net.weight(width, scale=0.1), kernel_shape=[3], pads=[1, 1]))
    x = net.add("Transpose", x, perm=[2, 0, 1])
    sizes = {"hidden_size": width}
    args = [net.weight(2, 4 * width, width, scale=0.3), net.weight(2, 4 * width, width, scale=0.3)]
    y = net.add("LSTM", x, *args, net.weight(2, 8 * width, scale=0.1), direction="bidirectional", **sizes)
    y = net.add("Reshape", net.add("Transpose", y, perm=[0, 2, 1, 3]), net.constant(np.int64([0, 0, -1])))
    args = [net.weight(1, 3 * width, 2 * width, scale=0.3), net.weight(1, 3 * width, width, scale=0.3)]
    y = net.add("GRU", y, *args, net.weight(1, 6 * width, scale=0.1), linear_before_reset=1, **sizes)
    y = net.add("Squeeze", y, net.constant(np.int64([1])))
    scores = net.linear(net.add("ReduceMax", y, axes=[0], keepdims=0), width, 6)
    return net.model({"series": (TensorProto.FLOAT, ["N", 11, 5])}, [net.add("LogSoftmax", scores, axis=-1), scores])
