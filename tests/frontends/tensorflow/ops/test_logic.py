"""Comparisons and selections against TensorFlow's answers."""

from __future__ import annotations

import pytest
from checking import Case, check, load_cases


@pytest.mark.parametrize("case", load_cases("logic"), ids=str)
def test_logic(case: Case) -> None:
    check(case)
