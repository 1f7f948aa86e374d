import onnx_ir as ir
import pytest

from modelwright.errors import UnknownNameError
from modelwright.hub.io import load
from modelwright.passes.precision.safe import narrow_where_safe

TEXT = """
<ir_version: 8, opset_import: ["" : 17]>
g (float[N, 2] x) => (float[N, 2] y)
<float[2] k = {30000, 30000}, float[2] small = {0.00001, 0.00001}, float[2] never = {1, 1}>
{
    [a] p = Mul (x, k)
    [b] q = Mul (p, small)
    [c] y = Relu (q)
}
"""


def test_nodes_near_the_limit_and_their_users_stay_wide(write_onnx):
    model = load(write_onnx(TEXT))
    result, measured = narrow_where_safe(model, ir.DataType.FLOAT16, keep=[], keep_io=True, shapes={"x": (8, 2)})
    assert measured
    assert list(result.kept) == ["a", "b"]
    assert "float16" in result.kept["a"]
    assert "k_float16" not in model.graph.initializers
    result, _ = narrow_where_safe(
        load(write_onnx(TEXT)), ir.DataType.BFLOAT16, keep=["c"], keep_io=True, shapes={"x": (8, 2)}
    )
    assert result.kept == {"c": "asked for"}


def test_weights_that_nothing_uses_any_more_are_gone(write_onnx):
    model = load(write_onnx(TEXT.replace("30000", "3")))
    result, _ = narrow_where_safe(model, ir.DataType.FLOAT16, keep=[], keep_io=False, shapes={"x": (8, 2)})
    assert result.nodes == 3
    assert sorted(model.graph.initializers) == ["k_float16", "small_float16"]


def test_unknown_layers_and_unknown_sizes(write_onnx):
    with pytest.raises(UnknownNameError, match="'aa'"):
        narrow_where_safe(load(write_onnx(TEXT)), ir.DataType.FLOAT16, keep=["aa"], keep_io=True, shapes={})
    _, measured = narrow_where_safe(load(write_onnx(TEXT)), ir.DataType.FLOAT16, keep=[], keep_io=True, shapes={})
    assert not measured
