"""How the tensors inside a task's result compared with the source's, as charts: the data are the run's report's."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Final

from pydantic import BaseModel, BeforeValidator, Field, ValidationError

from modelwright.service.console.curve import Curve, Spot, curve

MOST: Final = 2000
"""Tensors that are drawn; of more the first ones are."""
_DECADES: Final = 8
_WORST: Final = 10
_BEST_ANGLE: Final = 1e-8

Number = Annotated[float, BeforeValidator(float)]


class Layer(BaseModel):
    """One tensor inside, as a run's report has it."""

    name: str
    source: str
    layer: str
    op_type: str
    shape: list[int]
    max_abs: Number
    max_rel: Number
    cosine: Number | None
    passed: bool

    @property
    def label(self) -> str:
        """What people know it by."""
        return self.layer or self.source

    @property
    def badness(self) -> tuple[bool, float]:
        """By which the worst is found."""
        return not self.passed, math.inf if math.isnan(self.max_rel) else self.max_rel

    @property
    def angle(self) -> float:
        """One minus the cosine; 1 where it is not a number, 0 where there is none."""
        if self.cosine is None:
            return 0.0
        return max(0.0, 1 - self.cosine) if math.isfinite(self.cosine) else 1.0


class Layers(BaseModel):
    """What a run's report says of the tensors inside."""

    tensors: list[Layer] = Field(max_length=100_000)
    model: str
    method: str
    runner: str
    first: str
    left_out: int
    reason: str


class _Verified(BaseModel):
    rtol: Number
    layers: Layers | None = None


class _Report(BaseModel):
    verification: _Verified | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerCharts:
    """What the page shows.

    Attributes:
        layers: The data.
        error: The largest difference of each tensor over its scale; None where there are no tensors.
        cosine: The cosine of each tensor; None likewise.
        worst: The names of the worst tensors.
        lowest: The worst of all; None likewise.
        beyond: How many are beyond the tolerance.
    """

    layers: Layers
    error: Curve | None
    cosine: Curve | None
    worst: frozenset[str]
    lowest: Layer | None
    beyond: int

    @property
    def shown(self) -> list[Layer]:
        """The worst tensors, in the order of the graph."""
        return [item for item in self.layers.tensors if item.name in self.worst]


def read_layers(data: bytes) -> LayerCharts | None:
    """The charts of a run's report, or None where it has none, or is not as it should be."""
    try:
        found = _Report.model_validate(json.loads(data)).verification
    except (ValidationError, ValueError, RecursionError):
        return None
    return None if found is None or found.layers is None else _charts(found.layers, found.rtol)


def _charts(layers: Layers, rtol: float) -> LayerCharts:
    rows = layers.tensors[:MOST]
    ranked = sorted(layers.tensors, key=lambda row: row.badness, reverse=True)
    return LayerCharts(
        layers=layers,
        error=_curve(rows, lambda row: row.max_rel, lambda row: f"{row.max_rel:.3g}", rtol, _errors()),
        cosine=_curve(rows, lambda row: row.angle, _cosine_text, None, _cosines()),
        worst=frozenset(row.name for row in ranked[:_WORST]),
        lowest=ranked[0] if ranked else None,
        beyond=sum(not row.passed for row in layers.tensors),
    )


def _curve(
    rows: Sequence[Layer],
    value: Callable[[Layer], float],
    text: Callable[[Layer], str],
    limit: float | None,
    ticks: Sequence[tuple[float, str]],
) -> Curve | None:
    if not rows:
        return None
    spots = [
        Spot(name=row.label, op_type=row.op_type, text=text(row), marked=not row.passed, share=_decade(value(row)))
        for row in rows
    ]
    return curve(spots, _decade(_BEST_ANGLE if limit is None else limit), ticks)


def _cosine_text(row: Layer) -> str:
    return "–" if row.cosine is None else f"{row.cosine:.7g}"


def _decade(value: float) -> float:
    """The height of an error on a logarithmic scale: 1 at the foot, ten to the minus eighth at the top."""
    if math.isnan(value):
        return 0.0
    return 1.0 if value <= 0 else max(0.0, min(1.0, -math.log10(value) / _DECADES))


def _errors() -> list[tuple[float, str]]:
    return [(step / _DECADES, f"{10.0**-step:g}") for step in (0, 2, 4, 6)]


def _cosines() -> list[tuple[float, str]]:
    return [(step / _DECADES, f"{1 - 10.0**-step:.7g}") for step in (0, 2, 4, 6)]
