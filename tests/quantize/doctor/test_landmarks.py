"""Where networks witness."""

from __future__ import annotations

import numpy as np
import onnx

from modelwright.hub.io import load
from modelwright.quantize.doctor.landmarks import landmarks


def test_batch_normalizations_tell_mean_and_deviation(model) -> None:
    found = landmarks(model("residual"))
    assert len(found.expected) == 4
    assert found.decisions == ("scores",)
    assert all(item.mean.shape == item.deviation.shape and (item.deviation >= 0).all() for item in found.expected)


def test_folded_networks_tell_biases_and_clips(model) -> None:
    found = landmarks(model("mobile"))
    assert not found.expected
    assert len(found.biased) == 1
    assert [high for _, high in found.clipped] == [6.0] * 4


def test_decisions_are_found_behind_what_moves_values(write_onnx) -> None:
    text = """
<ir_version: 8, opset_import: ["" : 17]>
heads (float[1, 4, 8, 8] x) => (float[1, 8, 64] y, float[1, 4] p)
{
    s = Sigmoid (x)
    d = Concat <axis = 1> (s, x)
    shape = Constant <value = int64[3] {1, 8, 64}> ()
    y = Reshape (d, shape)
    m = ReduceMean <axes = [2, 3], keepdims = 0> (x)
    n = Neg (m)
    p = Softmax (n)
}
"""
    path = write_onnx(text)
    onnx.checker.check_model(path)
    assert landmarks(load(path)).decisions == ("n",)
    assert np.size(landmarks(load(path)).biased) == 0
