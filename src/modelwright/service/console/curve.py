"""A curve over tensors in the order of the graph, as coordinates of a drawing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

WIDTH: Final = 960
HEIGHT: Final = 240
LEFT: Final = 74
RIGHT: Final = 952
TOP: Final = 10
BOTTOM: Final = 212
_POINTS: Final = 400
"""Points that are drawn one by one; of more only those that are marked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """What a curve goes through.

    Attributes:
        name: The tensor.
        op_type: The operator that makes it.
        text: Its value, as people read it.
        marked: Whether it is beyond a limit.
        share: Its height, from 0 at the foot to 1 at the top.
        alone: The height of what its layer adds by itself, likewise; None where that is not known.
    """

    name: str
    op_type: str
    text: str
    marked: bool
    share: float
    alone: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A spot in the drawing; ``bar_height`` is that of what its layer adds by itself."""

    spot: Spot
    x: float
    y: float
    bar_x: float
    bar_width: float
    bar_height: float | None
    shown: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """A chart over the tensors in graph order.

    Attributes:
        points: One for each tensor.
        line: Coordinates of the line through them.
        limit: Height of the limit.
        ticks: Heights and what they stand for.
    """

    points: tuple[Point, ...]
    line: str
    limit: float
    ticks: tuple[tuple[float, str], ...]


def curve(spots: Sequence[Spot], limit: float, ticks: Sequence[tuple[float, str]]) -> Curve:
    """A curve; limit and ticks are shares of the height, as the spots' are."""
    step = (RIGHT - LEFT) / len(spots)
    width = round(max(0.6, min(28.0, step * 0.7)), 1)
    points = tuple(
        Point(
            spot=spot,
            x=round(LEFT + (place + 0.5) * step, 1),
            y=height(spot.share),
            bar_x=round(LEFT + (place + 0.5) * step - width / 2, 1),
            bar_width=width,
            bar_height=None if spot.alone is None else height(spot.alone) - TOP,
            shown=spot.marked or len(spots) <= _POINTS,
        )
        for place, spot in enumerate(spots)
    )
    return Curve(
        points=points,
        line=" ".join(f"{point.x},{point.y}" for point in points),
        limit=height(limit),
        ticks=tuple((height(share), text) for share, text in ticks),
    )


def height(share: float) -> float:
    """Where a share of the height is."""
    return round(BOTTOM - share * (BOTTOM - TOP), 1)
