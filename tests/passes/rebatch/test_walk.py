import onnx.parser
import onnx_ir as ir

from modelwright.hub.shapes import Shapes
from modelwright.passes.rebatch.layout import Place
from modelwright.passes.rebatch.walk import BATCH, Walk


def _walk(shape):
    text = '<ir_version: 8, opset_import: ["" : 17]> g (float[2, 3] x) => (float[2, 3] y) { y = Reshape (x, s) }'
    proto = onnx.parser.parse_model(text)
    proto.graph.initializer.append(onnx.helper.make_tensor("s", onnx.TensorProto.INT64, [2], [2, 3]))
    model = ir.from_proto(proto)
    model.graph.inputs[0].shape = ir.Shape(shape)
    return model.graph, Walk(Shapes(17), Shapes(17), 2, {})


def test_dimensions_that_are_the_batch():
    graph, walk = _walk([6 * BATCH, 3])
    value = graph.inputs[0]
    assert walk.multiples(value) == [(0, 6)]
    assert walk.place(value) is None
    walk.places[value] = Place(axis=0, inner=3)
    assert walk.place(value) == Place(axis=0, inner=3)
    assert walk.multiples(graph.initializers["s"]) == []


def test_entries_are_noted_at_the_old_batch_and_rewritten_in_the_copy():
    graph, walk = _walk([BATCH, 3])
    node = graph.node(0)
    walk.fix_entries(node, 1, {0: 1}, frozenset({0}))
    assert walk.fixed[0].contents == (2, 3)
    assert walk.contents(node, 1) == [BATCH, 3]
