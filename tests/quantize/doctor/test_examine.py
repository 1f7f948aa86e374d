"""Everything together: nothing is said of clean data, and one thing of each fault."""

from __future__ import annotations

import numpy as np
import pytest

from modelwright.hub.io import load
from modelwright.quantize.doctor.examine import watch


def test_clean_data_raise_no_alarm(network, model, prepared, wanted, codes) -> None:
    assert codes(model(network), prepared(wanted[network])) == []
    assert codes(model(network), prepared(wanted[network], 16)) == []


@pytest.mark.parametrize("count", [1, 4])
def test_a_few_samples_are_too_few_and_nothing_else(network, model, prepared, wanted, codes, count: int) -> None:
    assert codes(model(network), prepared(wanted[network], count)) == ["MW-Q106"]


def test_what_follows_from_a_fault_is_not_said_as_well(network, model, prepared, wanted, codes) -> None:
    zeros = np.zeros_like(prepared(wanted[network]))
    assert codes(model(network), zeros) == ["MW-Q102"]


def test_scrambled_pictures_of_which_some_look_like_noise(model, prepared, codes) -> None:
    """Read in the other layout none of them does."""
    pictures = prepared("imagenet")
    scrambled = np.ascontiguousarray(pictures.transpose(0, 2, 3, 1)).reshape(pictures.shape)
    scrambled[::5] = np.random.default_rng(0).standard_normal(scrambled[::5].shape)
    assert codes(model("residual"), scrambled) == ["MW-Q104"]


def test_what_is_hidden_is_not_looked_for(network, model, prepared, wanted, codes, monkeypatch) -> None:
    """Trials with the network cost more than all else."""

    def refused(self: object, change: str = "") -> None:
        raise AssertionError(change)

    monkeypatch.setattr("modelwright.quantize.doctor.trials.Trials.response", refused)
    assert codes(model(network), np.zeros_like(prepared(wanted[network]))) == ["MW-Q102"]


def test_batches_are_looked_at_sample_by_sample(prepared) -> None:
    array = prepared("unit", 12)
    one = watch([{"image": array}])
    many = watch([{"image": array[at : at + 1]} for at in range(12)])
    assert one.samples == many.samples == 12
    np.testing.assert_allclose(one.facts["image"].channel_means, many.facts["image"].channel_means)


def test_a_model_without_pictures_is_examined_too(write_onnx, codes) -> None:
    text = """
<ir_version: 8, opset_import: ["" : 17]>
plain (float[1, 8] x) => (float[1, 4] y)
<float[8, 4] w = {1,2,3,4,1,2,3,4,1,2,3,4,1,2,3,4,-1,2,-3,4,1,-2,3,4,1,2,3,-4,1,2,3,4}>
{ y = MatMul (x, w) }
"""
    rng = np.random.default_rng(0)
    data = rng.gamma(2.0, size=(200, 8)).astype(np.float32)
    assert codes(load(write_onnx(text)), data, name="x") == []


def test_what_follows_from_shapes_alone_is_no_dead_channel(write_onnx, codes) -> None:
    path = write_onnx(
        """
        <ir_version: 8, opset_import: ["" : 17]>
        g (float[N, 8] x) => (float[N, 8] y)
        <float[8] w = {1, 2, 3, 4, 5, 6, 7, 8}>
        {
            s = Shape (x)  f = Cast <to = 1> (s)  t = ReduceMax <keepdims = 0> (f)  e = Expand (t, s)
            a = Mul (x, w)  y = Add (a, e)
        }
        """
    )
    array = np.random.default_rng(0).gamma(2.0, size=(32, 8)).astype(np.float32)
    assert "MW-Q203" not in codes(load(path), array, name="x")
