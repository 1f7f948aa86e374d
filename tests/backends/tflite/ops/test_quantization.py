"""Quantization against ONNX Runtime."""

from __future__ import annotations

import numpy as np
import pytest
from lite_checking import check_node, floats

X = floats(3, 4, low=-3, high=3)


@pytest.mark.parametrize("dtype", [np.int8, np.uint8])
@pytest.mark.parametrize("constant", [True, False])
def test_one_scale(dtype, constant):
    meaning = {"s": np.float32(0.03), "z": np.array(5, dtype)}
    inputs, constants = ({"x": X}, meaning) if constant else ({"x": X, **meaning}, {})
    check_node("QuantizeLinear", inputs, constants=constants)
    q = np.arange(100, 120).astype(dtype)
    inputs = {"x": q} if constant else {"x": q, **meaning}
    check_node("DequantizeLinear", inputs, constants=constants)


@pytest.mark.parametrize("dtype", [np.int8, np.int16])
def test_scales_along_an_axis(dtype):
    meaning = {"s": np.array([0.03, 0.1, 0.5], np.float32), "z": np.array([1, 0, -3], dtype)}
    check_node("QuantizeLinear", {"x": X}, constants=meaning, axis=0)
    q = np.arange(12).reshape(3, 4).astype(dtype)
    check_node("DequantizeLinear", {"x": q}, constants=meaning, axis=0)


def test_int32_and_blocks():
    q = np.arange(6, dtype=np.int32)
    check_node("DequantizeLinear", {"x": q}, constants={"s": np.float32(0.5)})
    scales = {"s": floats(3, 2, low=0.1, high=1), "z": np.zeros((3, 2), np.int8)}
    check_node(
        "DequantizeLinear", {"x": np.arange(12).reshape(3, 4).astype(np.int8)}, constants=scales, axis=1, block_size=2
    )


def test_ties_are_rounded_to_even_where_the_scale_is_computed():
    check_node(
        "QuantizeLinear", {"x": np.array([1, 3, -1, -3], np.float32), "s": np.float32(2), "z": np.array(0, np.int8)}
    )


def test_products_of_integers():
    random = np.random.default_rng(0)
    a, b = random.integers(0, 255, (2, 3, 5)).astype(np.uint8), random.integers(0, 255, (5, 4)).astype(np.uint8)
    check_node("MatMulInteger", {"a": a, "b": b, "az": np.array(9, np.uint8), "bz": np.array(3, np.uint8)})
    meaning = {
        "as": np.float32(0.01), "az": np.array(3, np.uint8), "b": b, "bs": np.float32(0.02),
        "bz": np.array(9, np.uint8), "ys": np.float32(0.5), "yz": np.array(100, np.uint8),
    }  # fmt: skip
    check_node("QLinearMatMul", {"a": a}, constants=meaning)


def test_convolutions_of_integers():
    random = np.random.default_rng(0)
    x, w = (
        random.integers(0, 255, (1, 2, 5, 5)).astype(np.uint8),
        random.integers(0, 255, (3, 2, 3, 3)).astype(np.uint8),
    )
    check_node("ConvInteger", {"x": x}, constants={"w": w, "z": np.array(7, np.uint8)}, pads=[1, 1, 1, 1])
    signed = random.integers(-127, 127, (3, 2, 3, 3)).astype(np.int8)
    order = ["x", "xs", "xz", "w", "ws", "wz", "ys", "yz", "b"]
    constants = {
        "xs": np.float32(0.02), "xz": np.array(120, np.uint8), "w": signed, "ws": floats(3, low=0.01, high=0.02),
        "wz": np.zeros(3, np.int8), "ys": np.float32(0.25), "yz": np.array(128, np.uint8),
        "b": np.array([100, -50, 0], np.int32),
    }  # fmt: skip
    made = check_node("QLinearConv", {"x": x}, constants=constants, order=order)
    assert "CONV_2D" in made
    assert "DEQUANTIZE" not in made
