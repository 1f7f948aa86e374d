"""Functions full of small operators: integers, booleans, slices, scatters, box selection, strings and tables."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf

from zoo.cases import Builder, Feeds, FunctionCase

WORDS = ("ant", "bee", "cat", "dog", "elk", "fox")


def _function(compute: Any, specs: list[Any], feeds: Any, *, frozen: bool = True, tracked: Any = None) -> FunctionCase:
    module: Any = tf.Module(name="operators")
    module.tracked = tracked
    module.serve = tf.function(compute, input_signature=specs)
    return FunctionCase(module=module, function=module.serve, feeds=feeds, frozen=frozen)


def _integers(rng: np.random.Generator) -> FunctionCase:
    def compute(a: tf.Tensor, b: tf.Tensor, x: tf.Tensor) -> dict[str, tf.Tensor]:
        odd = tf.equal(tf.math.floormod(a, 2), 1)
        both = tf.logical_and(odd, tf.not_equal(a, b)) | tf.logical_not(tf.greater_equal(a, -3))
        quotient = tf.math.floordiv(a, tf.abs(b) + 1)
        return {
            "mixed": tf.where(both, quotient, tf.minimum(a, b) * 3 - tf.maximum(a, 0)),
            "truncated": tf.truncatediv(a, tf.abs(b) + 1) + tf.math.sign(b),
            "any": tf.reduce_any(both, axis=1),
            "all": tf.reduce_all(odd, axis=0, keepdims=True),
            "sum": tf.cumsum(a, axis=1, exclusive=True, reverse=True),
            "hot": tf.one_hot(tf.math.floormod(b, 4), 5, on_value=2.5, off_value=-1.0, axis=1),
            "lowest": tf.argmin(x, axis=1, output_type=tf.int32),
            "reversed": tf.reverse(x, [0, 1])[:, ::2],
            "slice": x[:, 1:-1, tf.newaxis] * tf.cast(odd[..., 2:3, tf.newaxis], tf.float32),
            "gathered": tf.gather(x, [5, 0, 3], axis=1) + tf.gather_nd(x, [[0, 1]]),
            "scattered": tf.scatter_nd([[1], [4], [1]], tf.transpose(x)[:3], [6, tf.shape(x)[0]]),
            "tiled": tf.tile(tf.expand_dims(tf.range(4), 0), [tf.shape(x)[0], 2]),
            "split": tf.add_n(tf.split(x, 3, axis=1)) + tf.unstack(x, axis=1)[2][:, tf.newaxis],
            "select": tf.compat.v1.where(tf.reduce_any(both, axis=1), x, -x),
            "band": tf.linalg.band_part(tf.matmul(x, x, transpose_a=True), 1, 0),
            "broadcast": tf.broadcast_to(tf.reduce_mean(x, 1, keepdims=True), [2, tf.shape(x)[0], 3]),
            "nonzero": tf.cast(tf.where(both)[:, 0] >= 0, tf.int32),
        }

    def feeds(n: int) -> Feeds:
        return {
            "a": rng.integers(-9, 10, (n, 6)).astype(np.int32),
            "b": rng.integers(-9, 10, (n, 6)).astype(np.int32),
            "x": rng.normal(0, 1, (n, 6)).astype(np.float32),
        }

    kinds = {"a": tf.int32, "b": tf.int32, "x": tf.float32}
    specs = [tf.TensorSpec([None, 6], kind, name=name) for name, kind in kinds.items()]
    return _function(compute, specs, feeds)


def _elementwise(rng: np.random.Generator) -> FunctionCase:
    def compute(x: tf.Tensor) -> dict[str, tf.Tensor]:
        positive = tf.abs(x) + 0.1
        unit = tf.tanh(x)
        names = ("sin", "cos", "tan", "atan", "sinh", "cosh", "asinh", "exp", "expm1", "erf", "sigmoid", "softplus")
        results = {name: getattr(tf.math, name)(x) for name in names}
        results |= {name: getattr(tf.math, name)(positive) for name in ("log", "log1p", "sqrt", "rsqrt", "reciprocal")}
        results |= {name: getattr(tf.math, name)(unit) for name in ("asin", "acos", "atanh")}
        results |= {name: getattr(tf.nn, name)(x) for name in ("relu", "relu6", "elu", "selu", "softsign", "swish")}
        results |= {
            name: getattr(tf.math, name)(x * 3) for name in ("floor", "ceil", "round", "rint", "sign", "negative")
        }
        results["power"] = positive**unit
        results["atan2"] = tf.math.atan2(x, unit + 0.3)
        results["distance"] = tf.math.squared_difference(x, unit)
        results["mod"] = tf.math.floormod(x * 5, 1.7)
        results["no_nan"] = tf.math.divide_no_nan(x, tf.nn.relu(x))
        results["norm"] = tf.norm(x, axis=-1) + tf.reduce_logsumexp(x, axis=-1)
        results["product"] = tf.reduce_prod(x, axis=1) + tf.reduce_min(x, axis=1) + tf.math.reduce_std(x, axis=1)
        return results

    def feeds(n: int) -> Feeds:
        return {"x": rng.normal(0, 1, (n, 9)).astype(np.float32)}

    return _function(compute, [tf.TensorSpec([None, 9], tf.float32, name="x")], feeds)


def _boxes(rng: np.random.Generator) -> FunctionCase:
    def compute(boxes: tf.Tensor, scores: tf.Tensor) -> dict[str, tf.Tensor]:
        kept = tf.image.non_max_suppression(boxes, scores, 8, iou_threshold=0.4, score_threshold=0.2)
        operator = tf.raw_ops.NonMaxSuppressionV4
        limits = {"iou_threshold": 0.5, "score_threshold": 0.1, "max_output_size": 12}
        padded = operator(boxes=boxes, scores=scores, pad_to_max_output_size=True, **limits)
        return {
            "boxes": tf.gather(boxes, kept),
            "scores": tf.gather(scores, kept),
            "padded": padded.selected_indices,
            "valid": padded.valid_outputs,
        }

    def feeds(n: int) -> Feeds:
        corners = rng.uniform(0, 0.7, (20 * n, 2))
        boxes = np.concatenate([corners, corners + rng.uniform(0.1, 0.4, (20 * n, 2))], axis=1)
        return {"boxes": boxes.astype(np.float32), "scores": rng.uniform(0, 1, 20 * n).astype(np.float32)}

    specs = [tf.TensorSpec([None, 4], tf.float32, name="boxes"), tf.TensorSpec([None], tf.float32, name="scores")]
    return _function(compute, specs, feeds)


def _tables(rng: np.random.Generator) -> FunctionCase:
    """Words to ids by a table, an embedding, and the best class back to its word."""
    ids = tf.constant(range(len(WORDS)), tf.int64)
    words = tf.constant(WORDS)
    table = tf.lookup.StaticHashTable(tf.lookup.KeyValueTensorInitializer(words, ids), -1)
    names = tf.lookup.StaticHashTable(tf.lookup.KeyValueTensorInitializer(ids, words), "unknown")
    vectors = tf.Variable(rng.normal(0, 1, (len(WORDS) + 1, 5)).astype(np.float32))
    weight = tf.Variable(rng.normal(0, 1, (5, len(WORDS))).astype(np.float32))

    def compute(words: tf.Tensor) -> dict[str, tf.Tensor]:
        scores = tf.reduce_mean(tf.gather(vectors, table.lookup(words) + 1), axis=1) @ weight
        return {"scores": scores, "label": names.lookup(tf.argmax(scores, axis=1))}

    def feeds(n: int) -> Feeds:
        return {"words": rng.choice(np.array([*WORDS, "yak"], dtype="S8"), (n, 4))}

    specs = [tf.TensorSpec([None, 4], tf.string, name="words")]
    return _function(compute, specs, feeds, frozen=False, tracked=[table, names, vectors, weight])


def _unsupported(rng: np.random.Generator) -> FunctionCase:
    """Operators ONNX has no word for: the conversion must name every one of them."""

    def compute(words: tf.Tensor, x: tf.Tensor) -> dict[str, tf.Tensor]:
        buckets = tf.strings.to_hash_bucket_fast(tf.strings.substr(words, 0, 2), 7)
        values = tf.math.lgamma(tf.math.igamma(tf.abs(x) + 1.0, tf.abs(x) + 0.5))
        return {"buckets": buckets, "values": values}

    def feeds(n: int) -> Feeds:
        return {"words": rng.choice(np.array(WORDS, dtype="S8"), n), "x": rng.normal(0, 1, (n, 3)).astype(np.float32)}

    specs = [tf.TensorSpec([None], tf.string, name="words"), tf.TensorSpec([None, 3], tf.float32, name="x")]
    return _function(compute, specs, feeds)


BUILDERS: dict[str, Builder] = {
    "integers": _integers,
    "elementwise": _elementwise,
    "boxes": _boxes,
    "tables": _tables,
    "unsupported": _unsupported,
}
