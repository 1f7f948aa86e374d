import onnx
import onnx.parser
import pytest

from modelwright.errors import ShapeError
from modelwright.formats import Format
from modelwright.frontends.manifest import LoadRequest
from modelwright.frontends.onnx.load import load
from modelwright.hub.shapes import dims_of

FIXED = """
<ir_version: 8, opset_import: ["" : 17]>
g (float[BATCH, 3, 8] x) => (float[1, 24] y)
<int64[2] s = {1, 24}>
{ [flat] y = Reshape (x, s) }
"""


def _load(path, **options):
    return load(LoadRequest(path=path, format=Format.ONNX, options=options))


def _shape(imported):
    return dims_of(imported.model.graph.outputs[0].shape)


def test_a_constant_that_fixes_the_batch_is_an_error_that_names_the_remedy(write_onnx):
    with pytest.raises(
        ShapeError, match=r"Reshape 'flat': makes \[4, 3, 8\] into the constant shape \[1, 24\]"
    ) as caught:
        _load(write_onnx(FIXED.replace("BATCH", "1")), inputs=["x[4,3,8]"])
    assert "--rebatch rewrites" in caught.value.hint
    assert "[1, 24] becomes [batch, 24]" in caught.value.hint
    assert caught.value.node == "flat"


def test_a_free_batch_that_the_model_fixes_inside(write_onnx):
    path = write_onnx(FIXED.replace("BATCH", "N"))
    with pytest.raises(ShapeError) as caught:
        _load(path, free_dim_param={"N": 4})
    assert "--rebatch" in caught.value.hint
    imported = _load(path, free_dim_param={"N": 4}, rebatch=True)
    assert _shape(imported) == (4, 24)
    assert imported.details["batch"]["size"] == 1


@pytest.mark.parametrize(("size", "shape"), [("4", (4, 24)), ("batch", ("batch", 24)), ("-1", (None, 24))])
def test_rebatch(write_onnx, size, shape):
    imported = _load(write_onnx(FIXED.replace("BATCH", "1")), inputs=[f"x[{size},3,8]"], rebatch=True)
    assert _shape(imported) == shape
    assert "rebatch Reshape 'flat': [1, 24] becomes [batch, 24]" in imported.done
    assert imported.details["batch"] == {"size": 1, "inputs": {"x": 0}, "outputs": {"y": (0, 1)}, "only": True}


def test_a_free_batch_is_not_declared_where_a_constant_fixes_it(write_onnx):
    with pytest.raises(ShapeError, match="the old batch 1 is fixed in Reshape 'flat'"):
        _load(write_onnx(FIXED.replace("BATCH", "1")), inputs=["x[batch,3,8]"])


def test_sizes_that_are_no_batch_have_no_remedy(write_onnx):
    with pytest.raises(ShapeError) as caught:
        _load(write_onnx(FIXED.replace("BATCH", "1")), inputs=["x[1,3,9]"], rebatch=True)
    assert "fixes these sizes inside" in caught.value.hint


def test_what_mixes_samples_is_warned_of(write_onnx):
    text = """
        <ir_version: 8, opset_import: ["" : 17]>
        g (float[1, 3] x) => (float[1, 3] y)
        { [mean] m = ReduceMean <axes = [0]> (x)  y = Sub (x, m) }
    """
    imported = _load(write_onnx(text), inputs=["x[4,3]"])
    assert "ReduceMean 'mean' mixes or drops the samples" in imported.notices[0].message


def test_functions_are_inlined_to_be_rewritten(write_onnx):
    text = """
        <ir_version: 10, opset_import: ["" : 17, "local" : 1]>
        g (float[1, 3, 8] x) => (float[1, 24] y)
        { y = local.flat (x) }
        <domain: "local", opset_import: ["" : 17]>
        flat (a) => (b) { s = Constant <value = int64[2] {1, 24}> ()  b = Reshape (a, s) }
    """
    path = write_onnx(text)
    with pytest.raises(ShapeError):
        _load(path, inputs=["x[4,3,8]"])
    imported = _load(path, inputs=["x[4,3,8]"], rebatch=True)
    assert "functions were inlined: local:flat" in imported.done
    assert _shape(imported) == (4, 24)


def test_weights_that_had_to_be_inputs_count_as_weights(tmp_path):
    text = """
        <ir_version: 3, opset_import: ["" : 9]>
        g (float[1, 3, 8] x, int64[2] s) => (float[1, 24] y)
        <int64[2] s = {1, 24}>
        { [flat] y = Reshape (x, s) }
    """
    path = tmp_path / "old.onnx"
    onnx.save(onnx.parser.parse_model(text), path)
    imported = _load(path, inputs=["x[4,3,8]"], rebatch=True)
    assert [value.name for value in imported.model.graph.inputs] == ["x"]
    assert "1 weights are no longer inputs, as IR version 3 had them" in imported.done
    assert _shape(imported) == (4, 24)
