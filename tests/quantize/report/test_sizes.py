"""Sizes of weights."""

from __future__ import annotations

from modelwright.quantize.report.sizes import weight_bytes


def test_weights_shrink_to_about_a_quarter(both) -> None:
    floating, quantized = both("plain")
    found = weight_bytes(floating, quantized)
    assert found.before is not None
    assert found.after is not None
    assert found.before == sum(value.const_value.nbytes for value in floating.graph.initializers.values())
    assert 3.5 < found.before / found.after <= 4
