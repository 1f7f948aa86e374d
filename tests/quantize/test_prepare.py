import numpy as np
import pytest

from modelwright.errors import UnsupportedError
from modelwright.quantize.prepare import prepare


def test_normalizations_are_folded_and_products_get_their_bias(tmp_path, network, tools):
    n = network()
    n.conv("x", "c", (3, 4))
    for name in ("s", "b", "m"):
        n.weight(name, 4)
    n.constant("v", np.ones(4, np.float32))
    n.add("BatchNormalization", ["c", "s", "b", "m", "v"], "bn")
    n.add("Relu", ["bn"], "y")
    path = n.write(tmp_path / "m.onnx", {"x": [1, 3, 8, 8]}, {"y": [1, 4, 8, 8]})
    model = tools.load(path)
    result = prepare(model)
    assert result is not None
    assert [node.op_type for node in model.graph] == ["Conv", "Relu"]


def test_a_shared_bias_is_taken_apart_and_a_wide_one_made_a_vector(tmp_path, network, tools):
    n = network()
    n.weight("w", 8, 8), n.weight("v", 8, 8), n.weight("b", 8), n.weight("wide", 1, 8)
    n.add("Gemm", ["x", "w", "b"], "p")
    n.add("Gemm", ["p", "v", "b"], "q")
    n.add("Gemm", ["q", "v", "wide"], "y")
    path = n.write(tmp_path / "m.onnx", {"x": ["n", 8]}, {"y": ["n", 8]})
    model = tools.load(path)
    prepare(model)
    biases = [node.inputs[2] for node in model.graph]
    assert len({value.name for value in biases if value is not None}) == 3
    assert all(value is not None and len(value.const_value.shape) == 1 for value in biases)
    stored = tools.stored(model, tmp_path / "p.onnx")
    feeds = {"x": np.random.default_rng(1).standard_normal((3, 8)).astype(np.float32)}
    assert np.allclose(tools.run(path, feeds)[0], tools.run(stored, feeds)[0], atol=1e-5)


def test_nodes_get_names_of_their_own(tmp_path, network, tools):
    n = network()
    n.add("Relu", ["x"], "a")
    n.add("Neg", ["a"], "y")
    for node in n.nodes:
        node.name = "same"
    model = tools.load(n.write(tmp_path / "m.onnx", {"x": [2]}, {"y": [2]}))
    prepare(model, simplify=False)
    assert [node.name for node in model.graph] == ["same", "same_1"]


def test_an_old_opset_is_raised(tmp_path, network, tools):
    n = network()
    n.conv("x", "y", (3, 4))
    model = tools.load(n.write(tmp_path / "m.onnx", {"x": [1, 3, 8, 8]}, {"y": [1, 4, 8, 8]}, opset=9))
    prepare(model)
    assert model.graph.opset_imports[""] == 13


def test_quantized_models_are_refused_with_what_to_do(tmp_path, network, tools):
    n = network()
    n.constant("s", np.float32(1)), n.constant("z", np.uint8(0))
    n.add("QuantizeLinear", ["x", "s", "z"], "q")
    n.add("DequantizeLinear", ["q", "s", "z"], "y")
    model = tools.load(n.write(tmp_path / "m.onnx", {"x": [2]}, {"y": [2]}))
    with pytest.raises(UnsupportedError, match="2 nodes such as QuantizeLinear") as caught:
        prepare(model)
    assert "float model" in caught.value.hint
