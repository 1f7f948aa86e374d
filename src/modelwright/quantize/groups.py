"""Tensors that must share one scale, because an operator between them only moves numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from modelwright.quantize.params import QuantizedTensor
from modelwright.quantize.rules import Part
from modelwright.quantize.units import Unit


def share_scales(tensors: Sequence[QuantizedTensor], units: Sequence[Unit]) -> tuple[QuantizedTensor, ...]:
    """The tensors with groups set: each is named after its first tensor.

    What the engine demands of one tensor of a group (`fixed`) is demanded of all.
    """
    above = {tensor.name: tensor.name for tensor in tensors}

    def root(name: str) -> str:
        while above[name] != name:
            name = above[name]
        return name

    order = {tensor.name: index for index, tensor in enumerate(tensors)}
    for unit in units:
        names = [name for name in _shared_by(unit) if name in above]
        for name in names[1:]:
            first, second = sorted((root(names[0]), root(name)), key=order.__getitem__)
            above[second] = first
    roots = {name: root(name) for name in above}
    sizes = Counter(roots.values())
    fixed = {roots[tensor.name]: tensor.fixed for tensor in tensors if tensor.fixed is not None}
    return tuple(
        replace(tensor, group=roots[tensor.name], fixed=fixed.get(roots[tensor.name]))
        if sizes[roots[tensor.name]] > 1
        else tensor
        for tensor in tensors
    )


def _shared_by(unit: Unit) -> list[str]:
    """Names of a moving unit's results and of what it moves."""
    if unit.rule.role is not Part.SHARE:
        return []
    values = [unit.head.inputs[place] for place in (*unit.activations, *unit.constants)]
    return [value.name or "" for value in (*unit.outputs, *values) if value is not None]
