"""Sums by segment, and sparse parts, against TensorFlow's answers."""

from __future__ import annotations

import pytest
from checking import Case, check, load_cases


@pytest.mark.parametrize("case", load_cases("segment"), ids=str)
def test_segment(case: Case) -> None:
    check(case)
