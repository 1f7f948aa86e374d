"""Ranges of single tensors."""

from __future__ import annotations

from modelwright.quantize.chosen_ranges import with_ranges
from modelwright.quantize.params import Placement, QuantizedTensor, Role
from modelwright.quantize.settings import Method, Scheme, TensorRange


def _tensor(name: str, group: str | None = None) -> QuantizedTensor:
    return QuantizedTensor(name=name, role=Role.ACTIVATION, scheme=Scheme(), readers=(), group=group)


def test_what_shares_a_scale_changes_together() -> None:
    placement = Placement(tensors=(_tensor("a", "g"), _tensor("b", "g"), _tensor("c")))
    ranges = [TensorRange(tensor="a", method=Method.MINMAX), TensorRange(tensor="gone", method=Method.MSE)]
    found = with_ranges(placement, ranges)
    assert [item.method for item in found.tensors] == [Method.MINMAX, Method.MINMAX, Method.DEFAULT]
    assert with_ranges(placement, ()) is placement
