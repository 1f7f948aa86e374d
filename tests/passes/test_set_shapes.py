import onnx.helper
import onnx.parser
import onnx_ir as ir
import pytest

from modelwright.errors import ShapeError, UnknownNameError
from modelwright.hub.shapes import dims_of
from modelwright.passes.set_shapes import set_dimensions, set_input_shapes, set_output_shapes

CONV = """
<ir_version: 8, opset_import: ["" : 17]>
g (float[1, 3, 8, 8] x) => (float[1, 192] y)
<float[3, 3, 1, 1] w = {1, 0, 0, 0, 1, 0, 0, 0, 1}, int64[2] shape = {TARGET}>
{
    c = Conv (x, w)
    y = Reshape (c, shape)
}
"""


def _model(target="1, 192"):
    text = CONV.replace("TARGET", target)
    return ir.from_proto(onnx.parser.parse_model(text))


def _shape(model, name):
    values = {value.name: value for node in model.graph for value in node.outputs}
    return dims_of(values[name].shape)


def test_stale_shapes_are_inferred_again():
    model = _model("0, -1")
    assert set_input_shapes(model, {"x": (5, 3, 4, 6)}) == ()
    assert _shape(model, "c") == (5, 3, 4, 6)
    assert _shape(model, "y") == (5, 72)


def test_open_and_symbolic_dimensions():
    model = _model("0, -1")
    set_input_shapes(model, {"x": ("batch", 3, None, 8)})
    assert _shape(model, "c") == ("batch", 3, None, 8)


@pytest.mark.parametrize(("target", "fits"), [("1, 192", False), ("1, -1", True), ("7, -1", False), ("0, 192", True)])
def test_constant_reshapes_that_contradict_are_warned_of(target, fits):
    warnings = set_input_shapes(_model(target), {"x": (4, 3, 8, 8)})
    assert (warnings == ()) == fits
    if not fits:
        assert "Reshape" in warnings[0]
        assert "[4, 3, 8, 8]" in warnings[0]


def test_wrong_ranks_and_names():
    with pytest.raises(ShapeError, match="4 dimensions"):
        set_input_shapes(_model(), {"x": (1, 3, 8)})
    with pytest.raises(UnknownNameError, match="'xx'"):
        set_input_shapes(_model(), {"xx": (1, 3, 8, 8)})


def _denoted():
    model = onnx.parser.parse_model(
        '<ir_version: 8, opset_import: ["" : 17]> g (float[A, B, 5] x) => (float[A, B, 5] y) { y = Abs (x) }'
    )
    for axis, denotation in enumerate(("DATA_BATCH", "DATA_CHANNEL", "DATA_FEATURE")):
        model.graph.input[0].type.tensor_type.shape.dim[axis].denotation = denotation
    return ir.from_proto(model)


def test_dimensions_by_name_and_denotation():
    model = _denoted()
    done, warnings = set_dimensions(model, {"A": 2}, {"DATA_CHANNEL": 3})
    assert done == ("x: [A, B, 5] became [2, 3, 5]",)
    assert warnings == ()
    assert _shape(model, "y") == (2, 3, 5)
    assert model.graph.inputs[0].shape.get_denotation(1) == "DATA_CHANNEL"


def test_a_denoted_dimension_that_is_fixed():
    set_dimensions(_denoted(), {}, {"DATA_FEATURE": 5})
    with pytest.raises(ShapeError, match="DATA_FEATURE"):
        set_dimensions(_denoted(), {}, {"DATA_FEATURE": 6})


def test_unknown_dimensions():
    with pytest.raises(UnknownNameError) as caught:
        set_dimensions(_denoted(), {"C": 1}, {})
    assert "A, B" in caught.value.hint
    with pytest.raises(UnknownNameError) as caught:
        set_dimensions(_denoted(), {}, {"DATA_CHANEL": 1})
    assert "DATA_CHANNEL" in caught.value.hint


def test_output_shapes():
    model = _denoted()
    set_output_shapes(model, {"y": (2, None, 5)})
    assert _shape(model, "y") == (2, None, 5)
    with pytest.raises(ShapeError, match="'y'"):
        set_output_shapes(model, {"y": (2, 3, 6)})
    with pytest.raises(UnknownNameError):
        set_output_shapes(model, {"z": (2,)})
