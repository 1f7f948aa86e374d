"""NaN or infinity in the data."""

from __future__ import annotations

import numpy as np
import pytest

from modelwright.quantize.doctor.checks.not_finite import not_finite
from modelwright.quantize.doctor.evidence import Evidence
from modelwright.quantize.doctor.examine import watch


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_said_with_the_number_of_samples(model, prepared, value: float) -> None:
    array = prepared("unit", 8).copy()
    array[2, 0, 3, 3] = array[5, 1, 1, 1] = value
    found = list(not_finite(Evidence(model=model("mobile"), data=watch([{"image": array}]))))
    assert found[0].evidence == ("in 2 of 8 samples",)
    assert found[0].fix is not None
    assert not list(not_finite(Evidence(model=model("mobile"), data=watch([{"image": prepared("unit", 8)}]))))
