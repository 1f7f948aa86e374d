"""Samples with NaN or infinity."""

from __future__ import annotations

from collections.abc import Iterator

from modelwright.diagnostics import Level
from modelwright.quantize.doctor.check import check
from modelwright.quantize.doctor.evidence import Evidence
from modelwright.quantize.doctor.finding import Finding, Fix


@check("MW-Q108", "NaN or infinity in the data")
def not_finite(evidence: Evidence) -> Iterator[Finding]:
    """No range can be measured on them."""
    for facts in evidence.data.facts.values():
        if not facts.not_finite:
            continue
        every = facts.not_finite == facts.samples
        yield Finding(
            code="MW-Q108",
            level=Level.ERROR,
            message=f"input {facts.name!r}: NaN or infinity",
            evidence=(f"in {facts.not_finite} of {facts.samples} samples",),
            explanation="They spread to every layer behind, and ranges become infinite",
            remedy="look at the preparation: a division by zero, a logarithm of zero, or damaged files",
            where=(facts.name,),
            fix=None if every else Fix(what=f"leaves out the {facts.not_finite} samples", varied=True),
        )
