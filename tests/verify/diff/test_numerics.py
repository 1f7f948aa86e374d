import numpy as np
import pytest

from modelwright.formats import TensorSpec
from modelwright.verify.diff.numerics import (
    NotComparable,
    diff_numerics,
    layout_permutations,
    pair_inputs,
    pair_outputs,
    shared_specs,
)

HEAD = '<ir_version: 8, opset_import: ["" : 17]>\n'


def _diff(write_onnx, first, second, **options):
    a, b = write_onnx(HEAD + first, "a.onnx"), write_onnx(HEAD + second, "b.onnx")
    return diff_numerics(a, b, **({"seed": 1, "rtol": 1e-4, "atol": 1e-6} | options))


def test_equal_and_unequal_outputs(write_onnx):
    text = "g (float[N, 3] x) => (float[N, 3] y, int64[N, 1] i) { y = Elu <alpha = 0.5> (x) i = ArgMax <axis = 1> (x) }"
    same = _diff(write_onnx, text, text)
    assert [item.passed for item in same.outputs] == [True, True]
    assert (same.method, same.reason) == ("random inputs (seed 1)", "")
    off = _diff(write_onnx, text, text.replace("0.5", "0.51"))
    assert [(item.name, item.passed) for item in off.outputs] == [("y", False), ("i", True)]


def test_other_names_and_layouts(write_onnx):
    first = "g (float[1, 3, 4, 5] x) => (float[1, 3, 4, 5] y) { y = Relu (x) }"
    second = "g (float[1, 4, 5, 3] image) => (float[1, 4, 5, 3] out) { out = Relu (image) }"
    found = _diff(write_onnx, first, second)
    assert found.renamed == {"out": "y"}
    assert found.transposed == {"out": (0, 2, 3, 1)}
    assert found.outputs[0].max_abs == 0


def test_strings_bools_nan_and_infinity(write_onnx):
    text = (
        "g (float[3] x, string[3] s, bool[3] p) => (float[3] y, string[3] t, bool[3] q) <float z = {0.0}>"
        "{ y = Div (x, z) t = Identity (s) q = Not (p) }"
    )
    assert all(item.passed for item in _diff(write_onnx, text, text).outputs)
    found = _diff(write_onnx, text, text.replace("Not (p)", "Identity (p)").replace("Div", "Mul"))
    assert {item.name: item.passed for item in found.outputs} == {"y": False, "t": True, "q": False}
    assert found.outputs[0].max_abs == np.inf


def test_what_cannot_be_compared_says_why(write_onnx):
    first = "g (float[2] x) => (float[2] y) { y = Relu (x) }"
    assert "no" not in _diff(write_onnx, first, first).reason
    assert (
        "only one of the models has the input z"
        in _diff(write_onnx, first, "g (float[2] x, float[2] z) => (float[2] y) { y = Add (x, z) }").reason
    )
    assert (
        "float64 in the second" in _diff(write_onnx, first, "g (double[2] x) => (double[2] y) { y = Relu (x) }").reason
    )
    assert (
        "shapes that do not fit" in _diff(write_onnx, first, "g (float[3] x) => (float[3] y) { y = Relu (x) }").reason
    )
    assert (
        "b.onnx: the model does not run"
        in _diff(write_onnx, first, "g (float[2] x) => (float[2] y) <int64[1] s = {3}> { y = Reshape (x, s) }").reason
    )


def test_own_inputs(write_onnx):
    text = "g (float[N] x) => (float[N] y) { y = Relu (x) }"
    other = text.replace("Relu", "Identity")
    array = np.float32([1, 2])
    assert _diff(write_onnx, text, other, inputs={"x": array}, method="mine.npz").outputs[0].passed
    assert not _diff(write_onnx, text, other, inputs={"x": -array}).outputs[0].passed


def _spec(name, *shape, dtype="float32"):
    return TensorSpec(name=name, dtype=dtype, shape=shape)


def test_sizes_that_only_one_model_fixes_hold_for_both():
    pairs = pair_inputs((_spec("x", "N", 3), _spec("m", "N")), (_spec("x", 4, 3), _spec("m", None)))
    assert [spec.shape for spec in shared_specs(pairs)] == [(4, 3), (4,)]
    with pytest.raises(NotComparable):
        pair_inputs((_spec("x", 2),), (_spec("y", 2, dtype="int32"),))


def test_outputs_pair_by_name_then_shape_then_place():
    a = {"p": np.zeros(2), "q": np.zeros(3), "r": np.zeros(4)}
    b = {"s": np.zeros(3), "p": np.zeros(9), "t": np.zeros(5)}
    assert pair_outputs(a, b) == {"p": "p", "q": "s", "r": "t"}
    assert layout_permutations(4) == [(0, 2, 3, 1), (0, 3, 1, 2)]
    assert layout_permutations(2) == []
