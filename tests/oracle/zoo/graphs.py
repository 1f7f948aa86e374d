"""Classic TF1 graphs: slim-style networks with what training left behind, preprocessing graphs, fake quantization."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import tensorflow as tf

from zoo.cases import Builder, Feeds, GraphCase
from zoo.exporting import run_graph
from zoo.layer_builder import GraphLayers

v1 = tf.compat.v1


def graph_case(
    build: Callable[[], Any], shape: tuple[int, ...], rng: np.random.Generator, low: float = -1.0, high: float = 1.0
) -> GraphCase:
    """Runs `build` in a new graph with TF1 control flow; it makes the placeholder `input` and returns the outputs."""
    v1.disable_control_flow_v2()
    graph = tf.Graph()
    with graph.as_default():
        outputs = build()
    names = tuple(tensor.name for tensor in (outputs if isinstance(outputs, list | tuple) else [outputs]))

    def feeds(n: int) -> Feeds:
        return {"input:0": rng.uniform(low, high, (n, *shape)).astype(np.float32)}

    definition = graph.as_graph_def()
    return GraphCase(graph_def=definition, inputs=("input:0",), outputs=names, feeds=feeds)


def _dropout(x: Any, training: Any, name: str) -> Any:
    """Dropout under tf.cond, which TF1 wrote as Switch and Merge."""
    with tf.name_scope(name):
        return v1.cond(training, lambda: v1.nn.dropout(x, rate=0.3, seed=1), lambda: tf.identity(x), name="cond")


def _inception(rng: np.random.Generator) -> GraphCase:
    make = GraphLayers(rng)

    def branch(name: str, x: Any, channels: int, kernel: int, stride: int = 1, padding: str = "SAME") -> Any:
        return tf.nn.relu(make.primitive_norm(name, make.conv(name, x, channels, kernel, stride, padding)))

    def block(name: str, x: Any) -> Any:
        ones = branch(f"{name}/b0", x, 8, 1)
        threes = branch(f"{name}/b1b", branch(f"{name}/b1a", x, 6, 1), 12, 3)
        fives = branch(f"{name}/b2b", branch(f"{name}/b2a", x, 4, 1), 8, 5)
        pooled = tf.nn.max_pool2d(x, 3, 1, "SAME", name=f"{name}/b3/MaxPool")
        return tf.concat([ones, threes, fives, branch(f"{name}/b3", pooled, 4, 1)], 3, name=f"{name}/concat")

    def build() -> list[Any]:
        image = v1.placeholder(tf.float32, [None, 45, 51, 3], name="input")
        training = v1.placeholder_with_default(False, [], name="is_training")
        x = tf.identity(tf.identity(image, name="chain1"), name="chain2")
        x = branch("stem", x, 12, 7, stride=2, padding="VALID")
        x = tf.nn.lrn(x, depth_radius=2, bias=1.0, alpha=2e-3, beta=0.75, name="norm1")
        x = tf.nn.max_pool2d(x, 3, 2, "SAME", name="pool1")
        x = block("mixed2", block("mixed1", x))
        check = v1.Assert(tf.reduce_all(tf.math.is_finite(x)), [x], name="finite")
        with tf.control_dependencies([check, tf.no_op(name="train_barrier")]):
            x = tf.identity(x, name="checked")
        x = tf.nn.avg_pool2d(x, 3, 2, "VALID", name="pool2")
        x = _dropout(tf.reduce_mean(x, [1, 2], keepdims=True, name="global_pool"), training, "dropout")
        logits = tf.squeeze(make.conv("logits", x, 11, 1), [1, 2], name="spatial_squeeze")
        return [tf.nn.softmax(logits, name="predictions"), tf.identity(logits, name="logits_out")]

    return graph_case(build, (45, 51, 3), rng)


def _resnet(rng: np.random.Generator) -> GraphCase:
    make = GraphLayers(rng)

    def unit(name: str, x: Any, channels: int, stride: int, version: str) -> Any:
        pre = tf.nn.relu(make.fused_norm(f"{name}/preact", x, version))
        short = make.conv(f"{name}/shortcut", pre, channels, 1, stride) if stride > 1 else x
        y = tf.nn.relu6(make.fused_norm(f"{name}/bn1", make.conv(f"{name}/conv1", pre, 8, 1), version))
        y = make.conv(f"{name}/conv2", y, 8, 3, stride, ((1, 1), (1, 1)))
        y = make.conv(f"{name}/conv3", tf.nn.elu(y), channels, 1)
        return tf.add(short, y, name=f"{name}/add")

    def build() -> list[Any]:
        image = v1.placeholder(tf.float32, [None, 40, 37, 3], name="input")
        padded = tf.pad(image, [[0, 0], [3, 3], [2, 4], [0, 0]], name="Pad")
        x = make.conv("conv1", padded, 16, 7, 2, "VALID")
        x = tf.nn.max_pool2d(tf.pad(x, [[0, 0], [0, 1], [0, 1], [0, 0]]), 3, 2, "VALID", name="pool1")
        for index, (stride, version) in enumerate([(1, ""), (2, "V2"), (1, "V3"), (1, "V3")]):
            x = unit(f"unit{index}", x, 16, stride, version)
        x = make.depthwise("separable", tf.nn.leaky_relu(x, 0.1), multiplier=2)
        x = tf.nn.relu(make.fused_norm("postnorm", x))
        shape = tf.shape(x)
        flat = tf.reshape(x, tf.stack([shape[0], -1]), name="flatten")
        flat = tf.ensure_shape(flat, [None, int(np.prod(x.shape[1:]))])
        scores = make.dense("fc", flat, 9)
        best = tf.math.top_k(scores, 3, name="top")
        return [tf.nn.log_softmax(scores, name="scores"), best.values, best.indices]

    return graph_case(build, (40, 37, 3), rng)


def _images(rng: np.random.Generator) -> GraphCase:
    make = GraphLayers(rng)

    def build() -> list[Any]:
        image = v1.placeholder(tf.float32, [None, 36, 52, 3], name="input")
        x = v1.image.resize_bilinear(image, [30, 45])
        x = tf.image.central_crop(x, 0.8)
        x = tf.image.flip_left_right(x)
        gray = tf.image.rgb_to_grayscale(x)
        x = tf.concat([x / 255.0, gray / 255.0], -1)
        x = tf.image.adjust_contrast(x, 1.5)
        x = tf.image.resize_with_crop_or_pad(x, 28, 36)
        deep = tf.nn.space_to_depth(x, 2, name="space_to_depth")
        y = make.conv("conv", deep, 12, 3)
        up = tf.nn.depth_to_space(y, 2, name="depth_to_space")
        nearest = v1.image.resize_nearest_neighbor(up, [41, 59], name="nearest")
        mirrored = tf.pad(nearest, [[0, 0], [2, 1], [0, 3], [0, 0]], mode="REFLECT")
        edges = tf.image.extract_patches(up, [1, 2, 2, 1], [1, 2, 2, 1], [1, 1, 1, 1], "VALID")
        boxes = tf.constant([[0.1, 0.1, 0.8, 0.9], [0.0, 0.2, 0.5, 0.7]])
        crops = tf.image.crop_and_resize(up, boxes, tf.constant([0, 0]), [7, 9], name="crops")
        return [tf.clip_by_value(mirrored, -0.7, 0.9, name="picture"), tf.identity(edges, name="patches"), crops]

    return graph_case(build, (36, 52, 3), rng, 0.0, 255.0)


def _fake_quant(rng: np.random.Generator) -> GraphCase:
    make = GraphLayers(rng)

    def activation(name: str, x: Any, low: float, high: float) -> Any:
        return tf.quantization.fake_quant_with_min_max_vars(x, low, high, num_bits=8, name=name)

    def build() -> list[Any]:
        image = v1.placeholder(tf.float32, [None, 20, 24, 3], name="input")
        x = activation("quant_in", image, -1.0, 1.0)
        weight = make.constant("w1", 3, 3, 3, 8)
        bound = tf.reduce_max(tf.abs(weight), [0, 1, 2])
        bound = tf.constant(np.linspace(0.3, 0.5, 8), tf.float32) + 0.0 * tf.reduce_sum(bound)
        weight = tf.quantization.fake_quant_with_min_max_vars_per_channel(
            weight, -bound, bound, num_bits=8, narrow_range=True, name="quant_w1"
        )
        x = tf.nn.relu6(tf.nn.conv2d(x, weight, [1, 2, 2, 1], "SAME"))
        x = activation("quant_a1", x, 0.0, 5.7)
        weight = tf.quantization.fake_quant_with_min_max_args(make.constant("w2", 3, 3, 8, 1), -0.4, 0.45, num_bits=4)
        x = tf.nn.depthwise_conv2d(x, weight, [1, 1, 1, 1], "SAME")
        x = activation("quant_a2", x, -3.3, 2.9)
        return [tf.reduce_mean(x, [1, 2], name="pooled"), tf.identity(x, name="features")]

    return graph_case(build, (20, 24, 3), rng)


def _atrous(rng: np.random.Generator) -> GraphCase:
    """Dilations as attributes; the CPU refuses depthwise ones, so a twin goes through SpaceToBatchND."""
    seed = int(rng.integers(1 << 30))

    def build(*, attribute: bool) -> Any:
        make = GraphLayers(np.random.default_rng(seed))
        image = v1.placeholder(tf.float32, [None, 29, 34, 3], name="input")
        weight = make.constant("conv/weights", 3, 3, 3, 8)
        x = tf.nn.relu(tf.nn.conv2d(image, weight, 1, "SAME", dilations=[2, 3]))
        x = tf.nn.conv2d(x, make.constant("valid/weights", 3, 2, 8, 6), 1, "VALID", dilations=2)
        kernel = make.constant("depthwise/weights", 3, 3, 6, 2)
        if attribute:
            x = tf.raw_ops.DepthwiseConv2dNative(
                input=x, filter=kernel, strides=[1, 1, 1, 1], padding="SAME", dilations=[1, 3, 2, 1]
            )
        else:
            x = tf.nn.depthwise_conv2d(x, kernel, [1, 1, 1, 1], "SAME", dilations=[3, 2])
        return tf.tanh(x, name="features")

    twin = graph_case(lambda: build(attribute=False), (29, 34, 3), rng)

    def reference(feeds: Feeds) -> Feeds:
        return run_graph(twin.graph_def, feeds, twin.outputs)

    return replace(graph_case(lambda: build(attribute=True), (29, 34, 3), rng), reference=reference)


BUILDERS: dict[str, Builder] = {
    "slim_inception": _inception,
    "slim_resnet": _resnet,
    "image_ops": _images,
    "fake_quant": _fake_quant,
    "atrous": _atrous,
}
