"""Trains the digits classifier of this folder and writes `saved_model/` and `reference.npz` beside this file.

Run with an interpreter that has TensorFlow 2.16 or newer and scikit-learn; about a minute on two cores:

    python examples/digits/train.py

The data are scikit-learn's 1,797 scanned digits (8 x 8 pixels), enlarged to 24 x 24. A fifth of them is kept from
training; five of those are the reference.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from keras import layers
from sklearn.datasets import load_digits

HERE = Path(__file__).parent
SEED = 20
SIZE = 24
EPOCHS = 30


def load_images() -> tuple[np.ndarray, np.ndarray]:
    """The digits as (N, 24, 24, 1) float32 in [0, 255] and their labels (N,) int64."""
    digits = load_digits()
    small = (digits.images * (255.0 / 16.0)).astype(np.float32)[..., np.newaxis]
    return tf.image.resize(small, (SIZE, SIZE), method="bilinear").numpy(), digits.target.astype(np.int64)


def shifted(images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Every image moved by up to two pixels each way."""
    padded = np.pad(images, ((0, 0), (2, 2), (2, 2), (0, 0)))
    corners = rng.integers(0, 5, (len(images), 2))
    return np.stack([image[y : y + SIZE, x : x + SIZE] for image, (y, x) in zip(padded, corners, strict=True)])


def normalized(x: keras.KerasTensor, activation: str | None, name: str) -> keras.KerasTensor:
    """Batch normalization, then the activation if there is one."""
    x = layers.BatchNormalization(momentum=0.9, name=f"{name}_bn")(x)
    return layers.Activation(activation, name=f"{name}_{activation}")(x) if activation else x


def residual(x: keras.KerasTensor, name: str) -> keras.KerasTensor:
    """An inverted bottleneck: widen, depthwise convolution, narrow, add."""
    channels = x.shape[-1]
    y = layers.Conv2D(2 * channels, 1, use_bias=False, name=f"{name}_widen")(x)
    y = normalized(y, "relu6", f"{name}_widen")
    y = layers.DepthwiseConv2D(3, padding="same", use_bias=False, name=f"{name}_depthwise")(y)
    y = normalized(y, "swish", f"{name}_depthwise")
    y = layers.Conv2D(channels, 1, use_bias=False, name=f"{name}_narrow")(y)
    return layers.Add(name=f"{name}_add")([x, normalized(y, None, f"{name}_narrow")])


def build() -> keras.Model:
    """The network: (N, 24, 24, 1) pixels in [0, 255] to (N, 10) probabilities; about 13,600 parameters."""
    image = keras.Input((SIZE, SIZE, 1), name="image")
    x = layers.Rescaling(1 / 127.5, offset=-1.0, name="rescale")(image)
    x = layers.Conv2D(16, 3, strides=2, padding="same", use_bias=False, name="stem")(x)
    x = normalized(x, "relu6", "stem")
    x = residual(x, "block1")
    x = layers.SeparableConv2D(32, 3, strides=2, padding="same", use_bias=False, name="down")(x)
    x = normalized(x, "swish", "down")
    x = residual(x, "block2")
    x = residual(x, "block3")
    x = layers.GlobalAveragePooling2D(name="pool")(x)
    x = layers.Dropout(0.2, name="dropout")(x)
    x = layers.Dense(10, name="logits")(x)
    return keras.Model(image, layers.Softmax(name="probabilities")(x), name="digits")


def train(model: keras.Model, images: np.ndarray, labels: np.ndarray) -> None:
    """Fits the model, with other shifts of the images in every epoch."""
    rng = np.random.default_rng(SEED)
    rate = keras.optimizers.schedules.CosineDecay(5e-3, EPOCHS * -(-len(images) // 64))
    model.compile(keras.optimizers.Adam(rate), "sparse_categorical_crossentropy", metrics=["accuracy"])
    for _ in range(EPOCHS):
        model.fit(shifted(images, rng), labels, batch_size=64, epochs=1, verbose=0)


def export(model: keras.Model, folder: Path) -> None:
    """Writes the SavedModel: signature `serving_default`, `image` to `probabilities`, any batch size."""

    def serve(image: tf.Tensor) -> dict[str, tf.Tensor]:
        return {"probabilities": model(image, training=False)}

    shutil.rmtree(folder, ignore_errors=True)
    archive = keras.export.ExportArchive()
    archive.track(model)
    signature = [tf.TensorSpec((None, SIZE, SIZE, 1), tf.float32, name="image")]
    archive.add_endpoint("serve", serve, input_signature=signature)
    archive.write_out(str(folder), options=tf.saved_model.SaveOptions(experimental_debug_stripper=True), verbose=False)
    (folder / "fingerprint.pb").unlink(missing_ok=True)


def main() -> None:
    """Trains, prints the test accuracy, exports, and keeps TensorFlow's answers for five unseen images."""
    keras.utils.set_random_seed(SEED)
    tf.config.experimental.enable_op_determinism()
    images, labels = load_images()
    order = np.random.default_rng(SEED).permutation(len(images))
    test, rest = order[:360], order[360:]
    model = build()
    train(model, images[rest], labels[rest])
    accuracy = model.evaluate(images[test], labels[test], verbose=0)[1]
    export(model, HERE / "saved_model")
    serve = tf.saved_model.load(str(HERE / "saved_model")).signatures["serving_default"]
    batch = images[test[:5]]
    outputs = serve(image=tf.constant(batch))
    arrays = {"in:image": batch} | {f"out:{name}": value.numpy() for name, value in outputs.items()}
    np.savez(HERE / "reference.npz", **arrays)
    print(f"{model.count_params()} parameters, test accuracy {accuracy:.2%}")
    print("labels", labels[test[:5]], "answers", outputs["probabilities"].numpy().argmax(axis=1))


if __name__ == "__main__":
    main()
