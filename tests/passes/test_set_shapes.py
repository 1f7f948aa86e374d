import onnx.helper
import onnx.parser
import onnx_ir as ir
import pytest

from modelwright.errors import ShapeError, UnknownNameError
from modelwright.hub.shapes import dims_of
from modelwright.passes.set_shapes import set_dimensions, set_input_shapes, set_output_shapes

TEXT = """
<ir_version: 8, opset_import: ["" : 17]>
g (float[1, 3, 8, 8] x, float[3] w) => (float[1, 3, 8, 8] y)
<float[3] w = {1, 2, 3}>
{ y = Relu (x) }
"""


def _model(text=TEXT):
    return ir.from_proto(onnx.parser.parse_model(text))


def test_a_fixed_size_becomes_another_or_a_free_one():
    model = _model()
    changes = set_input_shapes(model, {"x": ("batch", 3, None, 16)})
    assert [str(change) for change in changes] == ["x: [1, 3, 8, 8] became [batch, 3, ?, 16]"]
    assert dims_of(model.graph.inputs[0].shape) == ("batch", 3, None, 16)
    assert set_input_shapes(model, {"x": ("batch", 3, None, 16)}) == ()


def test_wrong_ranks_names_and_types():
    with pytest.raises(ShapeError, match="4 dimensions"):
        set_input_shapes(_model(), {"x": (1, 3, 8)})
    with pytest.raises(UnknownNameError, match="'xx'"):
        set_input_shapes(_model(), {"xx": (1, 3, 8, 8)})
    with pytest.raises(ShapeError, match="default value of shape"):
        set_input_shapes(_model(), {"w": (4,)})
    sequence = onnx.helper.make_tensor_sequence_value_info("s", 1, [2])
    proto = onnx.parser.parse_model(TEXT)
    proto.graph.input.append(sequence)
    with pytest.raises(ShapeError, match="no shape of its own"):
        set_input_shapes(ir.from_proto(proto), {"s": (2,)})


def _denoted():
    model = onnx.parser.parse_model(
        '<ir_version: 8, opset_import: ["" : 17]> g (float[A, B, 5] x) => (float[A, B, 5] y) { y = Abs (x) }'
    )
    for axis, denotation in enumerate(("DATA_BATCH", "DATA_CHANNEL", "DATA_FEATURE")):
        model.graph.input[0].type.tensor_type.shape.dim[axis].denotation = denotation
    return ir.from_proto(model)


def test_dimensions_by_name_and_denotation():
    model = _denoted()
    changes = set_dimensions(model, {"A": 2}, {"DATA_CHANNEL": 3})
    assert [str(change) for change in changes] == ["x: [A, B, 5] became [2, 3, 5]"]
    assert model.graph.inputs[0].shape.get_denotation(1) == "DATA_CHANNEL"


def test_a_denoted_dimension_that_is_fixed():
    assert set_dimensions(_denoted(), {}, {"DATA_FEATURE": 5}) == ()
    with pytest.raises(ShapeError, match="DATA_FEATURE"):
        set_dimensions(_denoted(), {}, {"DATA_FEATURE": 6})


def test_two_sizes_for_one_dimension():
    set_dimensions(_denoted(), {"A": 2}, {"DATA_BATCH": 2})
    with pytest.raises(ShapeError, match="2 or 3"):
        set_dimensions(_denoted(), {"A": 2}, {"DATA_BATCH": 3})


def test_unknown_dimensions():
    with pytest.raises(UnknownNameError) as caught:
        set_dimensions(_denoted(), {"C": 1}, {})
    assert "A, B" in caught.value.hint
    with pytest.raises(UnknownNameError) as caught:
        set_dimensions(_denoted(), {}, {"DATA_CHANEL": 1})
    assert "did you mean 'DATA_CHANNEL'" in caught.value.hint


def test_output_shapes():
    model = _denoted()
    set_output_shapes(model, {"y": (2, None, 5)})
    assert dims_of(model.graph.outputs[0].shape) == (2, None, 5)
    with pytest.raises(ShapeError, match="'y'"):
        set_output_shapes(model, {"y": (2, 3, 6)})
    with pytest.raises(UnknownNameError):
        set_output_shapes(model, {"z": (2,)})
