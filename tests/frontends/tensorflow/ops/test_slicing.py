"""Cutting and reversing against TensorFlow's answers."""

from __future__ import annotations

import pytest
from checking import Case, check, load_cases


@pytest.mark.parametrize("case", load_cases("slicing"), ids=str)
def test_slicing(case: Case) -> None:
    check(case)
