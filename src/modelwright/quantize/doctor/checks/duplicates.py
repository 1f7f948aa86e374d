"""The same sample again and again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from modelwright.diagnostics import Level
from modelwright.quantize.doctor.check import check
from modelwright.quantize.doctor.evidence import Evidence
from modelwright.quantize.doctor.finding import Finding, Fix

_SOME: Final = 0.1


@check("MW-Q107", "repeated samples")
def duplicates(evidence: Evidence) -> Iterator[Finding]:
    """Samples equal in all inputs, byte by byte."""
    samples, repeats = evidence.data.samples, evidence.data.repeats
    if not samples or repeats <= _SOME * samples:
        return
    distinct = samples - repeats
    yield Finding(
        code="MW-Q107",
        level=Level.WARNING,
        message=f"{repeats} of {samples} calibration samples are repeated",
        evidence=(f"{distinct} distinct",),
        explanation="Repeated samples add time and no knowledge, and shift what percentiles and entropies weigh",
        remedy="remove the copies and add other samples" if distinct < 32 else "remove the copies",
        fix=Fix(what=f"calibrates on the {distinct} distinct samples", distinct=True) if distinct > 1 else None,
    )
