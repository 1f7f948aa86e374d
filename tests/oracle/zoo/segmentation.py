"""A DeepLab-like segmenter and a U-Net, the two ways of drawing a dense map."""

from __future__ import annotations

from functools import partial
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from zoo.cases import Builder, Feeds, FunctionCase, KerasCase
from zoo.randomize import randomize

HEIGHT, WIDTH, CLASSES = 65, 81, 7


class Segmenter(tf.Module):
    """Strided stem, atrous depthwise blocks, ASPP with image pooling, a decoder with a skip, labels by argmax."""

    def __init__(self, rng: np.random.Generator, *, space_to_batch: bool, align_corners: bool) -> None:
        super().__init__(name="segmenter")
        self._rng = rng
        self._space_to_batch = space_to_batch
        self._align_corners = align_corners
        self._constants: dict[str, tf.Variable] = {}

    def _weight(self, name: str, *shape: int, fan: int) -> tf.Variable:
        if name not in self._constants:
            value = self._rng.normal(0, (2.0 / fan) ** 0.5, shape).astype(np.float32)
            self._constants[name] = tf.Variable(value, name=name)
        return self._constants[name]

    def _norm(self, name: str, x: tf.Tensor) -> tf.Tensor:
        channels = x.shape[-1]
        if f"{name}/mean" not in self._constants:
            low_high = {"mean": (-0.3, 0.3), "variance": (0.5, 1.5), "gamma": (0.7, 1.3), "beta": (-0.3, 0.3)}
            for part, bounds in low_high.items():
                value = self._rng.uniform(*bounds, channels).astype(np.float32)
                self._constants[f"{name}/{part}"] = tf.Variable(value, name=f"{name}/{part}")
        gamma, beta, mean, variance = (self._constants[f"{name}/{p}"] for p in ("gamma", "beta", "mean", "variance"))
        y, *_ = tf.compat.v1.nn.fused_batch_norm(x, gamma, beta, mean, variance, epsilon=1e-3, is_training=False)
        return y

    def _conv(self, name: str, x: tf.Tensor, channels: int, kernel: int = 1, stride: int = 1) -> tf.Tensor:
        weight = self._weight(name, kernel, kernel, x.shape[-1], channels, fan=kernel * kernel * x.shape[-1])
        return tf.nn.relu(self._norm(name, tf.nn.conv2d(x, weight, stride, "SAME")))

    def _atrous(self, name: str, x: tf.Tensor, rate: int) -> tf.Tensor:
        weight = self._weight(name, 3, 3, x.shape[-1], 1, fan=9)
        if not self._space_to_batch:
            y = tf.nn.depthwise_conv2d(x, weight, [1, 1, 1, 1], "SAME", dilations=[rate, rate])
            return tf.nn.relu6(self._norm(name, y))
        height, width = x.shape[1], x.shape[2]
        extra = [-(height + 2 * rate) % rate, -(width + 2 * rate) % rate]
        paddings = [[rate, rate + extra[0]], [rate, rate + extra[1]]]
        y = tf.space_to_batch(x, [rate, rate], paddings)
        y = tf.nn.depthwise_conv2d(y, weight, [1, 1, 1, 1], "VALID")
        y = tf.batch_to_space(y, [rate, rate], [[0, extra[0]], [0, extra[1]]])
        y = tf.ensure_shape(y, [None, height, width, y.shape[-1]])
        return tf.nn.relu6(self._norm(name, y))

    def _resize(self, x: tf.Tensor, height: int, width: int) -> tf.Tensor:
        if self._align_corners:
            return tf.compat.v1.image.resize_bilinear(x, [height, width], align_corners=True)
        return tf.image.resize(x, [height, width], method="bilinear")

    def segment(self, image: tf.Tensor) -> dict[str, tf.Tensor]:
        """(N, H, W, 3) float32 in 0..255 to labels (N, H, W) int64 and scores (N, H, W, C)."""
        x = image * (2.0 / 255.0) - 1.0
        low = self._conv("stem", x, 16, kernel=3, stride=2)
        x = self._conv("down", low, 24, kernel=3, stride=2)
        for index, rate in enumerate((1, 2, 4)):
            y = self._atrous(f"atrous{index}", x, rate) if rate > 1 else self._conv("block", x, 24, kernel=3)
            x += self._conv(f"point{index}", y, 24)
        height, width = x.shape[1], x.shape[2]
        pooled = self._conv("pool", tf.reduce_mean(x, [1, 2], keepdims=True), 16)
        branches = [self._resize(pooled, height, width), self._conv("aspp0", x, 16)]
        branches += [self._conv(f"aspp{rate}", self._atrous(f"aspp_d{rate}", x, rate), 16) for rate in (3, 6)]
        x = self._conv("merge", tf.concat(branches, axis=-1), 24)
        x = tf.concat([self._resize(x, low.shape[1], low.shape[2]), self._conv("skip", low, 8)], axis=3)
        x = self._conv("decode", x, 24, kernel=3)
        weight = self._weight("logits", 1, 1, 24, CLASSES, fan=24)
        logits = self._resize(tf.nn.conv2d(x, weight, 1, "VALID"), HEIGHT, WIDTH)
        return {"labels": tf.argmax(logits, axis=-1), "scores": tf.nn.softmax(logits)}


def _deeplab(rng: np.random.Generator, *, space_to_batch: bool, align_corners: bool) -> FunctionCase:
    module: Any = Segmenter(rng, space_to_batch=space_to_batch, align_corners=align_corners)
    spec = tf.TensorSpec([None, HEIGHT, WIDTH, 3], tf.float32, name="image")

    def feeds(n: int) -> Feeds:
        return {"image": rng.uniform(0, 255, (n, HEIGHT, WIDTH, 3)).astype(np.float32)}

    module.segment(tf.constant(feeds(1)["image"]))
    module.serve = tf.function(module.segment, input_signature=[spec])
    return FunctionCase(module=module, function=module.serve, feeds=feeds)


def _unet(rng: np.random.Generator) -> KerasCase:
    image = keras.Input((48, 64, 3))

    def double(x: Any, channels: int) -> Any:
        for _ in range(2):
            x = layers.Conv2D(channels, 3, padding="same")(x)
            x = layers.LeakyReLU(negative_slope=0.1)(layers.BatchNormalization()(x))
        return x

    skips = []
    x = image
    for channels in (8, 16, 32):
        x = double(x, channels)
        skips.append(x)
        x = layers.MaxPooling2D()(x)
    x = double(x, 48)
    for channels, skip in zip((32, 16, 8), reversed(skips), strict=True):
        kernel = 2 if channels != 16 else 3
        x = layers.Conv2DTranspose(channels, kernel, strides=2, padding="same")(x)
        x = double(layers.Concatenate()([x, skip]), channels)
    x = layers.UpSampling2D(interpolation="nearest")(x)
    x = layers.Conv2DTranspose(4, 3, strides=1, padding="valid")(x)
    model = keras.Model(image, layers.Conv2D(1, 1, activation="sigmoid")(x))

    def feeds(n: int) -> list[np.ndarray]:
        return [rng.uniform(-1, 1, (n, 48, 64, 3)).astype(np.float32)]

    randomize(model, feeds(6)[0], rng)
    return KerasCase(model=model, feeds=feeds)


BUILDERS: dict[str, Builder] = {
    "deeplab_dilations": partial(_deeplab, space_to_batch=False, align_corners=False),
    "deeplab_space_to_batch": partial(_deeplab, space_to_batch=True, align_corners=True),
    "unet": _unet,
}
