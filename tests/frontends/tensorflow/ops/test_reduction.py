"""Reductions against TensorFlow's answers."""

from __future__ import annotations

import pytest
from checking import Case, check, load_cases


@pytest.mark.parametrize("case", load_cases("reduction"), ids=str)
def test_reduction(case: Case) -> None:
    check(case)
