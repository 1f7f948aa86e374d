import onnx

from modelwright.backends.tensorrt.build import Refusal
from modelwright.backends.tensorrt.refusals import all_refusals, unsupported

TEXT = """
<ir_version: 8, opset_import: ["" : 17]>
g (float[2] x) => (float[2] y, float[2] z)
{
    [a] a = Exp (x)
    [b] b = Relu (a)
    [c] y = Exp (b)
    [d] z = Log (b)
}
"""


def first_of(*operators):
    def attempt(path):
        nodes = [node for node in onnx.load(path).graph.node if node.op_type in operators]
        return [Refusal(code="c", node=node.name, operator=node.op_type, text="no") for node in nodes[:1]]

    return attempt


def test_what_stands_behind_a_refused_layer_is_tried_too(write_onnx, tmp_path):
    path, attempt = write_onnx(TEXT), first_of("Exp")
    found = all_refusals(path, attempt(path), attempt, tmp_path)
    assert [item.node for item in found] == ["a", "c"]
    error = unsupported("TensorRT", found)
    assert "refuses 2 layers" in error.message
    assert error.nodes == (("Exp", "a"), ("Exp", "c"))


def test_it_ends_when_everything_is_refused(write_onnx, tmp_path):
    path, attempt = write_onnx(TEXT), first_of("Exp", "Relu", "Log")
    found = all_refusals(path, attempt(path), attempt, tmp_path)
    assert {item.node for item in found} <= {"a", "b", "c", "d"}
    assert len(found) >= 3


def test_a_complaint_about_no_layer_ends_the_search(write_onnx, tmp_path):
    said = [Refusal(code="c", node="", operator="", text="out of memory")]
    assert all_refusals(write_onnx(TEXT), said, lambda path: said, tmp_path) == tuple(said)
    assert unsupported("TensorRT", said).items == ("the model: out of memory",)
