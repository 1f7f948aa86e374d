"""Loading and describing, as the pipeline asks for it."""

from __future__ import annotations

from tflite_checking import archive, write_model

from modelwright.formats import Format
from modelwright.frontends.manifest import LoadRequest
from modelwright.frontends.tflite.manifest import FRONTEND

NETWORKS = archive("networks")


def test_detected_by_content_and_by_suffix(tmp_path):
    path = write_model(NETWORKS["classify_float"], tmp_path)
    renamed = path.rename(tmp_path / "model.bin")
    assert FRONTEND.detect(renamed) is Format.TFLITE
    other = tmp_path / "broken.tflite"
    other.write_bytes(b"?")
    assert FRONTEND.detect(other) is Format.TFLITE
    assert FRONTEND.detect(tmp_path) is None


def test_load_says_what_was_done_and_what_the_source_calls_its_tensors(tmp_path):
    path = write_model(NETWORKS["classify_int8"], tmp_path)
    imported = FRONTEND.load(LoadRequest(path=path, format=Format.TFLITE))
    assert imported.done[0] == "quantization kept (int8 weights, int8 activations)"
    assert [spec.dtype for spec in imported.expected] == ["int8"]
    assert list(imported.details["output_tensors"]) == [binding.source for binding in imported.outputs]
    assert imported.summary.operators["CONV_2D"] == 2


def test_dequantized_outputs_are_promised_as_floats(tmp_path):
    path = write_model(NETWORKS["classify_int8"], tmp_path)
    imported = FRONTEND.load(LoadRequest(path=path, format=Format.TFLITE, options={"dequantize": True}))
    assert imported.done[0].startswith("quantization removed")
    assert [spec.dtype for spec in imported.expected] == ["float32"]


def test_weights_quantized_alone_are_worth_a_notice(tmp_path):
    path = write_model(NETWORKS["wide_dynamic"], tmp_path)
    imported = FRONTEND.load(LoadRequest(path=path, format=Format.TFLITE))
    assert "the more precise one" in imported.notices[0].message


def test_describe(tmp_path):
    summary = FRONTEND.describe(write_model(NETWORKS["classify_uint8"], tmp_path), Format.TFLITE)
    assert [spec.dtype for spec in (*summary.inputs, *summary.outputs)] == ["uint8", "uint8"]
    assert summary.details["quantization"] == "int8 weights, int8/uint8 activations"
    assert summary.details["signatures"]["serving_default"]["inputs"]
