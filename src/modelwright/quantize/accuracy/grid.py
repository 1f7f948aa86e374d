"""The integer grid of a quantized constant, as arrays that broadcast over it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from modelwright.quantize.compute import limits
from modelwright.quantize.params import TensorParams
from modelwright.quantize.settings import BITS


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """Steps, zeros and limits.

    Attributes:
        step: float64, broadcasts over the constant.
        zero: float64, broadcasts over the constant.
        low: Smallest integer.
        high: Largest integer.
    """

    step: np.ndarray
    zero: np.ndarray
    low: int
    high: int

    def units(self, array: np.ndarray) -> np.ndarray:
        """The array in steps, with zeros at the zero points, not rounded."""
        return array / self.step + self.zero

    def rounded(self, array: np.ndarray) -> np.ndarray:
        """The array quantized to the nearest and back."""
        return self.values(np.clip(np.rint(self.units(array)), self.low, self.high))

    def values(self, integers: np.ndarray) -> np.ndarray:
        """What integers mean."""
        return (integers - self.zero) * self.step


def grid_of(params: TensorParams, rank: int) -> Grid | None:
    """The grid for a constant of a rank; None for blocks, which have grids of their own."""
    if params.block or params.dtype not in BITS:
        return None
    shape = [1] * rank
    if params.axis is not None and params.scale.ndim:
        shape[params.axis] = -1
    low, high = limits(params.dtype)
    step = np.asarray(params.scale, dtype=np.float64).reshape(shape)
    zero = np.asarray(params.zero_point, dtype=np.float64).reshape(shape)
    return Grid(step=step, zero=zero, low=low, high=high)
