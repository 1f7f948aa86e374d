"""NCHW graphs. TensorFlow on a CPU cannot run them, so a twin in NHWC with the same weights gives the reference."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import tensorflow as tf

from zoo.cases import Builder, Feeds, GraphCase
from zoo.exporting import run_graph
from zoo.layer_builder import GraphLayers

v1 = tf.compat.v1

HEIGHT, WIDTH = 33, 38


def _network(seed: int, data_format: str, *, mixed: bool) -> Any:
    """The GraphDef of one network; `mixed` adds a tail that goes through NHWC and back by Transpose."""
    make = GraphLayers(np.random.default_rng(seed), data_format)
    first = data_format == "NCHW"

    def pool(operator: Any, x: Any, size: int, stride: int, padding: str) -> Any:
        return operator(x, make.spatial(size, size), make.spatial(stride, stride), padding, data_format=data_format)

    graph = tf.Graph()
    with graph.as_default():
        x = v1.placeholder(tf.float32, [None, 3, HEIGHT, WIDTH] if first else [None, HEIGHT, WIDTH, 3], name="input")
        x = tf.nn.relu(make.fused_norm("bn1", make.conv("conv1", x, 12, 5, 2, "SAME")))
        x = pool(tf.nn.max_pool2d, x, 3, 2, "SAME")
        y = make.conv("conv2", x, 12, 3, 1, ((0, 2), (1, 1)))
        x = x + tf.nn.relu(make.fused_norm("bn2", y, "V2"))
        x = pool(tf.nn.avg_pool2d, x, 2, 1, "SAME")
        x = tf.concat([x, make.conv("conv3", x, 5, 1)], 1 if first else 3)
        if mixed:
            inner = tf.transpose(x, [0, 2, 3, 1]) if first else x
            inner = tf.nn.softmax(inner * 0.5) + tf.nn.l2_normalize(inner, -1)
            x = tf.transpose(inner, [0, 3, 1, 2]) if first else inner
            x = make.conv("conv4", x, 6, 3, 2, "VALID")
        axes = [2, 3] if first else [1, 2]
        tf.nn.softmax(make.dense("fc", tf.reduce_mean(x, axes), 8), name="predictions")
        tf.identity(x, name="features")
    return graph.as_graph_def()


def _build(rng: np.random.Generator, *, mixed: bool) -> GraphCase:
    seed = int(rng.integers(1 << 30))
    twin = _network(seed, "NHWC", mixed=mixed)
    outputs = ("predictions:0", "features:0")

    def reference(feeds: Feeds) -> Feeds:
        results = run_graph(twin, {"input:0": feeds["input:0"].transpose(0, 2, 3, 1)}, outputs)
        return results | {"features:0": results["features:0"].transpose(0, 3, 1, 2)}

    def feeds(n: int) -> Feeds:
        return {"input:0": rng.uniform(-1, 1, (n, 3, HEIGHT, WIDTH)).astype(np.float32)}

    definition = _network(seed, "NCHW", mixed=mixed)
    return GraphCase(graph_def=definition, inputs=("input:0",), outputs=outputs, feeds=feeds, reference=reference)


BUILDERS: dict[str, Builder] = {
    "nchw_plain": partial(_build, mixed=False),
    "nchw_mixed": partial(_build, mixed=True),
}
