"""Reading files: what they hold, weights without copies, and damage of every kind."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tflite_checking import archive, write_model

from modelwright.errors import ModelFormatError, ModelNotFoundError, UnknownNameError, UserError
from modelwright.frontends.tflite.interface import choose_interface
from modelwright.frontends.tflite.reader import read_tflite

NETWORKS = archive("networks")


def test_what_a_quantized_file_holds(tmp_path):
    model = read_tflite(write_model(NETWORKS["classify_int8"], tmp_path))
    graph = model.subgraphs[0]
    assert model.version == 3
    assert [operator.name for operator in graph.operators][:2] == ["CONV_2D", "DEPTHWISE_CONV_2D"]
    assert graph.operators[0].attributes["padding"] == "SAME"
    assert graph.operators[0].attributes["fused_activation_function"] == "RELU6"
    weights = graph.tensors[graph.operators[0].inputs[1]]
    assert weights.dtype is ir.DataType.INT8
    assert weights.data is not None
    assert weights.quantization is not None
    assert weights.quantization.per_channel
    assert weights.quantization.scale.shape == (8,)
    assert graph.tensors[graph.inputs[0]].signature == (None, 12, 10, 3)


def test_weights_are_views_of_the_file(tmp_path):
    model = read_tflite(write_model(NETWORKS["classify_float"], tmp_path))
    arrays = [tensor.data for tensor in model.subgraphs[0].tensors if tensor.data is not None and tensor.data.size > 9]
    assert arrays
    assert all(not array.flags.owndata and not array.flags.writeable for array in arrays)


def test_the_signature_names_inputs_and_outputs(tmp_path):
    model = read_tflite(write_model(NETWORKS["classify_float"], tmp_path))
    interface = choose_interface(model, rename_outputs=["scores"])
    assert interface.signature == "serving_default"
    assert [port.name for port in interface.outputs] == ["scores"]
    with pytest.raises(UnknownNameError, match="no signature named 'serving'"):
        choose_interface(model, signature="serving")


def test_without_signature_tensors_name_them(tmp_path):
    model = read_tflite(write_model(archive("cases")["logic"], tmp_path))
    assert [port.name for port in choose_interface(model).inputs] == ["x0", "x1"]


def test_a_missing_file(tmp_path):
    with pytest.raises(ModelNotFoundError, match=r"gone\.tflite"):
        read_tflite(tmp_path / "gone.tflite")


@pytest.mark.parametrize("content", [b"", b"TFL3", b"\x08\x00\x00\x00ONNX" + bytes(40)])
def test_other_files(content, tmp_path):
    path = tmp_path / "other.tflite"
    path.write_bytes(content)
    with pytest.raises(ModelFormatError, match=r"other\.tflite"):
        read_tflite(path)


def test_every_truncation_is_reported_with_the_place(tmp_path):
    raw = NETWORKS["classify_int8"]["model"].tobytes()
    path = tmp_path / "cut.tflite"
    for size in range(8, len(raw), 397):
        path.write_bytes(raw[:size])
        with pytest.raises(ModelFormatError, match=r"cut\.tflite"):
            read_tflite(path)


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_damaged_bytes_are_read_or_reported(tmp_path_factory, data):
    raw = np.array(NETWORKS["classify_int8"]["model"])
    for _ in range(data.draw(st.integers(1, 4))):
        raw[data.draw(st.integers(8, len(raw) - 1))] = data.draw(st.sampled_from([0, 1, 127, 128, 255]))
    path = tmp_path_factory.mktemp("damage") / "model.tflite"
    path.write_bytes(raw.tobytes())
    try:
        read_tflite(path)
    except UserError as error:
        assert str(path) in error.message or error.hint  # noqa: PT017
