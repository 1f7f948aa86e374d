"""Tensors that their scale cuts off."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from modelwright.diagnostics import Level
from modelwright.quantize.doctor.check import check
from modelwright.quantize.doctor.evidence import Evidence
from modelwright.quantize.doctor.finding import Finding, Fix
from modelwright.quantize.doctor.scales import held_range
from modelwright.quantize.settings import Method

_LOST: Final = 0.03


@check("MW-Q202", "saturating layers")
def saturation(evidence: Evidence) -> Iterator[Finding]:
    """Tensors of whose energy 3% and more lies beyond the range chosen for them."""
    lost: dict[str, float] = {}
    for name, params in (evidence.params or {}).items():
        facts, bounds = evidence.tensors.get(name), held_range(params)
        if facts is not None and bounds is not None:
            share = facts.lost_beyond(*bounds)
            if share > _LOST:
                lost[name] = share
    if not lost:
        return
    worst = sorted(lost, key=lambda name: (-lost[name], name))
    yield Finding(
        code="MW-Q202",
        level=Level.WARNING,
        message=f"{len(lost)} tensor{'s are' if len(lost) > 1 else ' is'} cut off by the range chosen",
        evidence=tuple(f"{name}: {lost[name]:.0%} of the energy lost" for name in worst[:3]),
        explanation="The largest values carry much of what these layers say; held at the bound they say something else",
        remedy="let these tensors keep their whole range: calibration_type minmax, or mse, for them",
        where=tuple(worst[:5]),
        fix=Fix(
            what=f"{len(lost)} tensor{'s' if len(lost) > 1 else ''}: range by minmax",
            methods=tuple((name, Method.MINMAX) for name in worst),
        ),
    )
