"""Keras networks for what the big ones leave out: one and three dimensions, attention, groups, several inputs."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import layers

from zoo.cases import Builder, KerasCase
from zoo.randomize import randomize


def _case(model: Any, rng: np.random.Generator, *shapes: tuple[int, ...]) -> KerasCase:
    def feeds(n: int) -> list[np.ndarray]:
        return [rng.uniform(-1, 1, (n, *shape)).astype(np.float32) for shape in shapes]

    if len(shapes) == 1:
        randomize(model, feeds(6)[0], rng)
    return KerasCase(model=model, feeds=feeds)


def _conv1d(rng: np.random.Generator) -> KerasCase:
    series = keras.Input((61, 4))
    x = layers.Conv1D(12, 5, strides=2, padding="same", activation="relu")(series)
    x = layers.BatchNormalization()(x)
    x = layers.Conv1D(12, 3, padding="causal", dilation_rate=2, activation="tanh")(x) + x
    x = layers.SeparableConv1D(16, 3, padding="valid", activation="gelu")(x)
    x = layers.MaxPooling1D(2, padding="same")(x)
    x = layers.Conv1DTranspose(8, 4, strides=2, padding="same")(x)
    x = layers.AveragePooling1D(3, strides=2)(x)
    x = layers.Concatenate()([layers.GlobalMaxPooling1D()(x), layers.GlobalAveragePooling1D()(x), layers.Flatten()(x)])
    return _case(keras.Model(series, layers.Dense(5, activation="softmax")(x)), rng, (61, 4))


def _conv3d(rng: np.random.Generator) -> KerasCase:
    volume = keras.Input((9, 14, 11, 2))
    x = layers.Conv3D(6, 3, strides=(1, 2, 1), padding="same", use_bias=False)(volume)
    x = layers.ReLU(max_value=6.0)(layers.BatchNormalization()(x))
    x = layers.MaxPooling3D(2, padding="same")(x)
    x = layers.ZeroPadding3D(((1, 0), (0, 1), (2, 1)))(x)
    x = layers.Conv3D(8, (2, 3, 1), padding="valid", activation="softplus")(x)
    dense = layers.Conv3DTranspose(3, 3, strides=2, padding="same")(x)
    x = layers.GlobalAveragePooling3D()(layers.AveragePooling3D((2, 1, 2))(x))
    return _case(keras.Model(volume, [layers.Dense(4)(x), dense]), rng, (9, 14, 11, 2))


def _vision_transformer(rng: np.random.Generator) -> KerasCase:
    image = keras.Input((32, 40, 3))
    x = layers.Conv2D(32, 8, strides=8)(image)
    x = layers.Reshape((20, 32))(x)
    x = x + layers.Embedding(20, 32)(np.arange(20))
    for _ in range(2):
        y = layers.LayerNormalization(epsilon=1e-6)(x)
        x = x + layers.MultiHeadAttention(4, 8)(y, y)
        y = layers.Dense(64, activation="gelu")(layers.LayerNormalization(epsilon=1e-6)(x))
        x = x + layers.Dense(32)(layers.Dropout(0.1)(y))
    x = layers.LayerNormalization()(x)[:, 0]
    return _case(keras.Model(image, layers.Dense(7, activation="softmax")(x)), rng, (32, 40, 3))


def _mixed(rng: np.random.Generator) -> KerasCase:
    image = keras.Input((31, 27, 4), name="image")
    facts = keras.Input((6,), name="facts")
    x = layers.ZeroPadding2D(((2, 0), (1, 3)))(image)
    x = layers.Conv2D(12, 3, groups=2, dilation_rate=2)(x)
    x = layers.PReLU(alpha_initializer=keras.initializers.RandomUniform(0.05, 0.4), shared_axes=(1, 2))(x)
    x = layers.GroupNormalization(groups=3)(x)
    x = layers.Cropping2D(((1, 2), (0, 1)))(x)
    x = layers.DepthwiseConv2D((3, 5), strides=2, depth_multiplier=2, padding="same")(x)
    x = layers.Activation("hard_sigmoid")(x) * layers.Activation("mish")(x)
    x = layers.Resizing(9, 15)(x)
    x = layers.UnitNormalization()(x)
    x = layers.Permute((3, 1, 2))(x)
    pooled = layers.GlobalMaxPooling2D(data_format="channels_first")(x)
    gate = layers.Dense(24, activation="sigmoid")(layers.LayerNormalization()(facts))
    both = layers.Multiply()([pooled, gate])
    both = layers.Concatenate()([both, layers.Maximum()([pooled, gate]), layers.Average()([pooled, gate])])
    score = layers.Dense(3, activation="elu", name="score")(both)
    model = keras.Model([image, facts], {"score": score, "gate": gate})
    return _case(model, rng, (31, 27, 4), (6,))


BUILDERS: dict[str, Builder] = {
    "conv1d": _conv1d,
    "conv3d": _conv3d,
    "vision_transformer": _vision_transformer,
    "mixed_layers": _mixed,
}
