"""Models that hold integers already."""

from __future__ import annotations

import pytest

from modelwright.hub.io import load
from modelwright.quantize.doctor.checks.already_quantized import already_quantized
from modelwright.quantize.doctor.evidence import Evidence
from modelwright.quantize.settings import QuantizeSettings
from modelwright.quantize.steps import quantize

INTEGER = """
<ir_version: 8, opset_import: ["" : 17]>
integer (float[1, 4] x) => (int32[1, 4] y)
<int8[4, 4] w = {1,2,3,4,1,2,3,4,1,2,3,4,1,2,3,4}>
{
    q, s, z = DynamicQuantizeLinear (x)
    y = MatMulInteger (q, w, z)
}
"""


def test_qdq_models_can_be_made_float(model, prepared, samples) -> None:
    network = model("mobile")
    assert not list(already_quantized(Evidence(model=network)))
    quantize(network, QuantizeSettings(finetune=0), samples(prepared("unit", 4)))
    found = list(already_quantized(Evidence(model=network)))
    assert found[0].fix is not None
    assert found[0].fix.dequantize
    assert "DequantizeLinear" in found[0].evidence[0]


def test_integer_operators_cannot(write_onnx) -> None:
    found = list(already_quantized(Evidence(model=load(write_onnx(INTEGER)))))
    assert found[0].fix is None
    assert found[0].evidence == ("1 DynamicQuantizeLinear", "1 MatMulInteger")


@pytest.mark.parametrize("text", [INTEGER])
def test_they_are_not_run(write_onnx, codes, text: str) -> None:
    import numpy as np

    data = np.random.default_rng(0).gamma(2.0, size=(20, 4)).astype(np.float32)
    assert codes(load(write_onnx(text)), data, name="x") == ["MW-Q204"]
