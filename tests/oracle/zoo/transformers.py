"""A BERT-like encoder with a dynamic batch and a dynamic sequence length, its attention written in two ways."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import tensorflow as tf

from zoo.cases import Builder, Feeds, FunctionCase

VOCABULARY = 211
POSITIONS = 64
WIDTH = 48
HEADS = 4
BLOCKS = 2
SEQUENCE = 17
DEPTH = WIDTH // HEADS


class Encoder(tf.Module):
    """Token, position and segment embeddings, `BLOCKS` blocks of attention and erf GELU, and a tanh pooler."""

    def __init__(self, rng: np.random.Generator, *, einsum: bool) -> None:
        super().__init__(name="encoder")
        self._rng = rng
        self._einsum = einsum
        self.words = self._variable("words", VOCABULARY, WIDTH)
        self.positions = self._variable("positions", POSITIONS, WIDTH)
        self.segments = self._variable("segments", 2, WIDTH)
        self.weights = {}
        self._norm("embeddings/norm")
        for block in range(BLOCKS):
            self._block_weights(f"block{block}")
        self._dense("pooler", WIDTH, WIDTH)

    def _variable(self, name: str, *shape: int) -> tf.Variable:
        return tf.Variable(self._rng.normal(0, 0.3, shape).astype(np.float32), name=name)

    def _dense(self, name: str, *shape: int) -> None:
        self.weights[f"{name}/kernel"] = self._variable(f"{name}/kernel", *shape)
        self.weights[f"{name}/bias"] = self._variable(f"{name}/bias", *shape[1:])

    def _norm(self, name: str) -> None:
        gamma = self._rng.uniform(0.7, 1.3, WIDTH).astype(np.float32)
        self.weights[f"{name}/gamma"] = tf.Variable(gamma, name=f"{name}/gamma")
        self.weights[f"{name}/beta"] = self._variable(f"{name}/beta", WIDTH)

    def _block_weights(self, name: str) -> None:
        heads = (HEADS, DEPTH) if self._einsum else (WIDTH,)
        for part in ("query", "key", "value"):
            self._dense(f"{name}/{part}", WIDTH, *heads)
        self._dense(f"{name}/output", WIDTH, WIDTH)
        self._norm(f"{name}/attention_norm")
        self._dense(f"{name}/widen", WIDTH, 4 * WIDTH)
        self._dense(f"{name}/narrow", 4 * WIDTH, WIDTH)
        self._norm(f"{name}/norm")

    def _apply(self, name: str, x: tf.Tensor) -> tf.Tensor:
        return tf.nn.bias_add(tf.tensordot(x, self.weights[f"{name}/kernel"], 1), self.weights[f"{name}/bias"])

    def _normalize(self, name: str, x: tf.Tensor) -> tf.Tensor:
        mean, variance = tf.nn.moments(x, axes=[-1], keepdims=True)
        gamma, beta = self.weights[f"{name}/gamma"], self.weights[f"{name}/beta"]
        return tf.nn.batch_normalization(x, mean, variance, beta, gamma, 1e-12)

    def _split(self, name: str, x: tf.Tensor) -> tf.Tensor:
        shape = tf.shape(x)
        parts = tf.reshape(self._apply(name, x), [shape[0], shape[1], HEADS, DEPTH])
        return tf.transpose(parts, [0, 2, 1, 3])

    def _attend_matmul(self, name: str, x: tf.Tensor, bias: tf.Tensor) -> tf.Tensor:
        query, key, value = (self._split(f"{name}/{part}", x) for part in ("query", "key", "value"))
        scores = tf.matmul(query, key, transpose_b=True) / tf.sqrt(tf.cast(DEPTH, tf.float32))
        context = tf.transpose(tf.matmul(tf.nn.softmax(scores + bias), value), [0, 2, 1, 3])
        shape = tf.shape(x)
        return tf.reshape(context, [shape[0], shape[1], WIDTH])

    def _attend_einsum(self, name: str, x: tf.Tensor, bias: tf.Tensor) -> tf.Tensor:
        def project(part: str) -> tf.Tensor:
            kernel = self.weights[f"{name}/{part}/kernel"]
            return tf.einsum("abc,cde->abde", x, kernel) + self.weights[f"{name}/{part}/bias"]

        query = project("query") * (DEPTH**-0.5)
        scores = tf.einsum("aecd,abcd->acbe", project("key"), query)
        context = tf.einsum("acbe,aecd->abcd", tf.nn.softmax(scores + bias), project("value"))
        shape = tf.shape(x)
        return tf.reshape(context, tf.stack([shape[0], shape[1], WIDTH]))

    def encode(self, ids: tf.Tensor, mask: tf.Tensor, segments: tf.Tensor) -> dict[str, tf.Tensor]:
        """(N, L) int32 three times to the sequence (N, L, W) and the pooled vector (N, W)."""
        length = tf.shape(ids)[1]
        x = tf.gather(self.words, ids) + self.positions[tf.newaxis, :length]
        x += tf.matmul(tf.one_hot(segments, 2), tf.expand_dims(self.segments, 0))
        x = self._normalize("embeddings/norm", x)
        bias = (1.0 - tf.cast(mask, tf.float32)[:, tf.newaxis, tf.newaxis, :]) * -10000.0
        attend = self._attend_einsum if self._einsum else self._attend_matmul
        for block in range(BLOCKS):
            name = f"block{block}"
            attended = self._apply(f"{name}/output", attend(name, x, bias))
            x = self._normalize(f"{name}/attention_norm", x + attended)
            hidden = tf.nn.gelu(self._apply(f"{name}/widen", x), approximate=not self._einsum and block == 1)
            x = self._normalize(f"{name}/norm", x + self._apply(f"{name}/narrow", hidden))
        pooled = tf.tanh(self._apply("pooler", tf.squeeze(x[:, 0:1, :], axis=1)))
        return {"sequence": x, "pooled": pooled}


def _build(rng: np.random.Generator, *, einsum: bool) -> FunctionCase:
    module: Any = Encoder(rng, einsum=einsum)
    specs = [tf.TensorSpec([None, None], tf.int32, name=name) for name in ("ids", "mask", "segments")]
    module.serve = tf.function(module.encode, input_signature=specs)

    def feeds(n: int) -> Feeds:
        length = SEQUENCE + 3 * n
        lengths = rng.integers(length // 2, length + 1, (n, 1))
        return {
            "ids": rng.integers(0, VOCABULARY, (n, length)).astype(np.int32),
            "mask": (np.arange(length) < lengths).astype(np.int32),
            "segments": (np.arange(length) >= lengths // 2).astype(np.int32),
        }

    return FunctionCase(module=module, function=module.serve, feeds=feeds)


BUILDERS: dict[str, Builder] = {
    "bert_matmul": partial(_build, einsum=False),
    "bert_einsum": partial(_build, einsum=True),
}
