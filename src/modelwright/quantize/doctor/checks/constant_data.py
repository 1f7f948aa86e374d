"""Samples without any content."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from modelwright.diagnostics import Level
from modelwright.quantize.doctor.check import check
from modelwright.quantize.doctor.evidence import Evidence
from modelwright.quantize.doctor.finding import Finding, Fix

_SOME: Final = 0.05
_SMALL: Final = 64


@check("MW-Q102", "constant samples")
def constant_data(evidence: Evidence) -> Iterator[Finding]:
    """Samples all of whose elements are equal; inputs of integers and of few elements may well be constant."""
    for facts in evidence.data.facts.values():
        if not facts.is_float or facts.size < _SMALL or facts.constant <= _SOME * facts.samples:
            continue
        every = facts.constant == facts.samples
        which = "every sample is" if every else f"{facts.constant} of {facts.samples} samples are"
        values = (
            f"all values are {facts.low:g}" if facts.low == facts.high else f"values {facts.low:g} to {facts.high:g}"
        )
        yield Finding(
            code="MW-Q102",
            level=Level.ERROR if every else Level.WARNING,
            message=f"input {facts.name!r}: {which} constant",
            evidence=(values,),
            explanation="A constant sample widens no range: layers calibrated on it saturate on real data",
            remedy="look at the files and at how they are read: empty pictures, zeros instead of a missing file, "
            "or a preparation that divides by too much",
            where=(facts.name,),
            fix=None if every else Fix(what=f"leaves out the {facts.constant} constant samples", varied=True),
        )
