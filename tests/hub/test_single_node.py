import numpy as np
import onnx
import onnx.parser
import onnx.reference
import onnx_ir as ir
import onnxruntime
import pytest

from modelwright.hub.shapes import Shapes
from modelwright.hub.single_node import ZEROS, UntypedInputError, isolate, write_zeros


@pytest.fixture
def split():
    """The one-node models of a model given as text."""

    def make(text, *, opset='"" : 17', limit=1 << 16):
        full = f"<ir_version: 8, opset_import: [{opset}]>\n{text}"
        model = ir.serde.deserialize_model(onnx.parser.parse_model(full))
        shapes = Shapes(17)
        return [
            isolate(node, model, dtype_of=shapes.dtype, shape_of=shapes.shape, limit=limit)
            for node in ir.traversal.RecursiveGraphIterator(model.graph)
        ]

    return make


def session(single, folder):
    path = folder / "node.onnx"
    path.write_bytes(single.content)
    if single.zeros:
        write_zeros(folder, single.zeros)
    return onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])


def test_a_node_with_its_attributes_and_constants(split, tmp_path):
    (single,) = split("g (float[2, 3] x) => (float[2, 3] y) <float m = {0.5}> { y = Clip(x, m) }")
    x = np.array([[0, 1, 2], [-1, 0.2, 0.7]], np.float32)
    (found,) = session(single, tmp_path).run(None, {"i0": x})
    assert np.array_equal(found, np.maximum(x, 0.5))
    assert [(port.name, port.shape) for port in single.inputs] == [("i0", (2, 3))]


def test_equal_nodes_are_equal_files(split):
    one, two, three = split(
        "g (float[N, 3] x) => (float[N, 3] y) { [a] p = Relu(x)\n [b] q = Relu(p)\n [c] y = Neg(q) }"
    )
    assert one.content == two.content != three.content


def test_names_of_open_sizes_do_not_matter(split):
    (one,) = split("g (float[N, M] x, float[M, N] w) => (float[N, N] y) { y = MatMul(x, w) }")
    (two,) = split("g (float[a, b] p, float[b, a] q) => (float[a, a] r) { r = MatMul(p, q) }")
    assert one.content == two.content
    assert [port.shape for port in one.inputs] == [("d0", "d1"), ("d1", "d0")]


def test_attributes_and_small_integers_matter(split):
    one, two = split("g (float[2,6] x) => (float[2,6] y) { p = Softmax<axis=0>(x)\n y = Softmax<axis=1>(p) }")
    assert one.content != two.content
    text = "g (float[6] x) => (float[?, ?] y) <int64[2] s = {S}> { y = Reshape(x, s) }"
    assert split(text.replace("{S}", "{2, 3}"))[0].content != split(text.replace("{S}", "{3, 2}"))[0].content


def test_weights_do_not_matter(split):
    numbers = [", ".join(str(item) for item in range(start, start + 20)) for start in (0, 5)]
    texts = [f"g (float[20] x) => (float[20] y) <float[20] w = {{{item}}}> {{ y = Add(x, w) }}" for item in numbers]
    assert split(texts[0])[0].content == split(texts[1])[0].content


def test_large_weights_are_a_file_of_zeros(split, tmp_path):
    numbers = ", ".join("1" for _ in range(64))
    (single,) = split(f"g (float[64] x) => (float[64] y) <float[64] w = {{{numbers}}}> {{ y = Add(x, w) }}", limit=256)
    assert single.zeros == 256
    x = np.arange(64, dtype=np.float32)
    (found,) = session(single, tmp_path).run(None, {"i0": x})
    assert np.array_equal(found, x)


def test_the_file_of_zeros_only_grows(tmp_path):
    for length in (100, 10, 4096):
        write_zeros(tmp_path, length)
    assert (tmp_path / ZEROS).read_bytes() == bytes(4096)


def test_weights_are_never_read():
    class Unreadable(ir.LazyTensor):
        """A tensor of a megabyte that must not be asked for."""

    def fail():
        raise AssertionError("a weight was read")

    tensor = Unreadable(fail, dtype=ir.DataType.FLOAT, shape=ir.Shape([512, 512]), name="w")
    x = ir.Value(name="x", type=ir.TensorType(ir.DataType.FLOAT), shape=ir.Shape([1, 512]))
    weight = ir.Value(name="w", const_value=tensor, type=ir.TensorType(ir.DataType.FLOAT), shape=ir.Shape([512, 512]))
    node = ir.Node("", "MatMul", [x, weight])
    graph = ir.Graph([x], node.outputs, nodes=[node], initializers=[weight], opset_imports={"": 17})
    shapes = Shapes(17)
    single = isolate(node, ir.Model(graph, ir_version=8), dtype_of=shapes.dtype, shape_of=shapes.shape)
    assert single.zeros == 1 << 20
    assert len(single.content) < 1000


def test_a_constant_node_is_a_constant(split, tmp_path):
    singles = split("g (float[6] x) => (float[?, ?] y) { s = Constant<value_ints=[2, 3]>()\n y = Reshape(x, s) }")
    (found,) = session(singles[1], tmp_path).run(None, {"i0": np.zeros(6, np.float32)})
    assert found.shape == (2, 3)
    assert len(singles[1].inputs) == 1


def test_an_input_used_twice_and_one_left_out(split, tmp_path):
    (single,) = split("g (float[3] x) => (float[3] y) { y = Clip(x, , ) }")
    assert len(single.inputs) == 1
    (twice,) = split("g (float[3] x) => (float[3] y) { y = Add(x, x) }")
    (found,) = session(twice, tmp_path).run(None, {"i0": np.ones(3, np.float32)})
    assert np.array_equal(found, [2, 2, 2])


def test_what_a_body_takes_from_outside_becomes_an_input(split, tmp_path):
    singles = split(
        "g (float[2] x, bool c) => (float[2] y) <float[2] w = {3, 4}> { a = Relu(x)\n"
        " y = If(c) <then_branch = t () => (float[2] p) { p = Add(a, w) },"
        " else_branch = e () => (float[2] q) { q = Neg(a) }> }"
    )
    choice = singles[1]
    assert [port.name for port in choice.inputs] == ["c", "a"]
    (found,) = session(choice, tmp_path).run(None, {"c": np.array(True), "a": np.ones(2, np.float32)})
    assert np.array_equal(found, [4, 5])


def test_an_input_of_unknown_dtype(split):
    text = "g (float[2] x) => (float[2] y) { a = own.Thing(x)\n y = Relu(a) }"
    with pytest.raises(UntypedInputError) as caught:
        split(text, opset='"" : 17, "own" : 1')
    assert caught.value.name == "a"
