"""Fused recurrent cells against TensorFlow's answers."""

from __future__ import annotations

import pytest
from checking import Case, check, load_cases


@pytest.mark.parametrize("case", load_cases("recurrent_cells"), ids=str)
def test_recurrent_cells(case: Case) -> None:
    check(case)
