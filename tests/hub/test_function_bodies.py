import onnx.parser
import onnx_ir as ir
import pytest

from modelwright.hub.function_bodies import expand_by_standard
from modelwright.hub.names import NameScope

MAPPED = """<ir_version: 8, opset_import: ["" : 17]>
g (seq(float[3]) x) => (seq(float[3]) y)
{ y = SequenceMap <body = b (float[3] e) => (float[3] r) { r = Neg (e) }> (x) }"""


@pytest.fixture
def mapping():
    return ir.from_proto(onnx.parser.parse_model(MAPPED))


def test_a_body_of_the_standard(mapping):
    node = mapping.graph.node(0)
    nodes, outputs, version = expand_by_standard(node, 17, NameScope.of_graph(mapping.graph))
    assert [item.op_type for item in nodes] == ["SequenceLength", "Constant", "SequenceEmpty", "Loop"]
    assert outputs[0].producer() is nodes[-1]
    assert version == 17


def test_there_is_none_where_types_do_not_fit(mapping):
    node = mapping.graph.node(0)
    node.inputs[0].type = ir.TensorType(ir.DataType.FLOAT)
    assert expand_by_standard(node, 17, NameScope.of_graph(mapping.graph)) is None
