import onnx_ir as ir
from onnx import parser

from modelwright.backends.ascend.interface import Port
from modelwright.backends.ascend.outputs import settle_outputs

MODEL = ir.from_proto(
    parser.parse_model(
        '<ir_version: 8, opset_import: ["" : 17]> net (float[4] x) => (float[2] a, float[2] b) { a, b = Split (x) }'
    )
)
next(iter(MODEL.graph)).name = "cut"
PORTS = tuple(Port(name=name, artifact=f"{name}_node:0", dims=(2,), dtype="float32") for name in ("a", "b"))
SAME = tuple(Port(name=name, artifact=name, dims=(2,), dtype="float32") for name in ("a", "b"))


def settle(text, ports=SAME, *, straight=False):
    settings = {} if text is None else {"out_nodes": text}
    found, given, problems = settle_outputs(settings, ports, MODEL.graph, straight=straight)
    return [port.name for port in found], given, [message for message, _ in problems]


def test_all_outputs_unless_some_are_named():
    assert settle(None) == (["a", "b"], "", [])
    assert settle(None, PORTS, straight=True) == (["a", "b"], "a_node:0;b_node:0", [])


def test_operators_or_names():
    assert settle("cut:1") == (["b"], "cut:1", [])
    assert settle("b;cut:0") == (["b", "a"], "b;cut:0", [])
    assert settle("b_node", PORTS, straight=True) == (["b"], "b_node:0", [])


def test_others_are_refused():
    assert settle("cut:2")[2] == ["out_nodes: cut:2 is no output of the model; these are cut:0, a, cut:1, b"]
