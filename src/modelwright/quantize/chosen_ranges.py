"""Ranges of single tensors, chosen otherwise than the rest's."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

from modelwright.quantize.params import Placement
from modelwright.quantize.settings import TensorRange


def with_ranges(placement: Placement, ranges: Iterable[TensorRange]) -> Placement:
    """The placement with the methods of named tensors, and of those that share their scale, replaced.

    Args:
        placement: What is quantized.
        ranges: Tensors and methods; those that are not quantized are passed over.
    """
    wanted = {item.tensor: item.method for item in ranges}
    if not wanted:
        return placement
    groups = {item.group: wanted[item.name] for item in placement.tensors if item.group and item.name in wanted}
    tensors = tuple(
        dataclasses.replace(item, method=wanted.get(item.name) or groups.get(item.group or "") or item.method)
        for item in placement.tensors
    )
    return dataclasses.replace(placement, tensors=tensors)
