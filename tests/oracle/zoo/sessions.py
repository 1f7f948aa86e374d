"""SavedModels as TF1 wrote them: reference or resource variables, partitioned, in several shards, two signatures."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import tensorflow as tf

from zoo.cases import Builder, Feeds, SessionCase

v1 = tf.compat.v1


def _network(*, resource: bool) -> dict[str, tuple[dict[str, Any], dict[str, Any]]]:
    """Builds the network in the default graph; signature name to inputs and outputs."""
    partitioner = v1.fixed_size_partitioner(3)
    init = v1.random_uniform_initializer(-0.5, 0.5, seed=5)
    with v1.variable_scope("net", use_resource=resource, initializer=init):
        image = v1.placeholder(tf.float32, [None, 17, 21, 3], name="image")
        training = v1.placeholder_with_default(False, [], name="is_training")
        with tf.device("/cpu:0"):
            kernel = v1.get_variable("kernel", [3, 3, 3, 8])
            moving_mean = v1.get_variable("moving_mean", [8], trainable=False)
        with tf.device("/cpu:1"):
            weights = v1.get_variable("weights", [8, 10], partitioner=partitioner)
            bias = v1.get_variable("bias", [10])
        x = tf.nn.conv2d(image, kernel, 2, "SAME")
        x = tf.nn.relu(x - v1.cond(training, lambda: tf.reduce_mean(x, [0, 1, 2]), lambda: tf.identity(moving_mean)))
        features = tf.reduce_mean(x, [1, 2], name="features")
        logits = tf.nn.bias_add(tf.matmul(features, tf.convert_to_tensor(weights)), bias, name="logits")
        v1.train.GradientDescentOptimizer(0.1).minimize(tf.reduce_sum(logits**2))
    probabilities = tf.nn.softmax(logits, name="probabilities")
    return {
        "serving_default": ({"image": image}, {"probabilities": probabilities}),
        "features": ({"image": image}, {"features": features, "logits": logits}),
    }


def _build(rng: np.random.Generator, *, resource: bool) -> SessionCase:
    def feeds(n: int) -> Feeds:
        return {"image": rng.uniform(-1, 1, (n, 17, 21, 3)).astype(np.float32)}

    return SessionCase(build=partial(_network, resource=resource), feeds=feeds)


BUILDERS: dict[str, Builder] = {
    "session_reference_variables": partial(_build, resource=False),
    "session_resource_variables": partial(_build, resource=True),
}
