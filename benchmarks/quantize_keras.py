"""Runs in TensorFlow's environment: a MobileNetV2 with the statistics of pictures, and TFLiteConverter's int8 of it.

`python quantize_keras.py make SAMPLES FOLDER` writes a SavedModel without a Softmax at its end; the weights are random,
the normalizations uneven and settled on the samples, as training leaves them. `python quantize_keras.py convert
SAVEDMODEL SAMPLES OUT.tflite` quantizes it wholly. Samples are `.npy` files ``[1, 224, 224, 3]``.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import tensorflow as tf


def make(samples: list[Path], folder: str) -> None:
    """Builds, settles and exports the network."""
    tf.keras.utils.set_random_seed(0)
    network = tf.keras.applications.MobileNetV2(weights=None, classifier_activation=None)
    rng = np.random.default_rng(0)
    for layer in network.layers:
        if isinstance(layer, tf.keras.layers.BatchNormalization):
            layer.gamma.assign(np.exp(0.4 * rng.standard_normal(layer.gamma.shape)).astype(np.float32))
            layer.beta.assign(0.3 * rng.standard_normal(layer.beta.shape).astype(np.float32))
            layer.momentum = 0.0
    network(np.concatenate([np.load(path) for path in samples[:64]]), training=True)
    network.export(folder)


def convert(saved: str, samples: list[Path], out: str) -> None:
    """TFLiteConverter with int8 kernels only; inputs and outputs stay float32."""

    def batches() -> Iterator[list[np.ndarray]]:
        return ([np.load(path)] for path in samples)

    converter = tf.lite.TFLiteConverter.from_saved_model(saved)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = batches
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    Path(out).write_bytes(converter.convert())


def main() -> None:
    """The command line."""
    what, *rest = sys.argv[1:]
    if what == "make":
        make(sorted(Path(rest[0]).glob("*.npy")), rest[1])
    else:
        convert(rest[0], sorted(Path(rest[1]).glob("*.npy")), rest[2])


if __name__ == "__main__":
    main()
