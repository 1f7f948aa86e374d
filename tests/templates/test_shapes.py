import pytest

from modelwright.errors import ShapeError
from modelwright.templates.shapes import batched, compiler_shapes, joined, named_shapes


def test_shapes_join_names():
    found = named_shapes("a:0:1,2;b:?,3")
    assert [str(item) for item in found] == ["a:0[1,2]", "b[-1,3]"]
    assert joined(["a:0", "c"], found) == ["a:0[1,2]", "c", "b[-1,3]"]
    assert compiler_shapes("a:?,2;b:3;") == "a:1,2;b:3"


def test_a_batch(small, write_onnx, model_folder):
    assert batched([], 4, small) == ["x[4,3,8,8]", "s[4,2]"]
    assert batched(["x[-1,3,5,5]"], 4, small) == ["x[4,3,5,5]"]
    assert batched(["x"], 2, model_folder("frozen_graph") / "frozen.pb") == ["x[2,9]"]
    assert batched([], 2, model_folder("saved_model"), "serve") == ["image[2,24,24,1]"]


def test_a_batch_that_is_fixed_or_unknown(small, write_onnx):
    fixed = write_onnx('<ir_version: 8, opset_import: ["" : 17]> g (float[3, N] x) => (float[3, N] y) { y = Relu (x) }')
    with pytest.raises(ShapeError, match="has the batch 3 fixed, not 4"):
        batched([], 4, fixed)
    assert batched([], 3, fixed) == ["x[3,-1]"]
    with pytest.raises(ShapeError, match="'hidden' are not known"):
        batched(["hidden"], 4, small)
