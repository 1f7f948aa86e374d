"""Branches and loops against TensorFlow's answers."""

from __future__ import annotations

import pytest
from checking import Case, check, load_cases


@pytest.mark.parametrize("case", load_cases("control_flow"), ids=str)
def test_control_flow(case: Case) -> None:
    check(case)
