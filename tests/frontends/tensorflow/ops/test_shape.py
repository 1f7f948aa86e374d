"""Shapes, and operators that rearrange, against TensorFlow's answers."""

from __future__ import annotations

import pytest
from checking import Case, check, load_cases


@pytest.mark.parametrize("case", load_cases("shape"), ids=str)
def test_shape(case: Case) -> None:
    check(case)
