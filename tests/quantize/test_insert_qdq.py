import numpy as np
import onnx
import pytest

from modelwright.quantize.settings import Precision, QuantizeSettings, Scheme
from modelwright.quantize.steps import quantize


@pytest.fixture
def written(tools, tmp_path):
    def written(path, feeds=None, **settings):
        model = tools.load(path)
        quantize(model, QuantizeSettings(**settings), feeds)
        return tools.stored(model, tmp_path / "out.onnx")

    return written


def test_a_quantized_output_keeps_its_name(residual, written, tools):
    path = written(residual, tools.images(4), target="tflite")
    model = onnx.load(path)
    assert [item.name for item in model.graph.output] == ["logits"]
    assert model.graph.node[-1].op_type == "DequantizeLinear"
    assert list(model.graph.node[-1].output) == ["logits"]


def test_float_readers_of_a_weight_keep_the_floats(tmp_path, network, written, tools):
    n = network()
    n.weight("w", 8, 8)
    n.add("MatMul", ["x", "w"], "m")
    n.add("Sub", ["m", "w"], "y")
    path = n.write(tmp_path / "m.onnx", {"x": [8, 8]}, {"y": [8, 8]})
    out = written(path, tools.images(2, (8, 8)))
    kinds = {item.name: item.data_type for item in onnx.load(out).graph.initializer}
    assert kinds["w"] == onnx.TensorProto.FLOAT
    assert kinds["w_quantized"] == onnx.TensorProto.INT8


@pytest.mark.parametrize("block", [4, 16])
def test_weights_of_four_bits_in_blocks(tmp_path, network, written, tools, block):
    n = network()
    n.weight("w", 30, 8), n.weight("v", 8, 8), n.weight("b", 8)
    n.add("MatMul", ["x", "w"], "m")
    n.add("Gemm", ["m", "v", "b"], "y", transB=1)
    path = n.write(tmp_path / "m.onnx", {"x": ["n", 30]}, {"y": ["n", 8]})
    out = written(path, precision=Precision.WEIGHTS, weights=Scheme(dtype="int4", block=block))
    model = onnx.load(out)
    assert model.opset_import[0].version == 21
    assert {"w_quantized", "v_quantized"} == {
        item.name
        for item in model.graph.initializer
        if item.data_type == onnx.TensorProto.INT4 and len(item.dims) > 1 and item.name.endswith("_quantized")
    }
    feeds = {"x": np.random.default_rng(1).standard_normal((5, 30)).astype(np.float32)}
    wanted = tools.run(path, feeds)[0]
    for optimized in (True, False):
        assert tools.decibels(wanted, tools.run(out, feeds, optimized=optimized)[0]) > 12


def test_what_bodies_read_stays_float_and_the_model_valid(tmp_path, written, tools, write_onnx):
    path = write_onnx(
        """
        <ir_version: 8, opset_import: ["" : 17]>
        net (float[n, 4] x, bool c) => (float[n, 4] y)
        <float[4, 4] w = {1, 0.5, 0, 0, 0, 1, 0, 0, -0.5, 0, 1, 0, 0, 0, 0.2, 1}>
        {
            m = MatMul (x, w)
            r = Relu (m)
            y = If (c) <
                then_branch = t () => (float[n, 4] a) { a = MatMul (r, w) },
                else_branch = e () => (float[n, 4] b) { b = Neg (r) }
            >
        }
        """
    )
    batches = [
        {"x": np.random.default_rng(place).standard_normal((3, 4)).astype(np.float32), "c": np.array(place % 2 == 0)}
        for place in range(4)
    ]
    out = written(path, tools.feeds(batches))
    for feeds in batches:
        assert tools.decibels(tools.run(path, feeds)[0], tools.run(out, feeds)[0]) > 25


def test_sixteen_bits_raise_the_opset(residual, written, tools):
    out = written(residual, tools.images(2), precision=Precision.INT16)
    assert onnx.load(out).opset_import[0].version == 21
    assert onnx.load(out).ir_version == 10


def test_a_weight_that_two_products_share_runs_everywhere(tmp_path, network, written, tools):
    n = network()
    n.weight("w", 4, 4, 3, 3)
    n.add("Conv", ["x", "w"], "a", pads=[1] * 4)
    n.add("Relu", ["a"], "r")
    n.add("Conv", ["r", "w"], "b", pads=[1] * 4)
    n.add("Relu", ["b"], "s")
    n.conv("s", "y", (4, 2))
    path = n.write(tmp_path / "m.onnx", {"x": [1, 4, 8, 8]}, {"y": [1, 2, 8, 8]})
    out = written(path, tools.images(4, (1, 4, 8, 8)))
    feeds = next(iter(tools.images(1, (1, 4, 8, 8), seed=9)))
    for optimized in (True, False):
        assert tools.decibels(tools.run(path, feeds)[0], tools.run(out, feeds, optimized=optimized)[0]) > 20
