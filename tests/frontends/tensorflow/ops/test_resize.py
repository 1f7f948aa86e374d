"""Resized images against TensorFlow's answers."""

from __future__ import annotations

import pytest
from checking import Case, check, load_cases


@pytest.mark.parametrize("case", load_cases("resize"), ids=str)
def test_resize(case: Case) -> None:
    check(case, rtol=1e-4, atol=3e-5)
