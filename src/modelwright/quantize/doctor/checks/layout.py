"""Pictures whose bytes are in the other layout: channels last where channels first are expected, or the reverse."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from modelwright.diagnostics import Level
from modelwright.quantize.doctor.check import check
from modelwright.quantize.doctor.evidence import Evidence
from modelwright.quantize.doctor.finding import Finding, Fix
from modelwright.quantize.doctor.preparations import RELAY

_MOST: Final = 0.8
_CLOSER: Final = 0.85
_RELATED: Final = 0.5


@check("MW-Q104", "wrong layout")
def layout(evidence: Evidence) -> Iterator[Finding]:
    """Read in the other layout, neighbouring pixels are clearly more alike."""
    for facts, _ in evidence.images():
        axes = facts.axes
        pairs = [
            (np.mean(one), np.mean(other))
            for one, other in zip(facts.alike, facts.alike_other, strict=False)
            if np.isfinite([*one, *other]).all()
        ]
        if axes is None or not pairs:
            continue
        as_is, turned = np.median(np.asarray(pairs), axis=0)
        closer = np.asarray([(1 - other) / max(1 - one, 1e-6) for one, other in pairs])
        if turned < _RELATED or np.median(closer) > _CLOSER or np.mean(closer < 1) < _MOST:
            continue
        has, wants = ("NHWC", "NCHW") if axes.channel == 1 else ("NCHW", "NHWC")
        yield Finding(
            code="MW-Q104",
            level=Level.ERROR,
            message=f"input {facts.name!r}: the bytes are laid out as {has}, the model wants {wants}",
            evidence=(f"neighbouring pixels correlate by {as_is:.2f} as they are, by {turned:.2f} read as {has}",),
            explanation="The network sees scrambled pictures, and its ranges are those of noise",
            remedy=f"transpose each picture to {wants} before it is stored, or export with the other layout",
            where=(facts.name,),
            fix=Fix(what=f"input {facts.name!r}: reads the bytes as {has}", input=facts.name, preparation=RELAY),
        )
