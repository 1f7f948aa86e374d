"""Weights of unlike channels under one scale."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from modelwright.quantize.doctor.checks.weight_spread import weight_spread
from modelwright.quantize.doctor.evidence import Evidence
from modelwright.quantize.settings import QuantizeSettings, Scheme

ONE_SCALE = QuantizeSettings(weights=Scheme(per_channel=False))


def _spread(model: ir.Model, factor: float) -> ir.Model:
    """Makes half of the channels of the first convolution smaller."""
    value = next(node for node in model.graph if node.op_type == "Conv").inputs[1]
    assert value is not None
    assert value.const_value is not None
    weight = value.const_value.numpy().copy()
    weight[: len(weight) // 2] *= factor
    value.const_value = ir.Tensor(weight, name=value.name)
    return model


def test_channels_that_would_round_to_nothing(model) -> None:
    found = list(weight_spread(Evidence(model=_spread(model("plain"), 1e-3), settings=ONE_SCALE)))
    assert "6 of 12" in found[0].evidence[0]
    assert found[0].fix is not None
    assert found[0].fix.per_channel


def test_usual_weights_and_scales_for_each_channel_are_no_trouble(network, model) -> None:
    assert not list(weight_spread(Evidence(model=model(network), settings=ONE_SCALE)))
    spread = _spread(model("plain"), 1e-3)
    for scheme in (None, Scheme(per_channel=True)):
        assert not list(weight_spread(Evidence(model=spread, settings=QuantizeSettings(weights=scheme))))


def test_products_and_gemms_are_looked_at_by_output(write_onnx) -> None:
    from modelwright.hub.io import load

    rng = np.random.default_rng(0)
    text = """
<ir_version: 8, opset_import: ["" : 17]>
two (float[1, 8] x) => (float[1, 8] y)
<float[8, 8] a = {A}, float[8, 8] b = {B}>
{
    h = MatMul (x, a)
    y = Gemm <transB = 1> (h, b)
}
"""
    a, b = rng.standard_normal((2, 8, 8))
    a[:, :2] *= 1e-4
    b[:3] *= 1e-4
    for key, array in (("A", a), ("B", b)):
        text = text.replace("{" + key + "}", "{" + ", ".join(f"{item:.7f}" for item in array.ravel()) + "}")
    found = list(weight_spread(Evidence(model=load(write_onnx(text)), settings=ONE_SCALE)))
    said = sorted(fact.split(": ")[1] for fact in found[0].evidence)
    assert said == ["2 of 8 channels have fewer than 8 levels", "3 of 8 channels have fewer than 8 levels"]
