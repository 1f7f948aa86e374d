"""What the numbers of a quantized tensor mean, kept beside the value while a model is being written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import onnx_ir as ir

_KEY: Final = "tflite.quantization"


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantization:
    """``real = (stored - zero_point) * scale``.

    Attributes:
        scale: float32, of one element, or of one for each index of ``axis``.
        zero_point: int64, as long as ``scale``.
        axis: The dimension that several scales are about.
    """

    scale: np.ndarray
    zero_point: np.ndarray
    axis: int = 0

    @property
    def per_channel(self) -> bool:
        """Whether there is a scale for each index of ``axis``."""
        return self.scale.size > 1

    def same(self, other: Quantization | None) -> bool:
        """Whether stored numbers mean the same under both."""
        return (
            other is not None
            and self.axis == other.axis
            and np.array_equal(self.scale, other.scale)
            and np.array_equal(self.zero_point, other.zero_point)
        )


def quantization_of(value: ir.Value | None) -> Quantization | None:
    """What a value's numbers mean; None when they mean themselves."""
    return None if value is None else value.meta.get(_KEY)


def set_quantization(value: ir.Value, quantization: Quantization | None) -> ir.Value:
    """Says what a value's numbers mean, and returns the value."""
    if quantization is not None:
        value.meta[_KEY] = quantization
    return value
