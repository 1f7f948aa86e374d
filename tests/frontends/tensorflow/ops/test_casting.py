"""Conversions between dtypes against TensorFlow's answers."""

from __future__ import annotations

import pytest
from checking import Case, check, load_cases


@pytest.mark.parametrize("case", load_cases("casting"), ids=str)
def test_casting(case: Case) -> None:
    check(case)
