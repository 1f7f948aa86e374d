import pytest

from modelwright.quantize.channels import block_axis, weight_axis


@pytest.mark.parametrize(
    ("op_type", "shape", "attributes", "axis", "block"),
    [
        ("Conv", (8, 3, 3, 3), {}, 0, None),
        ("ConvTranspose", (3, 8, 3, 3), {}, 1, None),
        ("ConvTranspose", (4, 2, 3, 3), {"group": 2}, None, None),
        ("Gemm", (3, 8), {}, 1, 0),
        ("Gemm", (8, 3), {"transB": 1}, 0, 1),
        ("MatMul", (3, 8), {}, 1, 0),
        ("MatMul", (2, 3, 8), {}, None, None),
    ],
)
def test_axes(tmp_path, network, tools, op_type, shape, attributes, axis, block):
    n = network()
    n.weight("w", *shape)
    n.add(op_type, ["x", "w"], "y", **attributes)
    rank = 4 if "Conv" in op_type else 2
    inputs = {"x": ["n", shape[1 if op_type == "Conv" else 0], 8, 8][:rank]}
    if op_type == "Gemm" and attributes:
        inputs = {"x": ["n", 3]}
    if len(shape) == 3:
        inputs = {"x": [2, "n", 3]}
    if op_type == "MatMul" and len(shape) == 2:
        inputs = {"x": ["n", 3]}
    path = n.write(tmp_path / "m.onnx", inputs, {"y": [f"d{axis}" for axis in range(len(next(iter(inputs.values()))))]})
    node = next(iter(tools.load(path).graph))
    assert weight_axis(node, 1) == axis
    assert block_axis(node, 1) == block
