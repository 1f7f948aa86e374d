"""Nms operators against TensorFlow's answers."""

from __future__ import annotations

import pytest
from checking import Case, check, load_cases


@pytest.mark.parametrize("case", load_cases("nms"), ids=str)
def test_nms(case: Case) -> None:
    check(case, rtol=1e-5, atol=1e-5)
