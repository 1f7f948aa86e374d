"""What scales hold."""

from __future__ import annotations

import numpy as np
import pytest

from modelwright.quantize.doctor.scales import held_range
from modelwright.quantize.params import TensorParams


@pytest.mark.parametrize(
    ("dtype", "zero", "low", "high"),
    [("uint8", 10, -5.0, 122.5), ("int8", 0, -64.0, 63.5), ("int16", 0, -16384.0, 16383.5), ("uint4", 3, -1.5, 6.0)],
)
def test_held_range(dtype: str, zero: int, low: float, high: float) -> None:
    holder = np.int16 if dtype == "int16" else np.uint8 if dtype[0] == "u" else np.int8
    params = TensorParams(scale=np.float32(0.5), zero_point=np.array(zero, holder), dtype=dtype)
    assert held_range(params) == (low, high)


def test_nothing_is_said_of_many_scales_and_of_biases() -> None:
    many = TensorParams(scale=np.ones(3, np.float32), zero_point=np.zeros(3, np.int8), dtype="int8", axis=0)
    bias = TensorParams(scale=np.float32(1), zero_point=np.int32(0), dtype="int32")
    assert held_range(many) is None
    assert held_range(bias) is None
