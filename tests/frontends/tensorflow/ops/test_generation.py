"""Tensors made from numbers and shapes against TensorFlow's answers."""

from __future__ import annotations

import pytest
from checking import Case, check, load_cases


@pytest.mark.parametrize("case", load_cases("generation"), ids=str)
def test_generation(case: Case) -> None:
    check(case)
