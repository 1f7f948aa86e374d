"""Operators on texts against TensorFlow's answers."""

from __future__ import annotations

import pytest
from checking import OPSETS, Case, check, load_cases


@pytest.mark.parametrize("case", load_cases("strings"), ids=str)
def test_strings(case: Case) -> None:
    check(case, (*OPSETS, 26))
