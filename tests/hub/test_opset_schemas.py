from modelwright.hub.io import load
from modelwright.hub.opset_schemas import formal_types


def test_types_that_an_operator_takes_and_gives(write_onnx):
    node = load(
        write_onnx(
            '<ir_version: 8, opset_import: ["" : 17]> g (float[1, 1, 2, 2] x) => (float[1, 1, 4, 4] y) '
            "<float[4] s = {1, 1, 2, 2}> { y = Resize (x, , s) }"
        )
    ).graph[0]
    inputs, outputs = formal_types(node, 13)
    assert [place for place, _, _ in inputs] == [0, 2]
    assert "tensor(float16)" in inputs[0][2]
    assert inputs[1][2] == {"tensor(float)"}
    assert outputs[0][1] is node.outputs[0]
