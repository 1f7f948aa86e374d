"""Channels that never change."""

from __future__ import annotations

import numpy as np

from modelwright.quantize.doctor.checks.dead_channels import dead_channels
from modelwright.quantize.doctor.evidence import Evidence
from modelwright.quantize.doctor.examine import watch
from modelwright.quantize.doctor.tensor_facts import TensorFacts


def _said(model, dead: int, channels: int) -> list[str]:
    rng, facts = np.random.default_rng(0), TensorFacts(name="relu")
    for _ in range(4):
        array = rng.random((1, channels, 5, 5), dtype=np.float32)
        array[:, :dead] = 0
        facts.add(array)
    data = watch([{"x": np.full((1, 2), at, np.float32)} for at in range(4)])
    found = list(dead_channels(Evidence(model=model, data=data, tensors={"relu": facts})))
    return [fact for item in found for fact in item.evidence]


def test_half_a_layer_is_said_and_a_few_channels_are_not(model) -> None:
    assert _said(model("plain"), 12, 16) == ["relu: 12 of 16"]
    assert _said(model("plain"), 5, 16) == []
    assert _said(model("plain"), 2, 3) == []


def test_constant_expressions_are_no_dead_channels(write_onnx, codes) -> None:
    from modelwright.hub.io import load

    text = """
<ir_version: 8, opset_import: ["" : 17]>
bias (float[1, 4, 8, 8] x) => (float[1, 4, 8, 8] y)
<float[4] b = {1, 2, 3, 4}, int64[4] s = {1, 4, 1, 1}>
{
    r = Reshape (b, s)
    y = Add (x, r)
}
"""
    data = np.random.default_rng(0).random((20, 4, 8, 8)).cumsum(2).cumsum(3).astype(np.float32)
    assert "MW-Q203" not in codes(load(write_onnx(text)), data, name="x")
