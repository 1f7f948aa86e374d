"""Arithmetic, comparisons and logic against ONNX Runtime and numpy."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from lite_checking import check, check_node, converted, floats, node_model
from onnx import helper, numpy_helper

from modelwright.errors import UnsupportedError

A, B = floats(2, 1, 4), floats(3, 1, seed=1)
RNG = np.random.default_rng(2)


@pytest.mark.parametrize("op_type", ["Add", "Sub", "Mul", "Div", "Max", "Min", "Sum", "Mean"])
def test_floats_spread(op_type):
    check_node(op_type, {"a": A, "b": B})


@pytest.mark.parametrize("dtype", [np.int32, np.int64, np.float64])
@pytest.mark.parametrize("op_type", ["Add", "Sub", "Mul", "Div", "Max", "Min"])
def test_other_types(op_type, dtype):
    check_node(op_type, {"a": np.array([7, -8, 9], dtype), "b": np.array([2, 3, -4], dtype)})


def test_64_bit_division_is_exact():
    big = RNG.integers(-(2**62), 2**62, 200)
    small = RNG.integers(1, 2**31, 200) * RNG.choice([-1, 1], 200)
    check_node("Div", {"a": big, "b": small})
    check_node("Div", {"a": big, "b": np.full(200, 3, np.int64)})


@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.int16, np.uint16])
def test_narrow_integers_wrap(dtype):
    limits = np.iinfo(dtype)
    a, b = np.array([limits.max, 3], dtype), np.array([limits.max, 5], dtype)
    with np.errstate(over="ignore"):
        check_node("Add", {"a": a, "b": b}, expected=[a + b])
        check_node("Mul", {"a": a, "b": b}, expected=[a * b])


def test_uint64():
    a, b = np.array([2**63 + 5, 3], np.uint64), np.array([2**63 + 7, 2**64 - 1], np.uint64)
    with np.errstate(over="ignore"):
        check_node("Add", {"a": a, "b": b}, expected=[a + b])
    check_node("Max", {"a": a, "b": b}, expected=[np.maximum(a, b)])
    check_node("Less", {"a": a, "b": b}, expected=[a < b])


@pytest.mark.parametrize(("dtype", "fmod"), [(np.int32, 0), (np.int64, 1), (np.float32, 1), (np.int8, 0)])
def test_remainder(dtype, fmod):
    check_node("Mod", {"a": np.array([7, -7, 7, -7], dtype), "b": np.array([3, 3, -3, -3], dtype)}, fmod=fmod)


def test_power():
    base = floats(5, low=0.5, high=2)
    check_node("Pow", {"a": base}, constants={"b": np.float32(2)})
    check_node("Pow", {"a": base, "b": floats(5, seed=3)})
    check_node("Pow", {"a": np.array([2, -3], np.int32)}, constants={"b": np.array([3, 2], np.int32)})
    check_node("Pow", {"a": base}, constants={"b": np.array(3, np.int64)})


@pytest.mark.parametrize("op_type", ["Equal", "Greater", "GreaterOrEqual", "Less", "LessOrEqual"])
@pytest.mark.parametrize("dtype", [np.float32, np.int32, np.int64])
def test_comparisons(op_type, dtype):
    check_node(op_type, {"a": np.array([[1], [2]], dtype), "b": np.array([1, 2, 3], dtype)})


@pytest.mark.parametrize("op_type", ["And", "Or", "Xor"])
def test_logic(op_type):
    check_node(op_type, {"a": np.array([[True], [False]]), "b": np.array([True, False])})


def test_not_and_where():
    check_node("Not", {"x": np.array([True, False])})
    check_node("Where", {"c": np.array([[True], [False]]), "x": floats(3), "y": floats(2, 1)})


def test_bits():
    a, b = (RNG.integers(0, 2**16, 30).astype(np.uint16) for _ in range(2))
    check_node("BitwiseAnd", {"a": a, "b": b})
    check_node("BitwiseOr", {"a": a, "b": b})
    check_node("BitwiseXor", {"a": a, "b": b})
    check_node("BitwiseNot", {"a": a.astype(np.int32)})


@pytest.mark.parametrize("direction", ["LEFT", "RIGHT"])
def test_shifts(direction):
    a = RNG.integers(0, 256, 9).astype(np.uint8)
    amount = np.arange(9, dtype=np.uint8)
    expected = a << amount if direction == "LEFT" else a >> amount
    expected[8] = 0
    check_node("BitShift", {"a": a, "b": amount}, direction=direction, expected=[expected])


def test_nan_and_infinity():
    x = np.array([1, np.nan, np.inf, -np.inf], np.float32)
    check_node("IsNaN", {"x": x})
    check_node("IsInf", {"x": x})
    check_node("IsInf", {"x": x}, detect_negative=0)


def test_masks_of_infinities_stay_infinite():
    """A row that is masked whole must give no number, as in ONNX, and not the mean."""
    nodes = [
        helper.make_node("Where", ["m", "zero", "low"], ["mask"]),
        helper.make_node("Add", ["x", "mask"], ["s"]),
        helper.make_node("IsInf", ["s"], ["y"]),
    ]
    x, m = floats(2, 3), np.array([[True, False, True], [False, False, False]])
    graph = helper.make_graph(
        nodes,
        "g",
        [
            helper.make_tensor_value_info("x", 1, x.shape),
            helper.make_tensor_value_info("m", 9, m.shape),
        ],
        [helper.make_tensor_value_info("y", 9, x.shape)],
        [numpy_helper.from_array(np.float32(0), "zero"), numpy_helper.from_array(np.float32(-np.inf), "low")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)
    check(onnx.shape_inference.infer_shapes(model), {"x": x, "m": m})


def test_what_has_no_kernel_is_refused(tmp_path: Path):
    model = node_model("BitwiseAnd", {"a": np.zeros(2, np.int64), "b": np.zeros(2, np.int64)})
    with pytest.raises(UnsupportedError) as caught:
        converted(model, tmp_path)
    assert caught.value.items == (
        "BitwiseAnd 'node': TFLite has no and of the bits of 32-bit and 64-bit integers; use int16 in the model",
    )
    assert not (tmp_path / "m.tflite").exists()
