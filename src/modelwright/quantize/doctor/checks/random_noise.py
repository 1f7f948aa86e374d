"""Calibration data that are random numbers."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Final

import numpy as np

from modelwright.diagnostics import Level
from modelwright.quantize.doctor.check import check
from modelwright.quantize.doctor.evidence import Evidence
from modelwright.quantize.doctor.finding import Finding
from modelwright.quantize.doctor.input_facts import InputFacts

_UNLIKE: Final = 0.1
_SOME: Final = 0.1
_POOL: Final = 4096
_KOLMOGOROV: Final = 1.36
"""Kolmogorov's distance times the root of the number of values, which random numbers exceed in 5 of 100 cases."""

_WHY: Final = (
    "Ranges measured on noise are not those of real data: some are several times too wide, others cut real values off"
)


@check("MW-Q101", "random numbers instead of data")
def random_noise(evidence: Evidence) -> Iterator[Finding]:
    """Pictures whose neighbouring pixels have nothing in common; other inputs drawn from one distribution."""
    for facts in evidence.data.facts.values():
        found = _pictures(facts) if facts.axes is not None else _numbers(facts)
        if found is not None:
            yield found


def _pictures(facts: InputFacts) -> Finding | None:
    alike = np.asarray([pair for pair in facts.alike if np.isfinite(pair).all()]).reshape(-1, 2)
    noisy = int(np.count_nonzero(np.abs(alike).max(axis=1, initial=0.0) < _UNLIKE))
    if not noisy or noisy < _SOME * len(alike):
        return None
    which = "the pictures" if noisy == len(alike) else f"{noisy} of {len(alike)} pictures looked at"
    return Finding(
        code="MW-Q101",
        level=Level.ERROR if noisy > len(alike) / 2 else Level.WARNING,
        message=f"input {facts.name!r}: {which} are random noise",
        evidence=(
            f"neighbouring pixels correlate by {np.abs(alike).max(axis=1).min():.2f}; in photographs it is 0.7 to 1",
        ),
        explanation=_WHY,
        remedy="calibrate with 32 to 128 real samples, prepared as in training",
        where=(facts.name,),
    )


def _numbers(facts: InputFacts) -> Finding | None:
    """Inputs that are no pictures: all values together follow a uniform or a normal distribution too well."""
    values = facts.values()
    if values.size < _POOL or facts.samples < 2:
        return None
    whole = facts.dtype.startswith(("int", "uint"))
    if whole and facts.high - facts.low < 1000:
        return None
    width = facts.high - facts.low
    uniform = (values + (0.5 if whole else 0.0) - facts.low) / (width + (1 if whole else 0)) if width else values
    name = "uniform" if _distance(uniform) * math.sqrt(values.size) < _KOLMOGOROV else ""
    if not name and not whole and _standard(values):
        name = "normal"
    if not name:
        return None
    return Finding(
        code="MW-Q101",
        level=Level.WARNING,
        message=f"input {facts.name!r}: the values look like random numbers",
        evidence=(
            f"{values.size:,} of them follow a {name} distribution between {facts.low:.3g} and {facts.high:.3g}",
        ),
        explanation=_WHY,
        remedy="calibrate with real samples; if the network takes noise as its input, all is well",
        where=(facts.name,),
    )


def _standard(values: np.ndarray) -> bool:
    """Whether values look drawn from the normal distribution of mean 0 and deviation 1."""
    normal = np.array([0.5 * (1 + math.erf(item / math.sqrt(2))) for item in values[:_POOL].tolist()])
    return _distance(normal) * math.sqrt(normal.size) < _KOLMOGOROV


def _distance(values: np.ndarray) -> float:
    """Kolmogorov's distance between values and the uniform distribution on 0 to 1."""
    ordered = np.sort(values)
    steps = np.arange(ordered.size + 1) / ordered.size
    return float(max(np.abs(ordered - steps[:-1]).max(), np.abs(ordered - steps[1:]).max()))
