"""Merged operators against TensorFlow's answers."""

from __future__ import annotations

import pytest
from checking import Case, check, load_cases


@pytest.mark.parametrize("case", load_cases("convolution_fused"), ids=str)
def test_convolution_fused(case: Case) -> None:
    check(case, rtol=1e-4, atol=1e-4)
