"""Normalization against TensorFlow's answers."""

from __future__ import annotations

import pytest
from checking import Case, check, load_cases


@pytest.mark.parametrize("case", load_cases("normalization"), ids=str)
def test_normalization(case: Case) -> None:
    check(case, rtol=1e-4, atol=1e-4)
