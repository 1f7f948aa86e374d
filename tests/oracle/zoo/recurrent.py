"""Keras LSTM and GRU networks: While loops over TensorLists, with and without a mask."""

from __future__ import annotations

from functools import partial
from typing import Any

import keras
import numpy as np
from keras import layers

from zoo.cases import Builder, KerasCase

STEPS, FEATURES, VOCABULARY = 13, 6, 37


def _randomize_biases(model: Any, rng: np.random.Generator) -> None:
    for weight in model.weights:
        if weight.path.endswith("bias"):
            weight.assign(rng.normal(0, 0.3, weight.shape).astype(np.float32))


def _series(rng: np.random.Generator, *, kind: str) -> KerasCase:
    """A series (N, T, F) with a dynamic T through a bidirectional layer and one that gives its last step."""
    layer = {"lstm": layers.LSTM, "gru": layers.GRU}[kind]
    series = keras.Input((None, FEATURES))
    x = layers.Bidirectional(layer(10, return_sequences=True))(series)
    x = layer(7)(x)
    model = keras.Model(series, layers.Dense(4, activation="softmax")(x))
    _randomize_biases(model, rng)

    def feeds(n: int) -> list[np.ndarray]:
        return [rng.normal(0, 1, (n, STEPS, FEATURES)).astype(np.float32)]

    return KerasCase(model=model, feeds=feeds)


def _tokens(rng: np.random.Generator, *, kind: str) -> KerasCase:
    """Token ids (N, T), zero masked, through an embedding and a masked layer with a fixed T."""
    layer = {"lstm": layers.LSTM, "gru": partial(layers.GRU, reset_after=False)}[kind]
    tokens = keras.Input((STEPS,), dtype="int32")
    x = layers.Embedding(VOCABULARY, 8, mask_zero=True)(tokens)
    sequence = layer(9, return_sequences=True, activation="relu")(x)
    x = layer(5, go_backwards=True)(sequence)
    model = keras.Model(tokens, [layers.Dense(3)(x), sequence])
    _randomize_biases(model, rng)

    def feeds(n: int) -> list[np.ndarray]:
        ids = rng.integers(1, VOCABULARY, (n, STEPS)).astype(np.int32)
        lengths = rng.integers(STEPS // 2, STEPS + 1, (n, 1))
        return [np.where(np.arange(STEPS) < lengths, ids, 0).astype(np.int32)]

    return KerasCase(model=model, feeds=feeds)


BUILDERS: dict[str, Builder] = {
    "lstm": partial(_series, kind="lstm"),
    "gru": partial(_series, kind="gru"),
    "lstm_masked": partial(_tokens, kind="lstm"),
    "gru_masked": partial(_tokens, kind="gru"),
}
