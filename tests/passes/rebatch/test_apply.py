import onnx
import pytest
from rebatch_checking import parse, rebatched, same_as_slices

TEXT = """
<ir_version: 8, opset_import: ["" : 17]>
g (float[1, 2, 12] x) => (float[A, B, C] y, float[D, E] z)
<int64[3] s = {1, 6, 4}, int64[2] f = {6, 4}>
{ y = Reshape (x, s)  z = Reshape (x, f)  q = Reshape (x, s) }
"""


@pytest.mark.parametrize(
    ("new", "first", "second"), [(5, [5, 6, 4], [30, 4]), ("b", [0, 6, 4], [-1, 4]), (None, [0, 6, 4], [-1, 4])]
)
def test_numbers_for_a_number_and_zero_or_minus_one_for_a_free_batch(new, first, second):
    changed, done, _ = rebatched(parse(TEXT), {"x": (new, 2, 12)})
    weights = {item.name: onnx.numpy_helper.to_array(item).tolist() for item in changed.graph.initializer}
    assert [weights[node.input[1]] for node in changed.graph.node] == [first, second, first]
    assert len(done) == 3


def test_a_free_batch_beside_an_entry_that_is_computed_already():
    text = """
        <ir_version: 8, opset_import: ["" : 17]>
        g (float[1, 2, 12] x) => (float[A, B] z)
        <int64[2] u = {6, 4}, int64[2] f = {6, -1}>
        { t = Reshape (x, u)  z = Reshape (t, f) }
    """
    changed, _, _ = rebatched(parse(text), {"x": ("b", 2, 12)})
    assert [node.op_type for node in changed.graph.node] == ["Reshape", "Shape", "Gather", "Mul", "Concat", "Reshape"]
    assert same_as_slices(parse(text), "x", "b")
