"""What a scale and a zero point can hold."""

from __future__ import annotations

from modelwright.quantize.params import TensorParams
from modelwright.quantize.settings import BITS


def held_range(params: TensorParams) -> tuple[float, float] | None:
    """The least and the greatest number that one scale and zero point hold; None for several scales and for biases."""
    if params.scale.size != 1 or params.dtype not in BITS:
        return None
    bits, signed = BITS[params.dtype], params.dtype.startswith("int")
    low = -(1 << (bits - 1)) if signed else 0
    scale, zero = float(params.scale.reshape(-1)[0]), int(params.zero_point.reshape(-1)[0])
    return scale * (low - zero), scale * (low + (1 << bits) - 1 - zero)
