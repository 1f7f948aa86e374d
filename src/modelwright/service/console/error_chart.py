"""How the outputs of a task's result compared with the source's, as bars on a logarithmic scale."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from pydantic import BaseModel, Field

WIDTH: Final = 100
"""Width of a bar's field in its own units."""


class Output(BaseModel):
    """A comparison of one output, as a run's report has it."""

    name: str
    dtype: str
    shape: list[int]
    max_abs: float
    max_rel: float
    cosine: float | None
    mismatches: int
    passed: bool


class Compared(BaseModel):
    """What verification found, as a run's report has it."""

    status: str
    method: str
    runner: str
    checks: list[str] = Field(default_factory=list)
    reason: str
    rtol: float
    atol: float
    cosine: float | None
    outputs: list[Output]


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorBar:
    """One output's bar.

    Attributes:
        output: The comparison.
        error: What is drawn: the largest absolute difference, or one minus the cosine where that decides.
        allowed: How large that may be; None where it is not known.
        good: Whether it is not larger.
        length: The bar's length, of ``WIDTH``.
        limit: Where what is allowed lies, of ``WIDTH``.
    """

    output: Output
    error: float
    allowed: float | None
    good: bool
    length: float
    limit: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorChart:
    """Bars on one scale.

    Attributes:
        bars: One for each output, in order.
        low: Where the scale begins; a power of ten.
        high: Where it ends.
        by_cosine: Whether one minus the cosine is drawn.
    """

    bars: tuple[ErrorBar, ...]
    low: float
    high: float
    by_cosine: bool


def error_chart(compared: Compared) -> ErrorChart:
    """The chart of a comparison."""
    by_cosine = compared.cosine is not None
    measured = [(output, *_measure(compared, output)) for output in compared.outputs]
    values = [value for _, *pair in measured for value in pair if value and math.isfinite(value)]
    low = math.floor(math.log10(min(values, default=1e-6)))
    high = max(low + 1, math.ceil(math.log10(max(values, default=1.0))))
    bars = tuple(
        ErrorBar(
            output=output,
            error=error,
            allowed=allowed,
            good=error <= (allowed or 0.0) if by_cosine else output.passed,
            length=_place(error, low - 1, high),
            limit=_place(allowed, low - 1, high) if allowed else None,
        )
        for output, error, allowed in measured
    )
    return ErrorChart(bars=bars, low=10.0 ** (low - 1), high=10.0**high, by_cosine=by_cosine)


def _measure(compared: Compared, output: Output) -> tuple[float, float | None]:
    """What is drawn and what is allowed: ``atol + rtol * max |expected|``, or one minus the least cosine."""
    if compared.cosine is not None:
        return (1 - output.cosine if output.cosine is not None else 0.0), 1 - compared.cosine
    if output.max_rel > 0 and math.isfinite(output.max_rel) and math.isfinite(output.max_abs):
        return output.max_abs, compared.atol + compared.rtol * output.max_abs / output.max_rel
    return output.max_abs, None


def _place(value: float, low: int, high: int) -> float:
    """Where a value lies on the scale; what is not a finite number lies at its end."""
    if not math.isfinite(value):
        return WIDTH
    if value <= 0:
        return 0.0
    return round(max(0.0, min(1.0, (math.log10(value) - low) / (high - low))) * WIDTH, 2)
