import numpy as np
import onnx.parser
import onnx_ir as ir
import onnxruntime
import pytest

from modelwright.errors import UnknownNameError, UsageError
from modelwright.passes.extract import extract

BRANCHES = """
<ir_version: 8, opset_import: ["" : 17]>
g (float[2, 3] x, float[2, 3] z, bool c) => (float[2, 3] y, float[2, 3] w)
<float[3] bias = {1, 2, 3}, float[3] other = {4, 5, 6}>
{
    a = Add (x, bias)
    b = If (c) <
        then_branch = g1 () => (float[2, 3] p) { p = Mul (a, a) },
        else_branch = g2 () => (float[2, 3] q) { q = Identity (z) }
    >
    y = Neg (b)
    w = Sub (z, other)
}
"""


def _model(text=BRANCHES):
    return ir.from_proto(onnx.parser.parse_model(text))


def _run(model, feeds):
    session = onnxruntime.InferenceSession(ir.to_proto(model).SerializeToString())
    return session.run(None, feeds)


def test_only_outputs_keeps_the_inputs_that_are_needed():
    model = _model()
    result = extract(model, [], ["w"])
    assert [value.name for value in model.graph.inputs] == ["z"]
    assert list(model.graph.initializers) == ["other"]
    assert (result.nodes_before, result.nodes_after) == (4, 1)
    z = np.ones((2, 3), np.float32)
    np.testing.assert_array_equal(_run(model, {"z": z})[0], z - [4, 5, 6])


def test_a_tensor_used_only_inside_a_branch_can_be_cut():
    model = _model()
    result = extract(model, ["a", "z", "c"], ["y"])
    assert result.nodes_after == 2
    assert list(model.graph.initializers) == []
    a = np.full((2, 3), 3, np.float32)
    np.testing.assert_array_equal(_run(model, {"a": a, "z": a * 0, "c": np.array(True)})[0], -a * a)


def test_several_outputs_of_which_one_is_before_another():
    model = _model()
    extract(model, [], ["a", "y"])
    assert [value.name for value in model.graph.outputs] == ["a", "y"]
    x = np.zeros((2, 3), np.float32)
    first, second = _run(model, {"x": x, "z": x, "c": np.array(False)})
    np.testing.assert_array_equal(first, x + np.array([1, 2, 3]))
    np.testing.assert_array_equal(second, x)


def test_an_insufficient_cut_names_what_is_missing():
    with pytest.raises(UnknownNameError, match="also need x, z"):
        extract(_model(), ["c"], ["y"])
    with pytest.raises(UnknownNameError) as caught:
        extract(_model(), ["a", "c"], ["y"])
    assert "also need z" in caught.value.message
    assert "--inputs" in caught.value.hint


def test_an_unneeded_input_stays_and_is_told():
    model = _model()
    assert extract(model, ["z", "x"], ["w"]).unused == ("x",)
    assert [value.name for value in model.graph.inputs] == ["z", "x"]


def test_a_tensor_cannot_be_both():
    with pytest.raises(UsageError, match="a: both"):
        extract(_model(), ["a"], ["a"])


OUTPUTS = """
<ir_version: 8, opset_import: ["" : 17]>
g (float[2, 3] x) => (float[2, 3] y, float[2, 3] z)
{ [a] y = Abs (x) [b] z = Exp (y) }
"""


def test_it_may_begin_at_an_output_of_the_model():
    for outputs in ([], ["z"]):
        model = _model(OUTPUTS)
        extract(model, ["y"], outputs)
        assert [value.name for value in model.graph.inputs] == ["y"]
        assert [value.name for value in model.graph.outputs] == ["z"]
        y = np.random.default_rng(0).standard_normal((2, 3)).astype(np.float32)
        np.testing.assert_allclose(_run(model, {"y": y})[0], np.exp(y), rtol=1e-6)


def test_it_ends_behind_where_it_begins():
    with pytest.raises(UsageError, match="y, z: both"):
        extract(_model(OUTPUTS), ["y", "z"], [])


def test_unknown_tensors():
    with pytest.raises(UnknownNameError, match="'nope'"):
        extract(_model(), [], ["nope"])
