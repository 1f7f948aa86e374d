"""Builds TF1 graphs with constant weights, as a frozen slim network has them."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf

v1 = tf.compat.v1

EPSILON = 1e-3


class GraphLayers:
    """Convolutions and normalizations whose weights come from one generator, in one data format.

    Two builders with generators of the same seed and different data formats draw the same weights.
    """

    def __init__(self, rng: np.random.Generator, data_format: str = "NHWC") -> None:
        self.rng = rng
        self.data_format = data_format
        self._channel_axis = 3 if data_format == "NHWC" else 1

    def constant(self, name: str, *shape: int, low: float = -0.5, high: float = 0.5) -> Any:
        """A float32 constant read through an Identity, which is what freezing leaves of a variable."""
        value = tf.constant(self.rng.uniform(low, high, shape).astype(np.float32), name=name)
        return tf.identity(value, name=f"{name}/read")

    def spatial(self, height: int, width: int) -> list[int]:
        """[1, height, width, 1] in the order of the data format."""
        return [1, height, width, 1] if self.data_format == "NHWC" else [1, 1, height, width]

    def conv(self, name: str, x: Any, channels: int, kernel: int, stride: int = 1, padding: Any = "SAME") -> Any:
        """Convolution with bias; an explicit padding is ((top, bottom), (left, right))."""
        fan = kernel * kernel * x.shape[self._channel_axis]
        bound = (6.0 / fan) ** 0.5
        weight = self.constant(f"{name}/weights", kernel, kernel, fan // kernel**2, channels, low=-bound, high=bound)
        if not isinstance(padding, str):
            pads = [[0, 0], *map(list, padding), [0, 0]]
            padding = pads if self.data_format == "NHWC" else [pads[0], pads[3], pads[1], pads[2]]
        y = tf.nn.conv2d(
            x, weight, self.spatial(stride, stride), padding, data_format=self.data_format, name=f"{name}/Conv2D"
        )
        bias = self.constant(f"{name}/biases", channels)
        return tf.nn.bias_add(y, bias, data_format=self.data_format, name=f"{name}/BiasAdd")

    def depthwise(self, name: str, x: Any, multiplier: int = 1, stride: int = 1) -> Any:
        """3 x 3 depthwise convolution without bias."""
        weight = self.constant(f"{name}/depthwise_weights", 3, 3, int(x.shape[self._channel_axis]), multiplier)
        strides = self.spatial(stride, stride)
        return tf.nn.depthwise_conv2d(
            x, weight, strides, "SAME", data_format=self.data_format, name=f"{name}/depthwise"
        )

    def fused_norm(self, name: str, x: Any, version: str = "V3") -> Any:
        """FusedBatchNorm of the given version ("" for the first), in inference mode."""
        channels = int(x.shape[self._channel_axis])
        scale = self.constant(f"{name}/gamma", channels, low=0.7, high=1.3)
        offset = self.constant(f"{name}/beta", channels)
        mean = self.constant(f"{name}/moving_mean", channels)
        variance = self.constant(f"{name}/moving_variance", channels, low=0.5, high=1.5)
        operator = getattr(tf.raw_ops, f"FusedBatchNorm{version}")
        return operator(
            x=x, scale=scale, offset=offset, mean=mean, variance=variance, epsilon=EPSILON,
            data_format=self.data_format, is_training=False, name=f"{name}/FusedBatchNorm{version}",
        ).y  # fmt: skip

    def primitive_norm(self, name: str, x: Any) -> Any:
        """The batch normalization of old slim: rsqrt, mul, mul, sub, add."""
        channels = int(x.shape[3])
        beta = self.constant(f"{name}/beta", channels)
        gamma = self.constant(f"{name}/gamma", channels, low=0.7, high=1.3)
        mean = self.constant(f"{name}/moving_mean", channels)
        variance = self.constant(f"{name}/moving_variance", channels, low=0.5, high=1.5)
        inverse = tf.math.rsqrt(variance + EPSILON, name=f"{name}/batchnorm/Rsqrt") * gamma
        return tf.add(x * inverse, beta - mean * inverse, name=f"{name}/batchnorm/add_1")

    def dense(self, name: str, x: Any, units: int) -> Any:
        """MatMul and BiasAdd."""
        weight = self.constant(f"{name}/weights", int(x.shape[-1]), units)
        return tf.nn.bias_add(tf.matmul(x, weight, name=f"{name}/MatMul"), self.constant(f"{name}/biases", units))
