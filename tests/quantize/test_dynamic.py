import numpy as np
import onnx
import pytest

from modelwright.quantize.settings import Precision, QuantizeSettings
from modelwright.quantize.steps import quantize


def two_products(network, path, **gemm):
    """A MatMul and, behind a Relu, a Gemm with a bias."""
    n = network()
    n.weight("w", 16, 8)
    n.weight("v", 8, 8)
    n.weight("b", 8)
    n.add("MatMul", ["x", "w"], "m")
    n.add("Relu", ["m"], "r")
    n.add("Gemm", ["r", "v", "b"], "y", **gemm)
    return n.write(path, {"x": ["n", 16]}, {"y": ["n", 8]})


@pytest.mark.parametrize("flipped", [0, 1])
def test_products_get_their_scales_at_run_time(tmp_path, network, tools, flipped):
    path = two_products(network, tmp_path / "m.onnx", transB=flipped)
    model = tools.load(path)
    found = quantize(model, QuantizeSettings(precision=Precision.DYNAMIC), None)
    assert len(found.placement.dynamic) == 2
    stored = tools.stored(model, tmp_path / "d.onnx")
    kinds = [node.op_type for node in onnx.load(stored).graph.node]
    assert kinds.count("MatMulInteger") == 2
    assert {"MatMul", "Gemm"}.isdisjoint(kinds)
    feeds = {"x": np.random.default_rng(1).standard_normal((5, 16)).astype(np.float32)}
    wanted = tools.run(path, feeds)[0]
    for optimized in (True, False):
        assert tools.decibels(wanted, tools.run(stored, feeds, optimized=optimized)[0]) > 30
    assert not [item for item in onnx.load(stored).graph.initializer if item.data_type == 1 and len(item.dims) > 1]


def test_two_products_of_one_tensor_quantize_it_once(tmp_path, network, tools):
    n = network()
    n.weight("w", 8, 8), n.weight("v", 8, 8)
    n.add("MatMul", ["x", "w"], "a")
    n.add("MatMul", ["x", "v"], "b")
    n.add("Mul", ["a", "b"], "y")
    model = tools.load(n.write(tmp_path / "m.onnx", {"x": ["n", 8]}, {"y": ["n", 8]}))
    quantize(model, QuantizeSettings(precision=Precision.DYNAMIC), None)
    assert [node.op_type for node in model.graph].count("DynamicQuantizeLinear") == 1


@pytest.mark.parametrize("level", [1, 2])
def test_data_may_be_given_all_the_same(tmp_path, network, tools, level):
    """Products with a bias are replaced: there is nothing behind them to correct."""
    path = two_products(network, tmp_path / "m.onnx")
    model = tools.load(path)
    feeds = tools.images(8, (2, 16))
    found = quantize(model, QuantizeSettings(precision=Precision.DYNAMIC, finetune=level), feeds)
    assert len(found.placement.dynamic) == 2
    stored = tools.stored(model, tmp_path / "d.onnx")
    for batch in feeds:
        assert tools.decibels(tools.run(path, batch)[0], tools.run(stored, batch)[0]) > 30
