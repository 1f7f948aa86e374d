"""Which tensor is which."""

from __future__ import annotations

import pytest

from modelwright.quantize.report.found import Kind
from modelwright.quantize.report.pairs import pairs


@pytest.mark.parametrize("name", ["mobile", "residual", "silu"])
def test_every_rounded_value_and_every_output_is_found(both, name: str) -> None:
    floating, quantized = both(name)
    found = pairs(floating, quantized)
    rounded = [
        node
        for node in quantized.graph
        if node.op_type == "QuantizeLinear" and node.inputs[0] is not None and node.inputs[0].const_value is None
    ]
    assert len([pair for pair in found if pair.dtype]) == len(rounded)
    assert [pair.name for pair in found if pair.kind is Kind.OUTPUT] == ["scores"]
    assert [pair.name for pair in found if pair.kind is Kind.INPUT] == ["image"]
    known = {value.name for node in floating.graph for value in node.outputs} | {"image"}
    made = {value.name for node in quantized.graph for value in node.outputs}
    assert {pair.name for pair in found} <= known
    assert {pair.quantized for pair in found} <= made
    assert {pair.made for pair in found if pair.made} <= made


def test_two_float_models_have_their_outputs_in_common(both) -> None:
    floating, _ = both("mobile")
    assert [pair.name for pair in pairs(floating, floating)] == ["scores"]
