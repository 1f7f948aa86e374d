"""Tensors of which a few values are far larger than all others."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from modelwright.diagnostics import Level
from modelwright.quantize.doctor.check import check
from modelwright.quantize.doctor.evidence import Evidence
from modelwright.quantize.doctor.finding import Finding, Fix
from modelwright.quantize.doctor.scales import held_range
from modelwright.quantize.settings import BITS, Method

_LEVELS: Final = 16
_SHARE: Final = 0.999
_BOUNDED: Final = frozenset("Sigmoid HardSigmoid Softmax Tanh Clip".split())
"""Operators whose range is known before; that few of their values are large is what they are for."""


@check("MW-Q206", "outliers")
def outliers(evidence: Evidence) -> Iterator[Finding]:
    """Tensors for whose values, but one in a thousand, fewer than 16 of the 256 levels are left."""
    levels = {name: found for name in _quantized(evidence) if (found := _levels(evidence, name)) < _LEVELS}
    if not levels:
        return
    worst = sorted(levels, key=lambda name: (levels[name], name))
    facts = evidence.tensors
    yield Finding(
        code="MW-Q206",
        level=Level.NOTICE,
        message=f"{len(levels)} tensor{'s have' if len(levels) > 1 else ' has'} outliers",
        evidence=tuple(
            f"{name}: up to {facts[name].largest:.3g}, but 99.9% of the values stay below "
            f"{facts[name].magnitude(_SHARE):.3g}"
            for name in worst[:3]
        ),
        explanation="A scale that holds the outliers leaves few levels for all other values",
        remedy="choose these ranges by mse or percentile; where that cuts too much off, keep the layers in int16 or "
        "float (--min-cosine finds them)",
        where=tuple(worst[:5]),
        fix=Fix(
            what=f"{len(levels)} tensor{'s' if len(levels) > 1 else ''}: range by mse",
            methods=tuple((name, Method.MSE) for name in worst),
        ),
    )


def _quantized(evidence: Evidence) -> list[str]:
    """Tensors of 8 bits whose range is measured; those known to be quantized, if that is known."""
    bounded = {node.outputs[0].name for node in evidence.model.graph if node.op_type in _BOUNDED}
    if evidence.placement is None:
        return [name for name in evidence.tensors if name not in bounded]
    return [
        item.name
        for item in evidence.placement.tensors
        if item.name in evidence.tensors
        and item.fixed is None
        and BITS[item.scheme.dtype] <= 8
        and item.name not in bounded
    ]


def _levels(evidence: Evidence, name: str) -> float:
    """Levels that 99.9% of the values may use."""
    facts = evidence.tensors[name]
    bounds = held_range((evidence.params or {})[name]) if name in (evidence.params or {}) else None
    low, high = bounds or (min(facts.low, 0.0), max(facts.high, 0.0))
    usual = facts.magnitude(_SHARE)
    if high <= low or usual == 0:
        return 256.0
    return 255 * (min(usual, max(high, 0.0)) + min(usual, max(-low, 0.0))) / (high - low)
