"""Quantized models made float again."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnxruntime

from modelwright.hub.io import load, save
from modelwright.quantize.doctor.dequantize import dequantize
from modelwright.quantize.settings import QuantizeSettings, Scheme
from modelwright.quantize.steps import quantize


def test_a_quantized_model_becomes_float_and_answers_nearly_as_before(
    network, model, prepared, wanted, samples, tmp_path: Path
) -> None:
    array = prepared(wanted[network])
    settings = QuantizeSettings(finetune=0, weights=Scheme(dtype="int8", per_channel=network != "plain"))
    original, changing = model(network), model(network)
    quantize(changing, settings, samples(array))
    assert any(node.op_type == "QuantizeLinear" for node in changing.graph)
    assert dequantize(changing) > 10
    assert not {node.op_type for node in changing.graph} & {"QuantizeLinear", "DequantizeLinear"}
    answers = []
    for place, item in enumerate((original, changing)):
        save(item, tmp_path / f"{place}.onnx")
        session = onnxruntime.InferenceSession(tmp_path / f"{place}.onnx", providers=["CPUExecutionProvider"])
        assert [output.name for output in session.get_outputs()] == ["scores"]
        answers.append(session.run(["scores"], {"image": array})[0])
    error = float(np.square(answers[1] - answers[0]).sum() / np.square(answers[0]).sum())
    assert 0 < error < 0.01


def test_blocks_and_computed_scales_stay(write_onnx) -> None:
    text = """
<ir_version: 10, opset_import: ["" : 21]>
dynamic (float[4] x, float s) => (float[4] y)
<uint8 z = {0}, uint8[4] w = {1, 2, 3, 4}>
{ y = DequantizeLinear (w, s, z) }
"""
    network = load(write_onnx(text))
    assert dequantize(network) == 0
