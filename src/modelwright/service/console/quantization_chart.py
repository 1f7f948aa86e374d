"""What quantization did to each tensor, as charts: the data are the quantization report's."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Final

from pydantic import BaseModel, BeforeValidator, Field, ValidationError

from modelwright.service.console.curve import Curve, Spot, curve

BEST: Final = 60.0
"""Decibels of signal over noise that the scale ends with."""
MOST: Final = 2000
"""Tensors that are drawn; of more the first ones are."""
_WORST: Final = 10
_BINS: Final = 38.0
_DECADES: Final = 7

Number = Annotated[float, BeforeValidator(float)]


class Loss(BaseModel):
    """How far a tensor is from the float model's."""

    snr: Number
    mse: Number
    cosine: Number

    @property
    def decibels(self) -> float:
        """Signal over noise, from 0 to ``BEST``."""
        if self.snr <= 0:
            return BEST
        return max(0.0, min(BEST, -10 * math.log10(self.snr))) if math.isfinite(self.snr) else 0.0

    @property
    def angle(self) -> float:
        """One minus the cosine; 1 where it is not a number."""
        return max(0.0, 1 - self.cosine) if math.isfinite(self.cosine) else 1.0


class Spread(BaseModel):
    """The numbers of both models in the same bins."""

    low: Number
    high: Number
    floating: list[int] = Field(alias="float", max_length=1000)
    quantized: list[int] = Field(max_length=1000)


class Tensor(Loss):
    """One tensor of the report."""

    name: str
    node: str
    op_type: str
    kind: str
    dtype: str
    marked: bool
    alone: Loss | None
    float_range: tuple[Number, Number]
    quantized_range: tuple[Number, Number]
    histogram: Spread


class Limits(BaseModel):
    """What a tensor is marked beyond."""

    snr: float = Field(gt=0)
    cosine: float = Field(lt=1)


class Measured(BaseModel):
    """The quantization report as data."""

    model: str
    samples: int
    method: list[str]
    limits: Limits
    tensors: list[Tensor] = Field(min_length=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Worst:
    """A line of the table, with its histograms as coordinates of an area and a line in a box of 42 units."""

    tensor: Tensor
    bins: int
    area: str
    line: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QuantizationCharts:
    """What the page shows."""

    measured: Measured
    noise: Curve
    cosine: Curve
    worst: tuple[Worst, ...]
    marked: int
    lowest: Tensor


def read_measured(data: bytes) -> Measured | None:
    """The report's data, or None where they are not as they should be: who may write the folder may change the file."""
    try:
        return Measured.model_validate_json(data)
    except ValidationError:
        return None


def quantization_charts(measured: Measured) -> QuantizationCharts:
    """The charts of a report."""
    rows = measured.tensors[:MOST]
    ranked = sorted(measured.tensors, key=lambda row: row.decibels)
    noise_limit = -10 * math.log10(measured.limits.snr)
    return QuantizationCharts(
        measured=measured,
        noise=_noise(rows, noise_limit),
        cosine=_cosine(rows, 1 - measured.limits.cosine),
        worst=tuple(_worst(row) for row in ranked[:_WORST]),
        marked=sum(row.marked for row in measured.tensors),
        lowest=ranked[0],
    )


def _noise(rows: Sequence[Tensor], limit: float) -> Curve:
    spots = [
        Spot(
            name=row.name,
            op_type=row.op_type,
            text=f"{row.decibels:.1f} dB",
            marked=row.marked,
            share=row.decibels / BEST,
            alone=None if row.alone is None else row.alone.decibels / BEST,
        )
        for row in rows
    ]
    return curve(spots, limit / BEST, [(level / BEST, f"{level:g} dB") for level in range(0, int(BEST) + 1, 20)])


def _cosine(rows: Sequence[Tensor], limit: float) -> Curve:
    """One minus the cosine on a logarithmic scale, from 1 at the foot to ten to the minus seventh at the top."""
    spots = [
        Spot(
            name=row.name,
            op_type=row.op_type,
            text=f"{row.cosine:.7g}",
            marked=row.marked,
            share=_decade(row.angle),
            alone=None if row.alone is None else _decade(row.alone.angle),
        )
        for row in rows
    ]
    return curve(spots, _decade(limit), [(step / _DECADES, f"{1 - 10.0**-step:.7g}") for step in (0, 2, 4, 6)])


def _decade(angle: float) -> float:
    return 1.0 if angle <= 0 else max(0.0, min(1.0, -math.log10(angle) / _DECADES))


def _worst(row: Tensor) -> Worst:
    floating, quantized = _outline(row.histogram.floating), _outline(row.histogram.quantized)
    bins = len(row.histogram.floating)
    return Worst(tensor=row, bins=bins, area=f"0,40 {floating} {bins},40" if floating else "", line=quantized)


def _outline(counts: Sequence[int]) -> str:
    """Steps as high as the logarithms of the counts."""
    most = max(counts, default=0)
    if most <= 0:
        return ""
    heights = [40 - _BINS * math.log1p(max(0, count)) / math.log1p(most) for count in counts]
    return " ".join(f"{place},{height:.1f} {place + 1},{height:.1f}" for place, height in enumerate(heights))
