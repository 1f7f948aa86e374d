"""Random weights that are not trivial: batch normalization with real statistics, biases, spread-out logits."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np


def randomize(model: Any, sample: np.ndarray, rng: np.random.Generator) -> None:
    """Gives every normalization, bias and scale of `model` its own value, then keeps activations in range.

    Batch normalization takes the statistics of `sample` (N, H, W, C), then a tenth of noise on top, so that no layer is
    an identity and none lets the values grow. The last dense layer is scaled until its logits spread over about 2.
    """
    for layer in model.layers:
        _randomize_layer(layer, rng)
    norms = [layer for layer in model.layers if isinstance(layer, keras.layers.BatchNormalization)]
    if norms:
        _take_statistics(model, norms, sample, rng)
    _spread_logits(model, sample)


def _randomize_layer(layer: Any, rng: np.random.Generator) -> None:
    for weight in layer.weights:
        leaf = weight.path.rsplit("/", 1)[-1]
        shape = tuple(weight.shape)
        if leaf == "gamma":
            scale = (0.1, 0.5) if "layer_scale" in layer.name else (0.7, 1.3)
            weight.assign(rng.uniform(*scale, shape).astype(np.float32))
        elif leaf == "beta":
            weight.assign(rng.normal(0, 0.2, shape).astype(np.float32))
        elif leaf == "bias":
            weight.assign(rng.normal(0, 0.05, shape).astype(np.float32))


def _take_statistics(model: Any, norms: list[Any], sample: np.ndarray, rng: np.random.Generator) -> None:
    momenta = [layer.momentum for layer in norms]
    for layer in norms:
        layer.momentum = 0.0
    model(sample, training=True)
    for layer, momentum in zip(norms, momenta, strict=True):
        layer.momentum = momentum
        variance = np.maximum(layer.moving_variance.numpy(), 1e-4)
        shape = variance.shape
        noise = 0.1 * np.sqrt(variance) * rng.normal(size=shape)
        layer.moving_mean.assign((layer.moving_mean.numpy() + noise).astype(np.float32))
        layer.moving_variance.assign((variance * rng.uniform(0.8, 1.25, shape)).astype(np.float32))


def _spread_logits(model: Any, sample: np.ndarray) -> None:
    dense = [layer for layer in model.layers if isinstance(layer, keras.layers.Dense)]
    if not dense or dense[-1].output is not model.outputs[0]:
        return
    head = dense[-1]
    features = keras.Model(model.inputs, head.input)([sample], training=False).numpy()
    logits = features @ head.kernel.numpy()
    head.kernel.assign(head.kernel.numpy() * np.float32(2.0 / max(float(logits.std()), 1e-6)))
