"""Elementwise arithmetic against TensorFlow's answers."""

from __future__ import annotations

import pytest
from checking import Case, check, load_cases


@pytest.mark.parametrize("case", load_cases("elementwise"), ids=str)
def test_elementwise(case: Case) -> None:
    check(case)
