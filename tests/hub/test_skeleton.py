import numpy as np
import onnx
import onnx.parser
import onnx_ir as ir
import onnxruntime
import pytest
from onnx import helper, numpy_helper

from modelwright.hub.skeleton import Skeleton, digest_names


def _model(opset=17):
    text = f"""<ir_version: 8, opset_import: ["" : {opset}]>
g (float[2, 64] x, float[2, 64] unused) => (float[2, 32] y, float[2, 64] n) {{
    a = Relu (x)
    b = MatMul (a, w)
    y = Abs (b)
    n = Neg (unused)
}}"""
    proto = onnx.parser.parse_model(text)
    weight = np.random.default_rng(0).normal(size=(64, 32)).astype(np.float32)
    proto.graph.initializer.append(numpy_helper.from_array(weight, "w"))
    return ir.serde.deserialize_model(proto)


def test_graphs_share_one_file_of_weights(tmp_path):
    skeleton = Skeleton(_model(), tmp_path)
    first, second = skeleton.write(["b"]), skeleton.write(["y"], digests=["a"])
    assert first.stat().st_size < 1000 > second.stat().st_size
    assert (tmp_path / "model.onnx.data").stat().st_size == 64 * 32 * 4
    proto = onnx.load(first, load_external_data=False)
    assert [node.op_type for node in proto.graph.node] == ["Relu", "MatMul"]
    assert [item.name for item in proto.graph.input] == ["x"]
    session = onnxruntime.InferenceSession(second)
    assert [item.name for item in session.get_outputs()] == ["y", *digest_names(0)]


def test_a_graph_that_begins_inside_needs_no_weights_before(tmp_path):
    skeleton = Skeleton(_model(), tmp_path)
    path = skeleton.write(["y"], starts={"b": ("float32", 2)})
    session = onnxruntime.InferenceSession(path)
    assert session.run(None, {"b": np.float32([[-1]])})[0].tolist() == [[1]]
    assert not onnx.load(path, load_external_data=False).graph.initializer
    assert skeleton.made == ("a", "b", "y", "n")
    assert skeleton.dtypes["b"] == "float32"


@pytest.mark.parametrize("opset", [7, 11, 13, 18, 21])
def test_digests_at_every_opset(tmp_path, opset):
    skeleton = Skeleton(_model(opset), tmp_path)
    session = onnxruntime.InferenceSession(skeleton.write([], digests=["a"]))
    x = np.random.default_rng(1).normal(size=(2, 64)).astype(np.float32)
    shape, mean, norm = session.run(list(digest_names(0)), {"x": x})
    a = np.maximum(x, 0)
    np.testing.assert_array_equal(shape, [2, 64])
    np.testing.assert_allclose([mean, norm], [a.mean(), np.linalg.norm(a)], rtol=1e-5)


def test_tensors_are_digested_when_they_are_made(tmp_path, operators_run):
    """Otherwise every tensor was held until the end of the model; ONNX Runtime's own profile tells."""
    lines = [f"c{place} = Conv<pads=[1, 1, 1, 1]> ({f'c{place - 1}' if place else 'x'}, w)" for place in range(4)]
    text = '<ir_version: 8, opset_import: ["" : 17]> g (float[1, 16, 40, 40] x) => (float[1, 16, 40, 40] c3) '
    proto = onnx.parser.parse_model(f"{text} {{ {' '.join(lines)} }}")
    weight = np.random.default_rng(0).normal(size=(16, 16, 3, 3)).astype(np.float32)
    proto.graph.initializer.append(numpy_helper.from_array(weight, "w"))
    path = Skeleton(ir.serde.deserialize_model(proto), tmp_path).write([], digests=[f"c{place}" for place in range(4)])
    ran = operators_run(path, {"x": np.zeros((1, 16, 40, 40), np.float32)})
    assert [operator for operator in ran if operator in ("Conv", "ReduceL2")] == ["Conv", "ReduceL2"] * 4


def test_names_read_inside_subgraphs_are_kept(tmp_path):
    text = """<ir_version: 8, opset_import: ["" : 17]>
g (bool p, float[2] x) => (float[2] y) {
    a = Abs (x)
    b = Neg (x)
    y = If (p) <
        then_branch = t () => (float[2] c) { c = Relu (a) },
        else_branch = e () => (float[2] d) { d = Identity (b) }>
}"""
    skeleton = Skeleton(ir.serde.deserialize_model(onnx.parser.parse_model(text)), tmp_path)
    session = onnxruntime.InferenceSession(skeleton.write(["y"]))
    assert session.run(None, {"p": np.array(True), "x": np.float32([-1, 2])})[0].tolist() == [1, 2]


def test_sequences_have_no_dtype_and_functions_stay(tmp_path):
    inner = helper.make_node("Relu", ["x"], ["r"])
    function = helper.make_function("f", "Act", ["x"], ["r"], [inner], [helper.make_opsetid("", 17)])
    nodes = [
        helper.make_node("Act", ["x"], ["a"], domain="f"),
        helper.make_node("SequenceConstruct", ["x"], ["s"]),
    ]
    graph = helper.make_graph(
        nodes, "g", [helper.make_tensor_value_info("x", 1, [2])], [helper.make_tensor_value_info("a", 1, [2])]
    )
    imports = [helper.make_opsetid("", 17), helper.make_opsetid("f", 1)]
    proto = helper.make_model(graph, opset_imports=imports, functions=[function], ir_version=8)
    skeleton = Skeleton(ir.serde.deserialize_model(proto), tmp_path)
    assert skeleton.dtypes["s"] == ""
    session = onnxruntime.InferenceSession(skeleton.write(["a"]))
    assert session.run(None, {"x": np.float32([-1, 1])})[0].tolist() == [0, 1]
