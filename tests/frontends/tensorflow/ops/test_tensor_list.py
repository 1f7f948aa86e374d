"""Tensor lists and tensor arrays against TensorFlow's answers."""

from __future__ import annotations

import pytest
from checking import Case, check, load_cases


@pytest.mark.parametrize("case", load_cases("tensor_list"), ids=str)
def test_tensor_list(case: Case) -> None:
    check(case)
