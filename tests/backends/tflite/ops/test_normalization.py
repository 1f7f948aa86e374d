"""Normalizations and softmax against ONNX Runtime."""

from __future__ import annotations

import numpy as np
import pytest
from lite_checking import check_node, floats

SCALE, BIAS, MEAN = (floats(3, seed=seed) for seed in (1, 2, 3))
VARIANCE = floats(3, seed=4, low=0.5, high=2)


@pytest.mark.parametrize("shape", [(2, 3), (2, 3, 5), (2, 3, 4, 5)])
def test_batch_normalization(shape):
    check_node(
        "BatchNormalization",
        {"x": floats(*shape)},
        constants={"s": SCALE, "b": BIAS, "m": MEAN, "v": VARIANCE},
        epsilon=1e-3,
    )


def test_batch_normalization_by_inputs():
    check_node("BatchNormalization", {"x": floats(2, 3, 4), "s": SCALE, "b": BIAS, "m": MEAN, "v": VARIANCE})


@pytest.mark.parametrize("shape", [(2, 3, 5), (2, 3, 4, 5)])
def test_instance_normalization(shape):
    check_node("InstanceNormalization", {"x": floats(*shape)}, constants={"s": SCALE, "b": BIAS}, epsilon=1e-3)


@pytest.mark.parametrize("axis", [-1, 1])
def test_layer_normalization(axis):
    shape = (5,) if axis == -1 else (4, 5)
    check_node(
        "LayerNormalization",
        {"x": floats(2, 4, 5)},
        constants={"s": floats(*shape), "b": floats(*shape, seed=1)},
        axis=axis,
    )


def test_layer_normalization_tells_mean_and_deviation():
    check_node("LayerNormalization", {"x": floats(2, 5)}, constants={"s": floats(5)}, outputs=3)


def test_local_response_normalization():
    check_node("LRN", {"x": floats(2, 7, 4, 5)}, size=3, alpha=0.1, beta=0.6, bias=1.5)


@pytest.mark.parametrize("op_type", ["Softmax", "LogSoftmax", "Hardmax"])
@pytest.mark.parametrize("axis", [0, 1, -1])
def test_softmax(op_type, axis):
    check_node(op_type, {"x": floats(3, 4, 5)}, axis=axis)


@pytest.mark.parametrize("p", [1, 2])
def test_lp_normalization(p):
    check_node("LpNormalization", {"x": floats(3, 4)}, axis=0, p=p)


def test_mean_variance_normalization():
    check_node("MeanVarianceNormalization", {"x": floats(2, 3, 4, 5)}, axes=[0, 2, 3])


def test_group_normalization_by_its_definition():
    x = floats(2, 4, 3, 3)
    grouped = x.reshape(2, 2, -1)
    normal = (grouped - grouped.mean(-1, keepdims=True)) / np.sqrt(grouped.var(-1, keepdims=True) + 1e-5)
    s, b = floats(4, seed=1), floats(4, seed=2)
    expected = normal.reshape(x.shape) * s[:, None, None] + b[:, None, None]
    check_node("GroupNormalization", {"x": x}, constants={"s": s, "b": b}, num_groups=2, expected=[expected])
