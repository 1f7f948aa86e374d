"""Largest and distinct elements against TensorFlow's answers."""

from __future__ import annotations

import pytest
from checking import Case, check, load_cases


@pytest.mark.parametrize("case", load_cases("sorting"), ids=str)
def test_sorting(case: Case) -> None:
    check(case)
