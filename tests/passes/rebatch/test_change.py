import onnx.parser
import onnx_ir as ir
import pytest

from modelwright.passes.rebatch.change import batch_change
from modelwright.passes.set_shapes import set_input_shapes

TEXT = """
<ir_version: 8, opset_import: ["" : 17]>
g (float[1, 3, 8] x, float[1, 2] s, float[N, 2] f) => (float[1, 3, 8] y)
{ y = Relu (x) }
"""


def _change(shapes, denoted=None):
    proto = onnx.parser.parse_model(TEXT)
    if denoted is not None:
        proto.graph.input[0].type.tensor_type.shape.dim[denoted].denotation = "DATA_BATCH"
    model = ir.from_proto(proto)
    return batch_change(model, set_input_shapes(model, shapes))


def test_one_new_size_of_the_first_dimension():
    found = _change({"x": (4, 3, 8), "s": (4, 2)})
    assert (found.axes, found.old, found.new, found.was_fixed, found.only) == ({"x": 0, "s": 0}, 1, 4, True, True)


def test_other_dimensions_may_change_too():
    assert _change({"x": (4, 3, 9)}).only is False


def test_a_free_batch_counts_as_one():
    found = _change({"f": (4, 2)})
    assert (found.old, found.was_fixed) == (1, False)


@pytest.mark.parametrize("shapes", [{"x": (1, 3, 9)}, {"x": (4, 3, 8), "s": (2, 2)}, {"f": ("M", 2)}, {"x": (1, 3, 8)}])
def test_what_is_no_change_of_the_batch(shapes):
    assert _change(shapes) is None


def test_the_dimension_that_is_denoted():
    assert _change({"x": (1, 3, 16)}, denoted=2).axes == {"x": 2}
