import numpy as np
import pytest

import modelwright as mw
from modelwright.errors import ReferenceDataError, UnknownNameError, UsageError
from modelwright.pipeline.diff import DiffRequest, diff_models, parse_aspects, parse_parts
from modelwright.verify.diff.findings import Aspect, Part

DIGITS = "examples/digits/saved_model"


def test_a_converted_model_is_the_source_imported_again(tmp_path):
    mw.convert(DIGITS, tmp_path / "digits.onnx")
    found = mw.diff(DIGITS, tmp_path / "digits.onnx")
    assert found.same, found.differs
    assert found.graph.matched == 34
    assert (found.summary_a.format, found.summary_b.format) == ("TensorFlow SavedModel", "ONNX model")
    assert mw.diff(tmp_path / "digits.onnx", DIGITS, only="graph,weights").same


def test_parts_and_aspects(small, write_onnx):
    renamed = write_onnx(_renamed(), "other.onnx")
    found = mw.diff(small, renamed)
    assert not found.same
    assert found.differs == ("name of output", "graph name")
    assert mw.diff(small, renamed, ignore=["names", "metadata"]).same
    only = mw.diff(small, renamed, only="weights")
    assert (only.graph, only.numerics, only.same) == (None, None, True)
    with pytest.raises(UnknownNameError, match="weigths"):
        parse_parts(["weigths"])
    with pytest.raises(UnknownNameError, match="valid names: metadata, names, opset, shapes"):
        parse_aspects(["everything"])
    assert parse_parts(["numerics", "graph"]) == (Part.GRAPH, Part.NUMERICS)
    assert parse_aspects(["names"]) == (Aspect.NAMES,)


def _renamed():
    return """
<ir_version: 8, opset_import: ["" : 17]>
other (float[N, 3, 8, 8] x, float[N, 2] s) => (float[N, 3, 8, 8] z, float[N, 2] t)
<float[1] h = {0.5}>
{
    c = Relu (x)
    d = Mul (c, h)
    z = Add (d, c)
    t = Neg (s)
}
"""


def test_own_inputs_may_have_the_prefix_of_reference_data(small, tmp_path):
    arrays = {"in:x": np.zeros((1, 3, 8, 8), np.float32), "s": np.zeros((1, 2), np.float32), "out:y": np.zeros(1)}
    np.savez(tmp_path / "mine.npz", **arrays)
    found = mw.diff(small, small, inputs=tmp_path / "mine.npz")
    assert (found.same, found.numerics.method) == (True, "mine.npz")
    np.savez(tmp_path / "wrong.npz", x=np.zeros((1, 3, 8, 9), np.float32))
    with pytest.raises(ReferenceDataError, match=r"shape.*input 's' is missing"):
        mw.diff(small, small, inputs=tmp_path / "wrong.npz")
    with pytest.raises(UsageError):
        diff_models(DiffRequest(a=small, b=small, parts=(Part.GRAPH,), inputs=tmp_path / "mine.npz"))


def test_weights_have_a_tolerance_only_when_it_is_given(write_onnx):
    head = '<ir_version: 8, opset_import: ["" : 17]>'
    text = head + "g (float[2] x) => (float[2] y) <float[2] w = {1, 2}> { y = Mul (x, w) }"
    a, b = write_onnx(text, "a.onnx"), write_onnx(text.replace("{1, 2}", "{1, 2.00001}"), "b.onnx")
    assert mw.diff(a, b).differs == ("1 weight changed",)
    assert mw.diff(a, b, rtol=1e-3).same


def test_large_weights_are_not_loaded_whole(tmp_path):
    """Both sides' weights lie in mapped files; a comparison holds pieces of them."""
    import onnx
    from onnx import helper

    paths = []
    for name in "ab":
        array = np.zeros((64, 1 << 18), np.float32)
        array[-1, -1] = name == "b"
        tensor = onnx.numpy_helper.from_array(array, "w")
        graph = helper.make_graph(
            [helper.make_node("MatMul", ["x", "w"], ["y"])],
            "g",
            [helper.make_tensor_value_info("x", 1, [1, 64])],
            [helper.make_tensor_value_info("y", 1, [1, 1 << 18])],
            [tensor],
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
        paths.append(tmp_path / f"{name}.onnx")
        onnx.save(model, paths[-1], save_as_external_data=True, location=f"{name}.data")
    found = mw.diff(*paths, only="weights")
    assert found.weights.changes[0].unequal == 1


def test_equal_files_are_the_same_also_when_they_do_not_run(write_onnx):
    head = '<ir_version: 8, opset_import: ["" : 17]>'
    text = head + "g (float[4] x) => (float[K] y) <int64[1] s = {3}> { y = Reshape (x, s) }"
    a, b = write_onnx(text, "a.onnx"), write_onnx(text, "b.onnx")
    found = mw.diff(a, b)
    assert found.same
    assert "does not run" in found.numerics.reason
    assert mw.diff(a, b, only="graph,numerics").differs == ("the outputs could not be compared",)
