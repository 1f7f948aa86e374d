"""Ranges that still grow when the data end."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from modelwright.diagnostics import Level
from modelwright.quantize.doctor.check import check
from modelwright.quantize.doctor.evidence import Evidence
from modelwright.quantize.doctor.finding import Finding

_FEW: Final = 8
_GROWTH: Final = 0.14
"""Half of 32 pictures of one kind fall short of the range of all by 0.02 to 0.11, half of 4 by up to 0.2."""


@check("MW-Q106", "too few samples")
def too_few(evidence: Evidence) -> Iterator[Finding]:
    """Fewer than 8 distinct samples, or ranges that twice as many samples still widen clearly."""
    distinct = evidence.data.samples - evidence.data.repeats
    growth = {item.name: item.growth() for item in evidence.tensors.values() if item.high > item.low}
    typical = float(np.median(list(growth.values()))) if growth else 0.0
    grows = typical > _GROWTH
    if not evidence.data.samples or (distinct >= _FEW and not grows):
        return
    facts = [f"{distinct} distinct sample{'s' if distinct != 1 else ''}"]
    if grows:
        facts.append(f"half of them show, for the typical tensor, only {1 - typical:.0%} of the range that all show")
    yield Finding(
        code="MW-Q106",
        level=Level.WARNING,
        message="too few calibration samples",
        evidence=tuple(facts),
        explanation="Values that calibration never saw are cut off when the quantized model meets them",
        remedy=f"give {max(32, 4 * distinct)} samples or more, of all kinds that the network will see",
        where=tuple(sorted(growth, key=lambda name: (-growth[name], name))[:5]) if grows else (),
    )
