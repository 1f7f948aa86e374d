import numpy as np
import pytest
from onnx.reference import ReferenceEvaluator

from modelwright.errors import UnsupportedError


def _channels(count, seed=0):
    rng = np.random.default_rng(seed)
    return {name: rng.random(count, np.float32) + np.float32(0.1) for name in ("s", "b", "m", "v")}


@pytest.mark.parametrize("target", [9, 13, 14])
def test_batch_normalization(step, target):
    node = "y = BatchNormalization <epsilon = 0.01> (x, s, b, m, v)"
    step(node, "float[2,3,4,5] x", "float[2,3,4,5] y", 15, target, **_channels(3))
    step(node, "float[2,3,4,5] x", "float[2,3,4,5] y", 9, 15, **_channels(3))


def test_batch_normalization_in_training(step):
    node = "y, rm, rv = BatchNormalization <epsilon = 0.01, momentum = 0.7, training_mode = 1> (x, s, b, m, v)"
    step(node, "float[2,3,4,5] x", "float[2,3,4,5] y, float[3] rm, float[3] rv", 15, 9, **_channels(3))


def test_old_training_has_no_counterpart(step):
    node = "y, rm, rv, sm, sv = BatchNormalization (x, s, b, m, v)"
    outputs = "float[2,3,4] y, float[3] rm, float[3] rv, float[3] sm, float[3] sv"
    with pytest.raises(UnsupportedError, match="training mode"):
        step(node, "float[2,3,4] x", outputs, 9, 14, **_channels(3))


@pytest.mark.parametrize("target", [9, 11, 17, 18, 20])
def test_group_normalization(step, target):
    known = {"s": np.arange(6, dtype=np.float32), "b": np.ones(6, np.float32)}
    node = "y = GroupNormalization <num_groups = 3, epsilon = 0.01> (x, s, b)"
    step(node, "float[2,6,4,5] x", "float[2,6,4,5] y", 21, target, **known)


@pytest.mark.parametrize("target", [9, 17, 21, 26])
def test_group_normalization_of_opset_18_scales_groups(step, target):
    known = {"s": np.arange(3, dtype=np.float32), "b": np.ones(3, np.float32)}
    node = "y = GroupNormalization <num_groups = 3, epsilon = 0.01> (x, s, b)"
    step(node, "float[2,6,4] x", "float[2,6,4] y", 18, target, **known)


@pytest.mark.parametrize(("axis", "size"), [(-1, [5]), (1, [4, 5]), (-2, [4, 5])])
@pytest.mark.parametrize("target", [9, 13, 16])
def test_layer_normalization(step, axis, size, target):
    known = {"s": np.random.default_rng(0).random(size, np.float32), "b": np.ones(size, np.float32)}
    node = f"y, m, d = LayerNormalization <axis = {axis}, epsilon = 0.01> (x, s, b)"
    ones = "float[3,4,1]" if axis == -1 else "float[3,1,1]"
    step(node, "float[3,4,5] x", f"float[3,4,5] y, {ones} m, {ones} d", 17, target, **known)


def test_layer_normalization_of_halves_is_computed_in_float32(step):
    known = {"s": np.ones(5, np.float16)}
    x = {"x": np.linspace(900, 1000, 15).reshape(3, 5).astype(np.float16)}
    step("y = LayerNormalization (x, s)", "float16[3,5] x", "float16[3,5] y", 17, 13, feeds=x, **known)


@pytest.mark.parametrize("target", [9, 17, 22])
def test_rms_normalization(step, target):
    known = {"s": np.arange(20, dtype=np.float32).reshape(4, 5)}
    node = "y = RMSNormalization <axis = -2, epsilon = 0.01> (x, s)"
    step(node, "float[3,4,5] x", "float[3,4,5] y", 23, target, **known)


def test_statistics_of_each_position(to_opset):
    rng = np.random.default_rng(0)
    known = {name: rng.random((3, 4), np.float32) + np.float32(0.1) for name in ("s", "b", "m", "v")}
    text = """<ir_version: 4, opset_import: ["" : 7]> g (float[2,3,4] x) => (float[2,3,4] y)
    { y = BatchNormalization <spatial = 0> (x, s, b, m, v) }"""
    x = rng.random((2, 3, 4), np.float32)
    expected = (x - known["m"]) / np.sqrt(known["v"] + np.float32(1e-5)) * known["s"] + known["b"]
    (y,) = ReferenceEvaluator(to_opset(text, 9, **known).after).run(None, {"x": x})
    np.testing.assert_allclose(y, expected, rtol=1e-5)


def test_mean_variance_normalization(step):
    step("y = MeanVarianceNormalization (x)", "float[2,3,4,5] x", "float[2,3,4,5] y", 13, 9)
    step("y = MeanVarianceNormalization <axes = [0, 2]> (x)", "float[2,3,4] x", "float[2,3,4] y", 9, 17)
