import numpy as np
import pytest

from modelwright.quantize.prepare import prepare
from modelwright.quantize.rules import rules_named
from modelwright.quantize.scope import node_scopes
from modelwright.quantize.settings import Precision, QuantizeSettings
from modelwright.quantize.units import UnitFinder


@pytest.fixture
def found(tools):
    def found(path, *, simplify=True, **settings):
        model = tools.load(path)
        prepare(model, simplify=simplify)
        scopes = node_scopes(model.graph, QuantizeSettings(**settings))
        finder = UnitFinder(model.graph, rules_named("onnxruntime").operators, scopes)
        return finder, {unit.head.name: unit for unit in finder.find()}

    return found


def test_heads_tails_and_places(residual, found):
    _, units = found(residual)
    conv = units["c1_node"]
    assert [node.name for node in conv.tail] == ["r1_node"]
    assert (conv.activations, conv.weight, conv.bias) == ((0,), 1, 2)
    assert [value.name for value in conv.outputs] == ["r1"]
    assert units["c2_node"].tail[0].op_type == "Clip"
    assert units["a3_node"].activations == (0, 1)
    assert "r1_node" not in units


def test_an_activation_that_others_read_before_is_no_tail(tmp_path, network, found):
    n = network()
    n.conv("x", "c", (3, 4))
    n.add("Relu", ["c"], "r")
    n.add("Add", ["c", "r"], "y")
    _, units = found(n.write(tmp_path / "m.onnx", {"x": [1, 3, 8, 8]}, {"y": [1, 4, 8, 8]}))
    assert units["c_node"].tail == ()


def test_products_that_engines_do_not_take(tmp_path, network, found):
    n = network()
    n.weight("w", 8, 8), n.constant("b", np.ones(8, np.float32))
    n.add("Gemm", ["x", "w", "b"], "a", alpha=0.5)
    n.add("Gemm", ["a", "w", "x"], "c")
    n.add("Conv", ["i", "k"], "y")
    path = n.write(
        tmp_path / "m.onnx",
        {"x": [8, 8], "i": [1, 3, 8, 8], "k": [4, 3, 3, 3]},
        {"c": [8, 8], "y": [1, 4, 6, 6]},
    )
    finder, units = found(path, simplify=False)
    assert units == {}
    assert {node.name: reason for node, reason in finder.refused.items()} == {
        "a_node": "its alpha is not 1",
        "c_node": "its bias is computed while the model runs",
        "y_node": "its weight is computed while the model runs",
    }


def test_integers_are_no_activations(tmp_path, network, found):
    n = network()
    n.constant("shape", np.array([1, 12], np.int64))
    n.add("Shape", ["x"], "s")
    n.add("Reshape", ["s", n.constant("two", np.array([2, 1], np.int64))], "t")
    n.add("Cast", ["t"], "y", to=1)
    finder, units = found(n.write(tmp_path / "m.onnx", {"x": ["a", "b"]}, {"y": [2, 1]}), simplify=False)
    assert units == {}
    assert list(finder.refused.values()) == ["its numbers are not float32"]


def test_weights_alone_and_scales_at_run_time(residual, found):
    finder, units = found(residual, precision=Precision.WEIGHTS)
    assert units == {}
    assert len(finder.stored) == 6
    finder, units = found(residual, precision=Precision.DYNAMIC)
    assert [unit.head.op_type for unit in finder.stored] == ["Gemm"]
    reasons = {reason for node, reason in finder.refused.items() if node.op_type == "Conv"}
    assert reasons == {"only matrix products have a form with scales at run time"}
