"""Picking and putting by index against TensorFlow's answers."""

from __future__ import annotations

import pytest
from checking import Case, check, load_cases


@pytest.mark.parametrize("case", load_cases("gather"), ids=str)
def test_gather(case: Case) -> None:
    check(case)
