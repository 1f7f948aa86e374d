"""Functions of single elements against ONNX Runtime."""

from __future__ import annotations

import numpy as np
import pytest
from lite_checking import check_node, floats
from onnx import TensorProto

X = floats(2, 3, 4)
POSITIVE = floats(2, 3, low=0.1, high=3)

CASES = {
    "Exp": X,
    "Log": POSITIVE,
    "Sqrt": POSITIVE,
    "Sin": X,
    "Cos": X,
    "Tanh": X,
    "Sigmoid": X,
    "HardSwish": 3 * X,
    "Floor": X,
    "Ceil": X,
    "Round": np.array([0.5, 1.5, 2.5, -0.5, -1.5, 0.7], np.float32),
    "Abs": X,
    "Neg": X,
    "Sign": np.array([-2, 0, 3.5], np.float32),
    "Reciprocal": POSITIVE,
    "Relu": X,
    "Softplus": 40 * X,
    "Softsign": X,
    "Mish": 20 * X,
    "Identity": X,
}


@pytest.mark.parametrize("op_type", CASES)
def test_plain(op_type):
    check_node(op_type, {"x": CASES[op_type]}, opset=22)


@pytest.mark.parametrize("dtype", [np.int8, np.int32, np.int64, np.uint8, np.float16])
@pytest.mark.parametrize("op_type", ["Abs", "Sign"])
def test_other_types(op_type, dtype):
    values = np.array([0, 1, 100] if dtype is np.uint8 else [-5, 0, 7], dtype)
    check_node(op_type, {"x": values})


WITH_ATTRIBUTES = [
    ("LeakyRelu", {"alpha": 0.3}),
    ("Elu", {"alpha": 1.0}),
    ("Elu", {"alpha": 0.7}),
    ("Selu", {"alpha": 1.5, "gamma": 1.2}),
    ("Celu", {"alpha": 0.6}),
    ("HardSigmoid", {"alpha": 0.3, "beta": 0.4}),
    ("ThresholdedRelu", {"alpha": 0.5}),
    ("Shrink", {"lambd": 0.8, "bias": 0.3}),
    ("Gelu", {"approximate": "none"}),
    ("Gelu", {"approximate": "tanh"}),
]


@pytest.mark.parametrize(("op_type", "attributes"), WITH_ATTRIBUTES)
def test_with_attributes(op_type, attributes):
    check_node(op_type, {"x": X}, **attributes)


def test_swish():
    check_node("Swish", {"x": X}, opset=24, alpha=0.5, expected=[X / (1 + np.exp(-0.5 * X))])


def test_prelu_spreads_its_slope():
    check_node("PRelu", {"x": X}, constants={"slope": floats(3, 1, seed=1)})
    check_node("PRelu", {"x": X, "slope": floats(4, seed=1)})


@pytest.mark.parametrize(("low", "high"), [(0, 6), (-1, 0.5), (None, 1), (-1, None)])
def test_clip(low, high):
    constants = {}
    if low is not None:
        constants["low"] = np.float32(low)
    if high is not None:
        constants["high"] = np.float32(high)
    order = ["x", "low" if low is not None else "", "high" if high is not None else ""]
    made = check_node("Clip", {"x": 5 * X}, constants=constants, order=order)
    assert ("RELU6" in made) is (low == 0 and high == 6)


@pytest.mark.parametrize("to", ["FLOAT16", "DOUBLE", "INT8", "INT64", "BOOL", "UINT8"])
def test_cast(to):
    values = np.array([0, 1, 2.7, 90], np.float32)
    check_node("Cast", {"x": values}, to=getattr(TensorProto, to))


def test_cast_like():
    check_node("CastLike", {"x": X, "like": np.zeros(1, np.int32)})


def test_dropout_of_inference_is_nothing():
    assert check_node("Dropout", {"x": X}) == ["BITCAST"]
    check_node("Dropout", {"x": X}, outputs=2)


def test_double_is_computed_in_float():
    check_node("Exp", {"x": X.astype(np.float64)}, rtol=1e-5)


def test_bits_as_another_type():
    check_node("BitCast", {"x": X}, opset=26, to=TensorProto.INT32, expected=[X.view(np.int32)])
