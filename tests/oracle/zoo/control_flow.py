"""tf.cond and tf.while_loop, both as functions (If, While) and as TF1 wrote them (Switch, Merge, Enter, Exit)."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import tensorflow as tf

from zoo.cases import Builder, Feeds, FunctionCase

WIDTH = 5


class Branches(tf.Module):
    """Two conditions, one inside the other, on values the graph computes."""

    def __init__(self, rng: np.random.Generator) -> None:
        super().__init__(name="branches")
        self.weight = tf.Variable(rng.normal(0, 0.6, (WIDTH, WIDTH)).astype(np.float32), name="weight")

    def compute(self, x: tf.Tensor, threshold: tf.Tensor) -> dict[str, tf.Tensor]:
        """(N, 5) and a scalar to (N, 5) and the largest value."""
        total = tf.reduce_sum(x)

        def high() -> tf.Tensor:
            return tf.cond(total > 2.0 * threshold, lambda: tf.tanh(x), lambda: x @ self.weight + threshold)

        y = tf.cond(total > threshold, high, lambda: tf.nn.relu(x) - 1.0)
        choice = tf.clip_by_value(tf.cast(tf.abs(total), tf.int32), 0, 2)
        z = tf.switch_case(choice, [lambda: y + 1.0, lambda: y * 3.0, lambda: tf.transpose(tf.transpose(y) - 2.0)])
        return {"y": z, "largest": tf.reduce_max(z)}


class Loops(tf.Module):
    """A loop over a counter, one that stops on a computed value, and one that gathers its steps in a TensorArray."""

    def __init__(self, rng: np.random.Generator) -> None:
        super().__init__(name="loops")
        self.weight = tf.Variable(rng.normal(0, 0.5, (WIDTH, WIDTH)).astype(np.float32), name="weight")

    def compute(self, x: tf.Tensor, steps: tf.Tensor) -> dict[str, tf.Tensor]:
        """(N, 5) float32 and a scalar int32 to the state after the steps, the halvings and every state."""
        _, state = tf.while_loop(
            lambda i, _: i < steps, lambda i, s: (i + 1, tf.tanh(s @ self.weight + x)), [tf.constant(0), x]
        )
        halvings, _ = tf.while_loop(
            lambda _, s: tf.reduce_max(s) > 0.1, lambda k, s: (k + 1, s * 0.5), [tf.constant(0), tf.abs(x) + 1.0]
        )
        states = tf.TensorArray(tf.float32, size=4, element_shape=x.shape)
        _, _, states = tf.while_loop(
            lambda i, *_: i < 4,
            lambda i, s, a: (i + 1, tf.sin(s) + 0.1, a.write(i, s)),
            [tf.constant(0), x, states],
        )
        return {"state": state, "halvings": halvings, "states": tf.transpose(states.stack(), [1, 0, 2])}


def _branches(rng: np.random.Generator, *, lower: bool) -> FunctionCase:
    module: Any = Branches(rng)
    specs = [tf.TensorSpec([None, WIDTH], tf.float32, name="x"), tf.TensorSpec([], tf.float32, name="threshold")]
    module.serve = tf.function(module.compute, input_signature=specs)

    def feeds(n: int) -> Feeds:
        x = rng.normal(0.3, 1, (n, WIDTH)).astype(np.float32)
        # One sample takes the inner branch, three the outer: both ways are walked.
        factor = 0.75 if n == 1 else 2.0
        return {"x": x, "threshold": np.float32(factor * x.sum())}

    return FunctionCase(module=module, function=module.serve, feeds=feeds, lower_control_flow=lower)


def _loops(rng: np.random.Generator, *, lower: bool) -> FunctionCase:
    module: Any = Loops(rng)
    specs = [tf.TensorSpec([None, WIDTH], tf.float32, name="x"), tf.TensorSpec([], tf.int32, name="steps")]
    module.serve = tf.function(module.compute, input_signature=specs)

    def feeds(n: int) -> Feeds:
        return {"x": rng.normal(0, 1, (n, WIDTH)).astype(np.float32), "steps": np.int32(2 + n)}

    return FunctionCase(module=module, function=module.serve, feeds=feeds, lower_control_flow=lower)


BUILDERS: dict[str, Builder] = {
    "cond": partial(_branches, lower=False),
    "cond_lowered": partial(_branches, lower=True),
    "while_loop": partial(_loops, lower=False),
    "while_loop_lowered": partial(_loops, lower=True),
}
