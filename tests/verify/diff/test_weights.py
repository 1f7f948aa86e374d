import numpy as np
import onnx_ir as ir
import pytest

from modelwright.verify.diff.findings import Change
from modelwright.verify.diff.graph import match_models
from modelwright.verify.diff.weights import compare_weights, diff_weights, find_permutation


def _tensor(array):
    return ir.Tensor(np.asarray(array), dtype=ir.DataType.from_numpy(np.asarray(array).dtype))


def _compare(a, b, rtol=0.0, atol=0.0):
    return compare_weights(_tensor(a), _tensor(b), rtol=rtol, atol=atol)


def test_equal_weights_say_nothing_also_with_nan():
    array = np.float32([1, np.nan, np.inf, -0.0])
    assert _compare(array, array.copy()) is None


def test_how_far_apart_and_whether_within_the_tolerance():
    a = np.linspace(-1, 1, 12, dtype=np.float32).reshape(3, 4)
    b = a.copy()
    b[1, 2] += 0.25
    found = _compare(a, b)
    assert (found.unequal, found.max_abs, found.perm, found.within) == (1, pytest.approx(0.25), None, False)
    assert 0.9 < found.cosine < 1
    assert _compare(a, b, rtol=0.3).within
    assert not _compare(a, b, rtol=0.2).within


def test_nan_on_one_side_is_infinitely_far():
    found = _compare(np.float32([1, 2]), np.float32([1, np.nan]))
    assert found.max_abs == np.inf


@pytest.mark.parametrize(
    ("shape", "order"), [((3, 5), (1, 0)), ((4, 4), (1, 0)), ((8, 3, 3, 3), (2, 3, 1, 0)), ((3, 3, 3), (2, 0, 1))]
)
def test_transposed_weights_are_recognized(shape, order):
    a = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    found = _compare(a, np.ascontiguousarray(a.transpose(order)))
    assert found.perm == order
    assert (found.max_abs, found.unequal) == (0, 0)
    assert find_permutation(a, a + 1) is None


def test_another_dtype_and_another_shape():
    a = np.random.default_rng(0).normal(size=(5, 7)).astype(np.float32)
    found = _compare(a, a.astype(np.float16))
    assert (found.type_a, found.type_b) == ("float32[5, 7]", "float16[5, 7]")
    assert 0 < found.max_rel < 1e-3
    assert not _compare(a, a.astype(np.float16), rtol=0.1).within
    assert _compare(a, a[:, :5]).max_abs is None
    assert _compare(np.int64([1, 2]), np.int64([1, 3])).max_abs == 1


def test_strings_and_bools():
    texts = [ir.StringTensor([item.encode() for item in text], shape=ir.Shape([2])) for text in ("ab", "ac")]
    assert compare_weights(texts[0], texts[0], rtol=0, atol=0) is None
    assert compare_weights(*texts, rtol=0, atol=0).unequal == 1
    assert _compare(np.array([True, False]), np.array([True, True])).unequal == 1


TEXT = """
g (float[2, 2] x) => (float[2, 2] y) <float[2, 2] w = {1, 2, 3, 4}, float[2] b = {1, 2}> {
    a = MatMul (x, w)
    [add] y = Add (a, b)
}
"""


def test_weights_of_two_models(model):
    a = model(TEXT)
    b = model(TEXT.replace("float[2] b = {1, 2}", "float[2] bias = {1, 3}").replace("(a, b)", "(a, bias)"))
    found = diff_weights(match_models(a, b))
    assert found.equal == 1
    assert [(item.change, item.a, item.b, item.used_by, item.unequal) for item in found.changes] == [
        (Change.CHANGED, "b", "bias", "add", 1)
    ]


def test_an_initializer_and_a_constant_are_the_same_weight(model):
    a = model(TEXT)
    b = model(
        """g (float[2, 2] x) => (float[2, 2] y) <float[2, 2] w = {1, 2, 3, 4}> {
        c = Constant <value_floats = [1.0, 2.0]> ()
        a = MatMul (x, w)
        [add] y = Add (a, c)
    }"""
    )
    found = diff_weights(match_models(a, b))
    assert (found.equal, found.changes) == (2, ())


def test_added_and_removed_weights(model):
    less = "g (float[2, 2] x) => (float[2, 2] y) <float[2, 2] w = {1, 2, 3, 4}> { y = MatMul (x, w) }"
    found = diff_weights(match_models(model(TEXT), model(less)))
    assert [(item.change, item.a, item.type_a) for item in found.changes] == [(Change.REMOVED, "b", "float32[2]")]
    found = diff_weights(match_models(model(less), model(TEXT)))
    assert [(item.change, item.b, item.type_b) for item in found.changes] == [(Change.ADDED, "b", "float32[2]")]


def test_weights_in_subgraphs(model):
    text = """
g (bool p, float[2] x) => (float[2] y) {
    [pick] y = If (p) <
        then_branch = t () => (float[2] a) <float[2] w = {1, 2}> { a = Mul (x, w) },
        else_branch = e () => (float[2] b) { b = Neg (x) }>
}
"""
    found = diff_weights(match_models(model(text), model(text.replace("{1, 2}", "{1, 4}"))))
    assert [(item.a, item.unequal) for item in found.changes] == [("w", 1)]
