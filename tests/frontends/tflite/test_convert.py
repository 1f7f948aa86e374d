"""Every operator and whole networks against the outputs of TFLite's interpreter."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir
import pytest
from tflite_checking import archive, convert, run, sides, write_model

from modelwright.errors import ConversionError

CASES = archive("cases")
NETWORKS = archive("networks")


def _check(actual, expected, tolerance=1e-5):
    assert sorted(actual) == sorted(expected)
    for name, wanted in expected.items():
        assert actual[name].dtype == wanted.dtype, name
        assert actual[name].shape == wanted.shape, name
        if wanted.dtype.kind == "f":
            scale = np.abs(wanted).max(initial=0)
            np.testing.assert_allclose(actual[name], wanted, rtol=0, atol=tolerance * max(scale, 1e-6), err_msg=name)
        else:
            np.testing.assert_array_equal(actual[name], wanted, err_msg=name)


@pytest.mark.parametrize("name", sorted(CASES))
def test_operators(name, tmp_path):
    inputs, expected = sides(CASES[name])
    _check(run(convert(write_model(CASES[name], tmp_path)), inputs), expected)


@pytest.mark.parametrize("opset", [13, 21])
@pytest.mark.parametrize("name", ["activations", "cuts", "means", "extremes", "pads", "if", "while", "top"])
def test_operators_at_other_opsets(name, opset, tmp_path):
    inputs, expected = sides(CASES[name])
    hub = convert(write_model(CASES[name], tmp_path), opset=opset, optimized=False)
    _check(run(hub, inputs), expected)


@pytest.mark.parametrize("name", ["classify_float", "classify_float16", "segment_float", "lstm_float"])
def test_float_networks(name, tmp_path):
    inputs, expected = sides(NETWORKS[name])
    _check(run(convert(write_model(NETWORKS[name], tmp_path)), inputs), expected)


@pytest.mark.parametrize("name", ["classify_int8", "classify_uint8", "segment_int8", "classify_int16"])
def test_quantized_networks_differ_by_a_step_of_the_grid_at_most(name, tmp_path):
    """Values on the edge between two steps may fall on either side; int16 outputs here are float."""
    inputs, expected = sides(NETWORKS[name])
    hub = convert(write_model(NETWORKS[name], tmp_path), opset=21 if name == "classify_int16" else 17)
    actual = run(hub, inputs)
    for output, wanted in expected.items():
        assert actual[output].dtype == wanted.dtype
        if wanted.dtype.kind == "f":
            np.testing.assert_allclose(actual[output], wanted, atol=1e-3)
        else:
            steps = np.abs(actual[output].astype(int) - wanted.astype(int))
            assert np.mean(steps <= 1) > 0.99


def test_weights_quantized_alone_stay_integers_in_front_of_float_operators(tmp_path):
    """TFLite rounds activations to 8 bits here while it runs, the ONNX model does not: 2 % of the scale."""
    inputs, expected = sides(NETWORKS["wide_dynamic"])
    hub = convert(write_model(NETWORKS["wide_dynamic"], tmp_path))
    _check(run(hub, inputs), expected, tolerance=0.02)


def test_int8_weights_stay_int8_and_are_next_to_their_convolution(tmp_path):
    hub = convert(write_model(NETWORKS["classify_int8"], tmp_path))
    convolutions = [node for node in hub.graph if node.op_type == "Conv"]
    assert len(convolutions) == 3
    for node in convolutions:
        producer = node.inputs[1].producer()
        assert producer.op_type == "DequantizeLinear"
        assert producer.inputs[0].dtype is ir.DataType.INT8
        assert producer.inputs[0].const_value is not None
        assert node.inputs[2].producer().inputs[0].dtype is ir.DataType.INT32
    assert sum(node.op_type == "Transpose" for node in hub.graph) == 1


@pytest.mark.parametrize("name", ["classify_int8", "classify_uint8", "segment_int8", "classify_int16"])
def test_dequantize_leaves_nothing_but_floats(name, tmp_path):
    case = NETWORKS[name]
    hub = convert(write_model(case, tmp_path), dequantize=True)
    assert not any("Quantize" in node.op_type for node in hub.graph)
    assert {value.dtype for value in [*hub.graph.inputs, *hub.graph.outputs]} == {ir.DataType.FLOAT}
    assert all(value.dtype in (ir.DataType.FLOAT, ir.DataType.INT64) for value in hub.graph.initializers.values())


def test_the_dequantized_network_computes_what_the_integers_stand_for(tmp_path):
    case = NETWORKS["classify_int16"]
    inputs, expected = sides(case)
    actual = run(convert(write_model(case, tmp_path), dequantize=True), inputs)
    for name, wanted in expected.items():
        np.testing.assert_allclose(actual[name], wanted, atol=5e-3)


def test_int16_needs_opset_21(tmp_path):
    with pytest.raises(ConversionError, match="int16, which ONNX has since opset 21") as caught:
        convert(write_model(NETWORKS["classify_int16"], tmp_path), optimized=False)
    assert "--dequantize" in caught.value.hint


def test_an_open_batch_stays_open(tmp_path):
    case = NETWORKS["classify_float"]
    hub = convert(write_model(case, tmp_path))
    assert hub.graph.inputs[0].shape[0] == ir.SymbolicDim("batch")
    inputs, expected = sides(case)
    name = next(iter(inputs))
    twice = {name: np.concatenate([inputs[name], inputs[name]])}
    _check(run(hub, twice), {key: np.concatenate([value, value]) for key, value in expected.items()})


def test_the_same_bytes_each_time(tmp_path):
    path = write_model(NETWORKS["segment_int8"], tmp_path)
    first, second = (ir.to_proto(convert(path)).SerializeToString() for _ in range(2))
    assert first == second
