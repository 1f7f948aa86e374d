"""Products of matrices, and diagonals, against TensorFlow's answers."""

from __future__ import annotations

import pytest
from checking import Case, check, load_cases


@pytest.mark.parametrize("case", load_cases("linear_algebra"), ids=str)
def test_linear_algebra(case: Case) -> None:
    check(case)
