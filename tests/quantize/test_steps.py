import numpy as np
import onnx
import pytest

from modelwright.diagnostics import Level
from modelwright.errors import CalibrationDataError, ConversionError, UnsupportedError, UsageError
from modelwright.quantize.settings import Method, Precision, QuantizeSettings, Scheme
from modelwright.quantize.steps import quantize

TARGETS = ["ascend", "onnxruntime", "spacemit", "tensorrt", "tflite"]


@pytest.fixture
def quantized(tools, tmp_path):
    def quantized(path, feeds=None, name="out.onnx", **settings):
        model = tools.load(path)
        found = quantize(model, QuantizeSettings(**settings), tools.images(8) if feeds is None else feeds)
        return tools.stored(model, tmp_path / name), found

    return quantized


@pytest.mark.parametrize("target", TARGETS)
def test_the_result_is_near_and_the_same_with_and_without_optimization(residual, quantized, tools, target):
    path, _ = quantized(residual, target=target, finetune=0)
    for feeds in tools.images(3, seed=7):
        wanted = tools.run(residual, feeds)[0]
        with_, without = (tools.run(path, feeds, optimized=on)[0] for on in (True, False))
        assert tools.decibels(wanted, with_) > 24
        assert abs(tools.decibels(wanted, with_) - tools.decibels(wanted, without)) < 0.5
        assert tools.decibels(with_, without) > 40


@pytest.mark.parametrize("method", Method)
def test_every_method(residual, quantized, tools, method):
    path, _ = quantized(residual, method=method)
    feeds = next(iter(tools.images(1, seed=7)))
    assert tools.decibels(tools.run(residual, feeds)[0], tools.run(path, feeds)[0]) > 20


def test_no_float_weight_is_left(residual, quantized):
    path, _ = quantized(residual)
    model = onnx.load(path)
    kinds = {item.name: (item.data_type, len(item.dims)) for item in model.graph.initializer}
    assert not [name for name, (kind, rank) in kinds.items() if kind == onnx.TensorProto.FLOAT and rank > 1]
    assert sum(kind == onnx.TensorProto.INT8 and rank > 1 for kind, rank in kinds.values()) == 6
    assert sum(kind == onnx.TensorProto.INT32 and rank == 1 for kind, rank in kinds.values()) >= 6


def test_onnx_runtime_computes_it_in_integers(residual, quantized, tools, tmp_path):
    import onnxruntime

    path, _ = quantized(residual)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
    options.optimized_model_filepath = str(tmp_path / "optimized.onnx")
    onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    kinds = [node.op_type for node in onnx.load(tmp_path / "optimized.onnx").graph.node]
    assert kinds.count("QLinearConv") == 5
    assert {"Conv", "Relu", "Clip", "Add", "Gemm"}.isdisjoint(kinds)
    assert kinds.count("QuantizeLinear") == 1, "of the input alone"


def test_two_runs_give_the_same_bytes(residual, quantized):
    a, b = (quantized(residual, name=name)[0].read_bytes() for name in ("a.onnx", "b.onnx"))
    assert a == b


def test_sixteen_bit_activations_are_nearer(residual, quantized, tools):
    path, _ = quantized(residual, activations=Scheme(dtype="uint16", symmetric=False))
    feeds = next(iter(tools.images(1, seed=7)))
    assert tools.decibels(tools.run(residual, feeds)[0], tools.run(path, feeds)[0]) > 35


def test_a_quantized_model_is_refused(residual, quantized):
    path, _ = quantized(residual)
    with pytest.raises(UnsupportedError, match="quantized already"):
        quantized(path)


def test_data_that_do_not_fit_are_refused(residual, quantized, tools):
    with pytest.raises(CalibrationDataError, match="does not run on the data"):
        quantized(residual, tools.images(1, (2, 4, 32, 32)))
    with pytest.raises(CalibrationDataError, match="no calibration data"):
        quantized(residual, tools.feeds([]))
    with pytest.raises(CalibrationDataError, match="'x' holds infinite numbers"):
        quantized(residual, tools.feeds([{"x": np.full((1, 3, 32, 32), np.nan, np.float32)}]))


def test_mixed_precision_needs_data_and_eight_bits(residual, quantized, tools):
    with pytest.raises(UsageError, match="mixed precision needs"):
        quantized(residual, min_cosine=0.9, precision=Precision.WEIGHTS)


def test_what_tuning_found_is_told(residual, quantized, tools):
    _, found = quantized(residual, max_float=0.2, finetune=2)
    assert [item.name for item in found.techniques] == [
        "equalization and SmoothQuant",
        "weight clipping",
        "weight rounding",
        "bias correction",
    ]
    assert found.mixture is not None
    assert 0 < found.mixture.share <= 0.2
    assert len(found.phrases) == 2 + 4 + len(found.mixture.phrases())
    assert not found.remarks or all(item.level is not Level.WARNING for item in found.remarks)


def test_what_is_not_reached_is_a_warning(residual, quantized):
    _, found = quantized(residual, min_cosine=1.0, max_float=0.1)
    assert [item.message for item in found.remarks if item.level is Level.WARNING] == [
        f"mixed precision does not reach what was asked: {found.mixture.chosen.verdict.text}"
    ]


def test_tuned_twice_gives_the_same_bytes(residual, quantized):
    first, _ = quantized(residual, name="a.onnx", max_float=0.2, finetune=2)
    second, _ = quantized(residual, name="b.onnx", max_float=0.2, finetune=2)
    assert first.read_bytes() == second.read_bytes()


def test_all_in_float_is_said(residual, quantized):
    _, found = quantized(residual, min_cosine=1.0)
    (warning,) = [item for item in found.remarks if item.level is Level.WARNING]
    assert warning.message.startswith("nothing is quantized any more")
    assert "--max-float" in warning.hint


@pytest.mark.parametrize("precision", [Precision.INT8, Precision.WEIGHTS, Precision.DYNAMIC])
@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_weights_that_are_no_numbers_are_named(tmp_path, network, tools, precision, bad):
    n = network()
    n.constant("w", np.full((16, 8), bad, np.float32))
    n.add("MatMul", ["x", "w"], "m")
    n.add("Relu", ["m"], "r")
    n.weight("v", 8, 8)
    n.add("MatMul", ["r", "v"], "y")
    model = tools.load(n.write(tmp_path / "m.onnx", {"x": ["n", 16]}, {"y": ["n", 8]}))
    with pytest.raises(ConversionError, match="the weight 'w' of 'm_node' holds infinite numbers"):
        quantize(model, QuantizeSettings(precision=precision), tools.images(8, (2, 16)))
